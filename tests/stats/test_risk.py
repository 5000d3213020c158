from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from alignkit.stats.risk import (
    DEFAULT_GRID,
    Grid,
    NoThreshold,
    Threshold,
    examples_needed,
    learn_threshold,
    spaced_grid,
)
from alignkit.stats.too_few import TooFewExamples

Floats = npt.NDArray[np.float64]
ONE = Grid((0.5,))


def learn(
    confidence: Any, wrong: Any, rate: float = 0.1, certainty: float = 0.9, grid: Grid = ONE
) -> Threshold:
    return learn_threshold(np.array(confidence), np.array(wrong), rate, certainty, grid)


@pytest.mark.parametrize(
    ("rate", "certainty", "needed"),
    [
        *((0.1, 0.9, 22), (0.05, 0.95, 59), (0.01, 0.99, 459), (0.2, 0.9, 11), (0.5, 0.5, 1)),
        *((0.5, 0.75, 2), (0.9, 0.99, 2), (0.9, 0.9, 1), (0.99, 0.5, 1), (0.1, 0.95, 29)),
    ],
)
def test_examples_needed_by_the_rule(rate: float, certainty: float, needed: int) -> None:
    assert examples_needed(rate, certainty) == needed
    assert (1 - rate) ** needed <= (1 - certainty) * (1 + 1e-9)
    assert (1 - rate) ** (needed - 1) > 1 - certainty


def test_more_starts_need_more_examples() -> None:
    assert examples_needed(0.1, 0.9, starts=1) == 22
    assert examples_needed(0.1, 0.9, starts=5) == 38  # log(0.02) / log(0.9) is 37.1
    with pytest.raises(ValueError, match=r"^there must be at least 1 start$"):
        examples_needed(0.1, 0.9, starts=0)


@pytest.mark.parametrize(("rate", "certainty"), [(0, 0.9), (1, 0.9), (0.1, 0), (0.1, 1), (-1, 2)])
def test_rates_outside_0_to_1_are_refused(rate: float, certainty: float) -> None:
    message = r"^error_rate and certainty must lie between 0 and 1$"
    with pytest.raises(ValueError, match=message):
        examples_needed(rate, certainty)
    with pytest.raises(ValueError, match=message):
        learn([0.5] * 99, [False] * 99, rate, certainty)


def test_exactly_enough_right_examples_are_enough() -> None:
    found = learn([0.5] * 22, [False] * 22)
    assert found == Threshold(
        value=0.5,
        error_rate=0.1,
        certainty=0.9,
        examples=22,
        kept=22,
        errors=0,
        bound=pytest.approx(1 - 0.1 ** (1 / 22)),
    )
    assert found.abstention == 0
    assert [type(n) for n in (found.kept, found.errors, found.bound)] == [int, int, float]


@given(st.floats(0.02, 0.98), st.floats(0.02, 0.98))
def test_the_number_needed_is_the_number_that_is_enough(rate: float, certainty: float) -> None:
    needed = examples_needed(rate, certainty)
    assert learn([0.5] * needed, [False] * needed, rate, certainty).kept == needed


@pytest.mark.parametrize(
    ("rate", "certainty"), [(0.9, 0.99), (0.9, 0.999), (0.7, 0.91), (0.8, 0.96)]
)
def test_rounding_does_not_ask_for_one_more(rate: float, certainty: float) -> None:
    needed = round(math.log(1 - certainty) / math.log(1 - rate))
    assert examples_needed(rate, certainty) == needed
    assert learn([0.5] * needed, [False] * needed, rate, certainty).kept == needed


def test_the_surest_may_be_wrong_too() -> None:
    found = learn([0.5] * 40 + [0.9], [False] * 40 + [True])
    assert (found.kept, found.errors) == (41, 1)


def test_one_example_fewer_is_too_few() -> None:
    with pytest.raises(TooFewExamples) as caught:
        learn([0.5] * 21, [False] * 21)
    assert str(caught.value) == "at least 22 labelled examples are needed, and 21 are given"
    with pytest.raises(TooFewExamples) as caught:
        learn([0.5] * 37, [False] * 37, grid=DEFAULT_GRID)
    assert (caught.value.needed, caught.value.given) == (38, 37)
    found = learn([1.0] * 38, [False] * 38, grid=DEFAULT_GRID)
    assert found.value == 0


