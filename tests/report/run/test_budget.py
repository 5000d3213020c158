"""A page stays small, whatever the run has."""

from __future__ import annotations

import re

import numpy as np
import pytest

from alignkit.report.run import items as lists
from alignkit.report.run import page
from alignkit.report.run.budget import cut
from alignkit.report.run.findings import Findings, findings
from alignkit.report.run.items import Items
from alignkit.report.run.sections.every import sections_of
from alignkit.testing.runs import run_of, steered_run


@pytest.fixture(scope="module")
def wide() -> Findings:
    rng = np.random.default_rng(0)
    pairs = []
    for number in range(24):
        pairs += steered_run(rng, {f"a{number}": 0.5}, 3, decider=f"d{number}", plain=True)
    return findings(run_of(pairs), pairs)


@pytest.mark.parametrize("limit", [200_000, 120_000, 90_000])
def test_a_page_is_never_larger_than_its_limit(
    wide: Findings, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    full = page.report_page(wide, lambda _: None)
    assert len(full.encode()) > limit
    assert "has all" not in full
    monkeypatch.setattr(page, "MOST_BYTES", limit)
    monkeypatch.setattr(lists, "MOST_LISTS", 10)
    html = page.report_page(wide, lambda _: None)
    assert len(html.encode()) <= limit
    assert re.search(r"Only the first \d+ of [\d,]+ rows are here", html)
    assert "align report --format csv" in html
    assert "more lists are in the store" in html


@pytest.mark.parametrize("most", [0, 5, 100])
def test_rows_are_cut_and_counted(found: Findings, most: int) -> None:
    whole = sections_of(found, Items(found.pairs))
    for section, before in zip(cut(whole, most), whole, strict=True):
        for block, full in zip(section.blocks, before.blocks, strict=False):
            assert len(block.table.rows) == min(most, len(full.table.rows))
            assert ("has all" in block.hint) == (block != full)


def test_nothing_is_cut_where_there_is_room(found: Findings) -> None:
    whole = sections_of(found, Items(found.pairs))
    assert cut(whole, 10_000) == whole
