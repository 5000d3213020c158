from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

from alignkit.stats.margin import equivalence, non_inferiority
from alignkit.stats.paired import McNemar

Floats = npt.NDArray[np.float64]


def sample(shift: float, spread: float = 0.2, count: int = 40) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(3)
    reference = rng.uniform(0, 1, count)
    new = reference + spread * rng.standard_normal(count)
    return new - (new - reference).mean() + shift, reference, np.arange(count)


def marks(table: McNemar) -> tuple[Floats, Floats, Floats]:
    sizes = [table.both, table.only_a, table.only_b, table.neither]
    a, b = np.repeat([1.0, 1, 0, 0], sizes), np.repeat([1.0, 0, 1, 0], sizes)
    return a, b, np.arange(table.items)


def test_the_p_value_is_that_of_a_one_sided_t_test() -> None:
    new, reference, items = sample(-0.02)
    found = non_inferiority(new, reference, items, 0.1)
    expected = scipy.stats.ttest_1samp(new - reference, -0.1, alternative="greater").pvalue
    assert found.p_value == pytest.approx(expected)
    assert found.difference == pytest.approx(-0.02)
    assert (found.margin, found.alpha) == (0.1, 0.025)
    ends = DescrStatsW(new - reference).tconfint_mean(0.05)
    assert (found.interval.low, found.interval.high) == pytest.approx(ends)


def test_the_p_value_for_equivalence_is_that_of_statsmodels() -> None:
    for shift in (-0.05, 0.0, 0.03):
        a, b, items = sample(shift)
        found = equivalence(a, b, items, 0.1)
        either, (_, not_lower, _), (_, not_higher, _) = ttost_paired(a, b, -0.1, 0.1)
        assert found.p_value == pytest.approx(either)
        assert found.p_not_lower == pytest.approx(not_lower)
        assert found.p_not_higher == pytest.approx(not_higher)


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [(0.3, "non-inferior"), (-0.01, "non-inferior"), (-0.1, "undecided"), (-0.3, "inferior")],
)
def test_verdicts_about_a_loss(shift: float, verdict: str) -> None:
    assert non_inferiority(*sample(shift), 0.1).verdict == verdict


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [
        (0.01, "equivalent"),
        (-0.01, "equivalent"),
        (0.1, "undecided"),
        (-0.1, "undecided"),
        (0.3, "different"),
        (-0.3, "different"),
    ],
)
def test_verdicts_about_any_difference(shift: float, verdict: str) -> None:
    assert equivalence(*sample(shift), 0.1).verdict == verdict


@settings(max_examples=25)
@given(st.floats(-0.3, 0.3), st.floats(0.02, 0.3), st.sampled_from([0.01, 0.025, 0.05, 0.1]))
def test_a_verdict_and_its_p_value_agree(shift: float, margin: float, alpha: float) -> None:
    loss = non_inferiority(*sample(shift, count=12), margin, alpha)
    assert (loss.verdict == "non-inferior") == (loss.p_value < alpha)
    either = equivalence(*sample(shift, count=12), margin, alpha)
    assert (either.verdict == "equivalent") == (either.p_value < alpha)


def test_independent_marks_are_judged_by_the_score() -> None:
    # The score of Tango's test at a loss of 0.1 (1998): below it the normal tail is the p-value.
    table = McNemar(both=59, only_a=6, only_b=16, neither=80)
    found = non_inferiority(*marks(table), 0.1)
    assert found.interval == table.interval()
    assert found.verdict == "undecided"
    n, loss = table.items, -0.1
    b = -22 + (2 * n - 6 + 16) * loss
    share = (np.sqrt(b * b + 8 * n * 16 * loss * (1 - loss)) - b) / (4 * n)
    score = (6 - 16 - n * loss) / np.sqrt(n * (2 * share + loss * (1 - loss)))
    assert found.p_value == pytest.approx(scipy.stats.norm.sf(score), abs=1e-6)


def test_no_difference_at_all_needs_enough_items() -> None:
    few, many = McNemar(20, 0, 0, 10), McNemar(300, 0, 0, 100)
    assert non_inferiority(*marks(few), 0.05).verdict == "undecided"
    assert non_inferiority(*marks(many), 0.05).verdict == "non-inferior"
    assert equivalence(*marks(few), 0.05).verdict == "undecided"
    assert equivalence(*marks(many), 0.05).verdict == "equivalent"
    same = np.full(30, 0.5)
    assert non_inferiority(same, same, np.arange(30), 0.05).verdict == "undecided"
    same = np.full(300, 0.5)
    assert non_inferiority(same, same, np.arange(300), 0.05).verdict == "non-inferior"


def test_p_values_stop_at_both_ends() -> None:
    assert non_inferiority(*sample(-0.9), 0.1, most=None).p_value == 0.5
    assert equivalence(*sample(-0.9), 0.1, most=None).p_value == 0.5
    assert non_inferiority(*sample(0.9, 0.001), 0.1).p_value == 1e-9


def test_what_cannot_be_judged_is_refused() -> None:
    for margin in (0.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"^the margin must be above 0$"):
            non_inferiority(*sample(0), margin)
        with pytest.raises(ValueError, match=r"^the margin must be above 0$"):
            equivalence(*sample(0), margin)
    for alpha in (0.0, 0.5):
        with pytest.raises(ValueError, match=r"^alpha must lie between 0 and 0\.5$"):
            non_inferiority(*sample(0), 0.1, alpha)
    costs = np.array([10.0, 20.0, 33.0]), np.array([10.0, 21.0, 30.0]), np.arange(3)
    with pytest.raises(ValueError, match=r"^no difference can be larger than 1$"):
        non_inferiority(*costs, 5.0)
    assert non_inferiority(*costs, 50.0, most=None).verdict == "non-inferior"