def test_one_error_takes_more_examples() -> None:
    # P(Bin(38, 0.1) <= 1) is 0.0954, P(Bin(37, 0.1) <= 1) is 0.1036.
    assert learn([0.5] * 38, [True] + [False] * 37).errors == 1
    with pytest.raises(NoThreshold) as caught:
        learn([0.5] * 37, [True] + [False] * 36)
    assert str(caught.value) == (
        "no threshold keeps errors at 0.1 or less with certainty 0.9: 1 of 37 examples are wrong"
    )
    assert isinstance(caught.value, ValueError)


def test_what_is_below_the_threshold_does_not_count() -> None:
    found = learn([0.5] * 30 + [0.49] * 10, [False] * 30 + [True] * 10)
    assert (found.kept, found.errors, found.examples) == (30, 0, 40)
    assert found.abstention == 0.25
    with pytest.raises(NoThreshold):
        learn([0.5] * 20 + [0.49] * 80, [False] * 100)


def test_tests_go_down_until_one_fails() -> None:
    grid = Grid((0.9, 0.6, 0.3, 0.0))
    confidence = [0.95] * 40 + [0.7] * 40 + [0.4] * 40 + [0.1] * 400
    wrong = [False] * 80 + [True] * 20 + [False] * 420
    found = learn(confidence, wrong, grid=grid)
    # 0.3 is not safe; 0 would be (20 of 520), but is never tested.
    assert (found.value, found.kept, found.errors) == (0.6, 80, 0)
    again = learn(confidence, wrong, grid=Grid((0.9, 0.6, 0.3, 0.0), starts=(0, 3)))
    assert (again.value, again.kept, again.errors) == (0.0, 520, 20)
    assert again.abstention == 0


def test_a_first_test_that_fails_ends_all() -> None:
    confidence, wrong = [0.95] * 5 + [0.5] * 95, [False] * 100
    with pytest.raises(NoThreshold):
        learn(confidence, wrong, grid=Grid((0.9, 0.4)))
    assert learn(confidence, wrong, grid=Grid((0.9, 0.4), starts=(1,))).value == 0.4


def test_a_rejection_lends_its_level_to_the_next_start() -> None:
    # With two starts at level 0.05 each: 30 right examples give 0.042, 38 with one wrong 0.095.
    grid = Grid((0.9, 0.4), starts=(0, 1))
    confidence = [0.95] * 30 + [0.5] * 8
    one_wrong = [False] * 30 + [True] + [False] * 7
    assert learn(confidence, one_wrong, grid=grid).value == 0.4  # 0.05 of its own and 0.05 lent
    earlier = [True] + [False] * 37
    with pytest.raises(NoThreshold):
        learn(confidence, earlier, grid=grid)  # 0.9 fails, so 0.4 has its own 0.05 only


def test_a_test_that_fails_lends_nothing() -> None:
    # 0.9 is rejected at 0.05, 0.6 fails, and so 0.3, with its own 0.05, fails at 0.095.
    grid = Grid((0.9, 0.6, 0.3), starts=(0, 2))
    confidence = [0.95] * 30 + [0.7] * 3 + [0.4] * 33
    wrong = [False] * 30 + [True] * 3 + [False] * 33
    assert scipy.stats.binom.cdf(3, 66, 0.1) == pytest.approx(0.0949, abs=0.005)
    assert learn(confidence, wrong, grid=grid).value == 0.9


@given(st.integers(0, 10_000), st.sampled_from([0.05, 0.1, 0.2, 0.3]))
def test_a_threshold_is_one_of_the_grid_and_its_bound_keeps_the_rate(
    seed: int, rate: float
) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.random(150)
    wrong = rng.random(150) < 0.3 * (1 - confidence)
    try:
        found = learn_threshold(confidence, wrong, rate, 0.9)
    except NoThreshold:
        return
    above = confidence >= found.value
    assert found.value in DEFAULT_GRID.thresholds
    assert (found.kept, found.errors) == (above.sum(), wrong[above].sum())
    assert found.errors / found.kept <= found.bound <= rate * (1 + 1e-6)
    bound = scipy.stats.binomtest(found.errors, found.kept, alternative="less").proportion_ci(0.9)
    assert found.bound == pytest.approx(bound.high)
    assert found.abstention == pytest.approx(1 - above.mean())
    order = rng.permutation(150)
    assert learn_threshold(confidence[order], wrong[order], rate, 0.9) == found


def test_examples_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 confidences do not fit 3 outcomes$"):
        learn([0.5] * 2, [False] * 3)
    for outside in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=r"^confidences must lie in 0 to 1$"):
            learn([outside] + [0.5] * 30, [False] * 31)


