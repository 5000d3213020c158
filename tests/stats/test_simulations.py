"""Every interval and test keeps its promise, in samples from known worlds, seeds fixed.

`make simulate` draws 15 times as many; docs/statistics.md shows what came out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from benchmarks import simulate
from benchmarks.simulated import learning, table
from benchmarks.simulated.coverage import holds
from benchmarks.simulated.study import SMALLEST_DRAWS, Line, Promise, Study

from alignkit.stats import (
    bias,
    comparison,
    ideal_point,
    intervals,
    macro,
    margin,
    paired,
    power,
    ranking,
    selective,
    share,
    trend,
)
from alignkit.stats.intervals import clustered_mean, wilson

SHARE = 1 / 15
PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
STUDIES = table.every()
NOT_CLAIMS = {
    "cluster_sums",  # sums
    "sign_flips",  # simulated as paired_difference
    "macro_interval",  # simulated as macro_non_inferiority
    "paired_interval",  # simulated as the two intervals that it chooses from
    "mcnemar",  # simulated by its table's interval and p-value
    "auc",  # values, with no claim about what lies beyond the sample
    "ordered_pairs",
    "order_accuracy",
    "rank_correlation",
    "item_slopes",
    "risk_coverage",
    "area_under_risk",
    "cluster_spread",
    "paired_power",  # simulated as clusters_needed
    "share",  # Wilson's interval
    "score_interval",  # the same, for any number of items
    "log_evidence",  # a property of the sample alone
    "gains",
    "expected_information",  # what may come of a comparison, in what is known so far
    "more_to_halve",  # a forecast; tests compare it with what happens
}


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: f"{study.about}: {study.world}")
def test_a_promise_is_kept(study: Study) -> None:
    line = study.run(SHARE)
    assert line.draws >= SMALLEST_DRAWS
    assert line.kept, line.cells()


def test_names_of_studies_differ() -> None:
    assert len({(study.about, study.world) for study in STUDIES}) == len(STUDIES)


@pytest.mark.parametrize(
    "module",
    [
        *(bias, comparison, ideal_point, intervals, macro, margin, paired, power, ranking),
        *(selective, share, trend),
    ],
    ids=lambda module: module.__name__,
)
def test_every_interval_and_test_is_simulated(module: ModuleType) -> None:
    simulated = " ".join(study.about for study in STUDIES)
    for name, value in vars(module).items():
        ours = inspect.isfunction(value) and value.__module__ == module.__name__
        if ours and not name.startswith("_") and name not in NOT_CLAIMS:
            assert re.search(rf"\b{name}\b", simulated), f"{module.__name__}.{name}"


def test_the_page_shows_every_line() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for study in STUDIES:
        assert f"| {study.world} |" in page, study.world
        assert f"`{study.about}`" in page, study.about
    assert "BROKEN" not in page


def line(promise: Promise, count: int, slack: float = 0.0) -> Line:
    study = Study("a", "b", lambda _: True, 0.5, promise, slack=slack)
    return Line(study, count, 100)


def test_what_counts_as_broken() -> None:
    assert [line("about", count).kept for count in (20, 45, 55, 80)] == [False, True, True, False]
    assert [line("at least", count).kept for count in (20, 45, 80)] == [False, True, True]
    assert [line("at most", count).kept for count in (20, 55, 80)] == [True, True, False]
    assert line("limit", 0).kept
    assert not line("about", 70).kept
    assert line("about", 70, 0.1).kept
    assert "BROKEN" in line("at most", 80).cells()[2]
    assert "BROKEN" not in line("at most", 20).cells()[2]


def _narrow(rng: np.random.Generator) -> bool:
    return holds(wilson(int(rng.binomial(50, 0.4)), 50, 0.85), 0.4)


def _as_if_independent(rng: np.random.Generator) -> bool:
    values = np.repeat(rng.standard_normal(20), 4)
    return holds(clustered_mean(values, np.arange(80)).interval, 0)


@pytest.mark.parametrize("once", [_narrow, _as_if_independent])
def test_an_interval_that_is_too_narrow_is_found_out(
    once: Callable[[np.random.Generator], bool],
) -> None:
    assert not Study("wrong", "on purpose", once, 0.95, slack=0.02).run(SHARE).kept


def test_a_line_depends_on_its_name_alone() -> None:
    study = STUDIES[0]
    assert study.run(0.02) == study.run(0.02)
    assert table.count(0, 0.02) == (study.run(0.02).count, study.run(0.02).draws)


def test_learned_thresholds_keep_their_guarantee(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "SETS", 150)
    rng = np.random.default_rng(1)
    for world in learning.worlds(0.1):
        for spaced in (True, False):
            shown, kept = learning.violations(world, 0.1, 60, rng, spaced=spaced)
            assert kept, (world.name, shown)


@pytest.mark.parametrize("before", ["", "stale\n"])
def test_tables_take_the_place_between_the_marks(tmp_path: Path, before: str) -> None:
    page = tmp_path / "page.md"
    marks = "".join(
        f"## {name}\n<!-- {name} -->\n{before}<!-- end -->\n"
        for name in ("run", "thresholds", "intervals", "tests")
    )
    page.write_text(f"before\n{marks}after\n", encoding="utf-8")
    one = [line("about", 50)]
    simulate._write(page, "kept \\1\nCALIBRATION rest", one, one)
    text = page.read_text(encoding="utf-8")
    simulate._write(page, "kept \\1\nCALIBRATION rest", one, one)
    assert page.read_text(encoding="utf-8") == text
    assert "stale" not in text
    assert "rest" not in text
    assert "kept \\1" in text
    for name in ("run", "thresholds", "intervals", "tests"):
        assert f"## {name}\n<!-- {name} -->\n" in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert text.count("| `a` | b | 0.500 | 0.500 (0.398 to 0.602) | 100 |") == 2
    assert "| what | samples | promised | found | draws |\n| --- |" in text
    assert table.text(one).splitlines()[0].split() == list(table.HEADS)
