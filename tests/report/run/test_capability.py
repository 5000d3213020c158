"""The section on capability of a made-up run of two methods."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.report.run.blocks import Charts, DotPlot
from alignkit.report.run.findings import Findings, findings
from alignkit.report.run.items import Items
from alignkit.report.run.sections.capability import capability_section
from alignkit.report.run.sections.trade_off import trade_off
from alignkit.testing.runs import asked, run_of, steered_run

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def two() -> Findings:
    rng = np.random.default_rng(3)
    name = "comparative_regression"  # the method of `asked`
    pairs = steered_run(rng, {"care": 0.8}, 60, decider=name, plain=True)
    pairs += asked(rng, {None: 0.7, "care-high": 0.7, "care-low": 0.3}, 600, dataset="able")
    pairs += asked(rng, {None: 0.7, "care-high": 0.7}, 60, dataset="basic", subjects=("one",))
    return findings(run_of(pairs), pairs)


def test_what_is_retained_has_its_verdict_beside_the_margin(two: Findings) -> None:
    section = capability_section(two, Items(two.pairs))
    assert section is not None
    plot = section.blocks[1]
    assert isinstance(plot, DotPlot)
    assert f"The line at {MINUS}0.05 is the margin" in plot.hint
    assert [group.title for group in plot.groups] == ["all data sets", "able", "basic"]
    whole = {dot.label: dot for dot in plot.groups[0].dots}
    assert whole["care-high"].note == "comparative_regression · fake · retained, p < 0.001"
    assert "lost more than the margin, p = 0.500" in whole["care-low"].note
    assert whole["care-high"].wanted is not None
    assert plot.zero is not None
    assert whole["care-low"].at < whole["care-high"].wanted < plot.zero
    links = [link.text for dot in plot.groups[1].dots for link in dot.links]
    assert links == ["able", "able"]
    rows = [dict(zip(plot.table.columns, row, strict=True)) for row in plot.table.rows]
    assert [(row["dataset"], row["profile"], row["verdict"]) for row in rows] == [
        ("all data sets", "care-high", "non-inferior"),
        ("all data sets", "care-low", "inferior"),
        ("able", "care-high", "non-inferior"),
        ("basic", "care-high", "undecided"),
        ("able", "care-low", "inferior"),
    ]
    assert all(row["difference"] == pytest.approx(row["under"] - row["plain"]) for row in rows)  # type: ignore[operator]


def test_the_trade_off_has_a_spot_and_words_for_each_profile(two: Findings) -> None:
    found = trade_off(two)
    assert isinstance(found, Charts)
    [chart] = found.charts
    [series] = chart.series
    assert (series.name, series.line, chart.connect) == ("comparative_regression · fake", "", False)
    assert [spot.label for spot in series.spots] == ["1", "2"]
    high, low = series.spots
    assert low.x > high.x + 50  # it lost more
    assert [label for label, _ in found.key] == ["1", "2"]
    words = found.key[1][1]
    assert words.startswith("care-low · comparative_regression · fake: +0.")
    assert words.endswith(" lost")
    rows = [dict(zip(found.table.columns, row, strict=True)) for row in found.table.rows]
    assert [row["point"] for row in rows] == [1, 2]
    loss = {one.profile: -one.test.difference for one in two.retained}
    assert {row["profile"]: row["accuracy_lost"] for row in rows} == loss


def test_without_a_loss_or_a_gain_there_is_no_trade_off() -> None:
    rng = np.random.default_rng(3)
    for pairs in (
        asked(rng, {None: 0.7, "care-high": 0.7}, 20),
        steered_run(rng, {"care": 0.8}, 10, plain=True),
    ):
        assert trade_off(findings(run_of(pairs), pairs)) is None