def test_the_default_grid() -> None:
    assert len(DEFAULT_GRID.thresholds) == 100
    assert (DEFAULT_GRID.thresholds[0], DEFAULT_GRID.thresholds[-1]) == (0.99, 0)
    starts = [DEFAULT_GRID.thresholds[start] for start in DEFAULT_GRID.starts]
    assert starts == [0.9, 0.7, 0.5, 0.3, 0.1]


@pytest.mark.parametrize(
    ("thresholds", "starts", "message"),
    [
        ((), (0,), "thresholds must fall"),
        ((0.5, 0.5), (0,), "thresholds must fall"),
        ((0.4, 0.5), (0,), "thresholds must fall"),
        ((0.5,), (), "starts must be positions of thresholds"),
        ((0.5,), (1,), "starts must be positions of thresholds"),
        ((0.5,), (-1,), "starts must be positions of thresholds"),
        ((0.5, 0.4), (1, 1), "starts must differ"),
    ],
)
def test_grids_that_cannot_be_tested_are_refused(
    thresholds: Any, starts: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Grid(thresholds, starts)


def test_a_spaced_grid_by_hand() -> None:
    # 22 needed of 220: the start keeps 0.2 + 0.1, then 10 % more each time, in the end all.
    confidence = np.linspace(0, 1, 1001)
    found = spaced_grid(confidence, 220, 0.1, 0.9)
    shares = [0.3 * 1.1**step for step in range(13)]
    assert shares[-1] < 1 < shares[-1] * 1.1
    assert found.thresholds == pytest.approx((*(1 - share for share in shares), 0.0))
    assert found.starts == (0,)
    assert {type(threshold) for threshold in found.thresholds} == {float}


def test_where_hardly_enough_examples_are_expected_all_are_kept_or_none() -> None:
    for examples in (22, 48):
        assert spaced_grid(np.linspace(0, 1, 50), examples, 0.1, 0.9) == Grid((0.0,))
    assert len(spaced_grid(np.linspace(0, 1, 50), 49, 0.1, 0.9).thresholds) == 2


def test_equal_confidences_give_one_threshold_once() -> None:
    assert spaced_grid(np.full(9, 0.4), 220, 0.1, 0.9) == Grid((0.4, 0.0))
    assert spaced_grid(np.zeros(9), 220, 0.1, 0.9) == Grid((0.0,))


def test_a_grid_of_nothing_is_refused() -> None:
    for wrong in ([], [1.5], [-0.5], [math.nan]):
        with pytest.raises(ValueError, match=r"^confidences must lie in 0 to 1$"):
            spaced_grid(np.array(wrong), 100, 0.1, 0.9)
    with pytest.raises(ValueError, match=r"^there must be at least 1 example$"):
        spaced_grid(np.array([0.5]), 0, 0.1, 0.9)
    with pytest.raises(ValueError, match=r"^error_rate and certainty must lie between 0 and 1$"):
        spaced_grid(np.array([0.5]), 1, 0.1, 1.0)
    assert spaced_grid(np.array([0.5]), 1, 0.1, 0.9) == Grid((0.0,))


@pytest.mark.parametrize("spaced", [True, False])
@pytest.mark.parametrize("relation", ["no information", "surest are worst", "surest are best"])
def test_the_guarantee_is_kept(relation: str, spaced: bool) -> None:  # noqa: FBT001
    # Each set is drawn from a world whose error rate above any threshold is known. In the first
    # two, every threshold is just unsafe, so that any threshold is a violation.
    rate, certainty, sets = 0.2, 0.9, 300
    rng = np.random.default_rng(7)
    violations = 0
    for _ in range(sets):
        confidence = rng.random(100)
        if relation == "no information":
            chance = np.full(100, rate + 0.001)
        elif relation == "surest are worst":
            chance = (rate + 0.001) * (0.5 + confidence)
        else:
            chance = 1 - confidence  # above t: (1 - t) / 2, so that 0.6 is the least safe one
        wrong = rng.random(100) < chance
        grid = spaced_grid(rng.random(100), 100, rate, certainty) if spaced else DEFAULT_GRID
        try:
            value = learn_threshold(confidence, wrong, rate, certainty, grid).value
        except NoThreshold:
            continue
        violations += relation != "surest are best" or value < 0.6
    allowed = scipy.stats.binomtest(violations, sets, 1 - certainty, alternative="greater")
    assert allowed.pvalue > 0.01, f"{violations} of {sets}"
