from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.intervals import wilson
from alignkit.stats.probability import normalise
from alignkit.stats.scoring import (
    Bin,
    accuracy,
    brier,
    brier_binary,
    expected_calibration_error,
    log_loss,
    reliability,
)

Floats = npt.NDArray[np.float64]
ITEMS = [np.array([0.7, 0.3]), np.array([0.2, 0.2, 0.6]), np.array([0.5, 0.5])]
RIGHT = np.array([0, 1, 1])


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[Floats], npt.NDArray[np.int64]]:
    """One to six items of two to five options, and the right option of each."""
    sizes = draw(st.lists(st.integers(2, 5), min_size=1, max_size=6))
    weights = st.floats(0.01, 1)
    items = [normalise(draw(hnp.arrays(np.float64, n, elements=weights))) for n in sizes]
    return items, np.array([draw(st.integers(0, n - 1)) for n in sizes])


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Floats, npt.NDArray[np.bool_]]:
    n = draw(st.integers(1, 30))
    shares = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0]) | st.floats(0, 1)
    return draw(hnp.arrays(np.float64, n, elements=shares)), draw(hnp.arrays(np.bool_, n))


def test_accuracy_by_hand_where_a_tie_counts_its_share() -> None:
    found = accuracy(ITEMS, RIGHT)
    assert type(found) is float
    assert found == pytest.approx((1 + 0 + 1 / 2) / 3)
    assert accuracy([np.full(4, 0.25)], np.array([3])) == 0.25


def test_brier_by_hand() -> None:
    found = brier(ITEMS, RIGHT)
    assert type(found) is float
    one, two, three = 0.09 + 0.09, 0.04 + 0.64 + 0.36, 0.25 + 0.25
    assert found == pytest.approx((one + two + three) / 3)
    assert brier([np.array([1.0, 0.0])], np.array([1])) == 2
    assert brier([np.array([1.0, 0.0])], np.array([0])) == 0
    assert brier([np.full(4, 0.25)], np.array([2])) == 0.75


def test_brier_binary_by_hand() -> None:
    found = brier_binary(np.array([0.9, 0.2, 0.5]), np.array([True, False, True]))
    assert type(found) is float
    assert found == pytest.approx((0.01 + 0.04 + 0.25) / 3)
    assert brier_binary(np.array([0.0, 1.0]), np.array([True, False])) == 1


def test_log_loss_by_hand() -> None:
    found = log_loss(ITEMS, RIGHT)
    assert type(found) is float
    assert found == pytest.approx(-(math.log(0.7) + math.log(0.2) + math.log(0.5)) / 3)
    assert log_loss([np.full(4, 0.25)], np.array([0])) == pytest.approx(math.log(4))
    assert log_loss([np.array([1.0, 0.0])], np.array([0])) == 0


def test_a_probability_of_zero_costs_no_more_than_the_floor() -> None:
    items, right = [np.array([1.0, 0.0])], np.array([1])
    assert log_loss(items, right) == pytest.approx(-math.log(1e-12))
    assert log_loss(items, right, floor=0.01) == pytest.approx(-math.log(0.01))


@given(scored())
def test_scores_stay_in_their_range_and_count_items_alike(found: Any) -> None:
    items, right = found
    for score, most in ((accuracy, 1), (brier, 2), (log_loss, -math.log(1e-12))):
        assert -1e-12 <= score(items, right) <= most
        alone = [score([item], np.array([r])) for item, r in zip(items, right, strict=True)]
        assert score(items, right) == pytest.approx(np.mean(alone))
        assert score(items[::-1], right[::-1]) == pytest.approx(score(items, right))


@given(predictions())
def test_with_two_options_brier_is_twice_the_binary_one(found: Any) -> None:
    predicted, happened = found
    items = [np.array([1 - p, p]) for p in predicted]
    binary = brier_binary(predicted, happened)
    assert brier(items, happened.astype(np.int64)) == pytest.approx(2 * binary)


@pytest.mark.parametrize("score", [accuracy, brier, log_loss])
def test_items_that_cannot_be_scored_are_refused(score: Callable[..., float]) -> None:
    with pytest.raises(ValueError, match=r"^0 items do not fit 0 right options$"):
        score([], np.array([], dtype=np.int64))
    with pytest.raises(ValueError, match=r"^2 items do not fit 1 right options$"):
        score(ITEMS[:2], RIGHT[:1])
    with pytest.raises(ValueError, match=r"^item 0 has 2 options, and number 2 is to be right$"):
        score(ITEMS[:1], np.array([2]))
    with pytest.raises(ValueError, match=r"^item 1 has 3 options, and number -1 is to be right$"):
        score(ITEMS[:2], np.array([0, -1]))


def test_reliability_by_hand() -> None:
    predicted = np.array([0.05, 0.5, 0.45, 0.95, 1.0])
    happened = np.array([False, True, False, True, True])
    found = reliability(predicted, happened, bins=2)
    assert found == (
        Bin(0.0, 0.5, pytest.approx(1 / 3), 1 / 3, 3, wilson(1, 3)),
        Bin(0.5, 1.0, pytest.approx(0.975), 1.0, 2, wilson(2, 2)),
    )
    assert {type(value) for b in found for value in (b.low, b.high, b.predicted, b.share)} == {
        float
    }
    assert {type(b.count) for b in found} == {int}
    assert reliability(predicted, happened, 2, level=0.5)[0].interval == wilson(1, 3, 0.5)


def test_a_prediction_on_a_border_is_in_the_lower_bin_and_empty_bins_are_left_out() -> None:
    found = reliability(np.array([0.0, 0.25, 0.75]), np.array([True, True, False]), bins=4)
    assert [(b.low, b.high, b.count) for b in found] == [(0.0, 0.25, 2), (0.5, 0.75, 1)]
    assert [(b.low, b.high) for b in reliability(np.array([0.05]), np.array([True]))] == [(0, 0.1)]


def test_bins_of_equal_mass() -> None:
    predicted = np.array([0.4, 0.1, 0.2, 0.3])
    happened = np.array([True, False, False, True])
    found = reliability(predicted, happened, 2, "mass")
    assert [(b.low, b.high, b.count, b.share) for b in found] == [
        (0.1, 0.25, 2, 0.0),
        (0.25, 0.4, 2, 1.0),
    ]


def test_bins_of_equal_mass_never_part_equal_predictions() -> None:
    predicted, happened = np.array([0.2] * 5 + [0.8]), np.ones(6, dtype=np.bool_)
    found = reliability(predicted, happened, 3, "mass")
    assert [(b.low, b.high, b.count) for b in found] == [(0.2, 0.8, 6)]
    (alone,) = reliability(np.full(3, 0.4), np.ones(3, dtype=np.bool_), 3, "mass")
    assert (alone.low, alone.high, alone.count) == (0.4, 0.4, 3)


@given(predictions(), st.integers(1, 12), st.sampled_from(["width", "mass"]))
def test_each_prediction_is_in_one_bin_that_holds_it(found: Any, bins: int, binning: Any) -> None:
    predicted, happened = found
    points = reliability(predicted, happened, bins, binning)
    assert sum(point.count for point in points) == len(predicted)
    assert sum(point.count * point.share for point in points) == pytest.approx(happened.sum())
    assert sum(point.count * point.predicted for point in points) == pytest.approx(predicted.sum())
    assert len(points) <= bins
    for point in points:
        assert point.low - 1e-12 <= point.predicted <= point.high + 1e-12
        assert point.interval == wilson(round(point.share * point.count), point.count)


def test_expected_calibration_error_by_hand() -> None:
    predicted = np.array([0.05, 0.5, 0.45, 0.95, 1.0])
    happened = np.array([False, True, False, True, True])
    found = expected_calibration_error(predicted, happened, bins=2)
    assert type(found) is float
    assert found == pytest.approx((3 * 0 + 2 * 0.025) / 5)
    overconfident = expected_calibration_error(np.full(10, 0.9), np.arange(10) < 6)
    assert overconfident == pytest.approx(0.3)
    both = np.array([0.11, 0.19]), np.array([False, True])
    assert expected_calibration_error(*both) == pytest.approx(0.35)  # ten bins of equal width
    assert expected_calibration_error(*both, 2, "mass") == pytest.approx((0.11 + 0.81) / 2)


@given(predictions(), st.sampled_from(["width", "mass"]))
def test_the_error_of_one_bin_is_that_of_the_mean_and_more_bins_see_more(
    found: Any, binning: Any
) -> None:
    predicted, happened = found
    one = expected_calibration_error(predicted, happened, 1, binning)
    assert one == pytest.approx(abs(predicted.mean() - happened.mean()), abs=1e-12)
    assert one - 1e-12 <= expected_calibration_error(predicted, happened, 5, binning) <= 1


@pytest.mark.parametrize("score", [brier_binary, reliability, expected_calibration_error])
def test_predictions_that_cannot_be_judged_are_refused(score: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"^0 predictions do not fit 0 outcomes$"):
        score(np.array([]), np.array([], dtype=np.bool_))
    with pytest.raises(ValueError, match=r"^2 predictions do not fit 1 outcomes$"):
        score(np.array([0.5, 0.5]), np.array([True]))
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match=r"^predictions must lie in 0 to 1$"):
            score(np.array([wrong]), np.array([True]))


@pytest.mark.parametrize("judge", [reliability, expected_calibration_error])
def test_no_bins_are_refused(judge: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"^there must be at least 1 bin$"):
        judge(np.array([0.5]), np.array([True]), 0)
