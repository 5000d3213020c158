from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.probability import (
    confidence,
    largest_shift,
    log_average,
    normalise,
    softmax,
    total_variation,
)

Floats = npt.NDArray[np.float64]
sizes = st.integers(2, 8)


def vectors(low: float, high: float) -> st.SearchStrategy[Floats]:
    """Arrays of 2 to 8 numbers from `low` to `high`."""
    return hnp.arrays(np.float64, sizes, elements=st.floats(low, high))


def stacks(low: float, high: float, rows: int = 3) -> st.SearchStrategy[Floats]:
    """`rows` arrays of the same length with numbers from `low` to `high`."""
    return sizes.flatmap(lambda n: hnp.arrays(np.float64, (rows, n), elements=st.floats(low, high)))


def same(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """Fails where two arrays differ by more than `tolerance` or in their shape."""
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_normalise_scales_to_a_sum_of_one() -> None:
    same(normalise(np.array([1.0, 3.0])), [0.25, 0.75])
    same(normalise(np.array([0.0, 2.0, 0.0])), [0.0, 1.0, 0.0])


def test_normalise_works_along_the_last_axis() -> None:
    given = np.array([[1.0, 1.0, 2.0], [0.0, 0.0, 5.0]])
    same(normalise(given), [[0.25, 0.25, 0.5], [0.0, 0.0, 1.0]])
    assert normalise(given.astype(np.float32)).dtype == np.float64


@given(stacks(0.01, 100))
def test_normalised_rows_keep_their_ratios(weights: Floats) -> None:
    found = normalise(weights)
    same(found.sum(axis=-1), np.ones(len(weights)))
    same(found * weights.sum(axis=-1, keepdims=True), weights, 1e-9)


@given(vectors(0.01, 100), st.floats(0.001, 1000))
def test_a_common_factor_does_not_matter(weights: Floats, factor: float) -> None:
    same(normalise(weights * factor), normalise(weights))


@pytest.mark.parametrize(
    "weights",
    [
        *([0.0, 0.0], [-1.0, 3.0], [-1e-12, 1.0], [math.nan, 1.0], [math.inf, 1.0], [-1.0, -1.0]),
        *([[1.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [-1.0, 2.0]], [[1.0, math.inf], [1.0, 1.0]]),
    ],
)
def test_weights_that_cannot_be_normalised_are_refused(weights: Any) -> None:
    with pytest.raises(ValueError, match=r"^weights must be finite, at least 0 and not all 0$"):
        normalise(np.array(weights))


@given(vectors(-50, 50))
def test_softmax_agrees_with_scipy(scores: Floats) -> None:
    same(softmax(scores), scipy.special.softmax(scores))


@given(vectors(-20, 20), st.floats(-1000, 1000))
def test_softmax_ignores_a_common_shift(scores: Floats, shift: float) -> None:
    same(softmax(scores + shift), softmax(scores), 1e-9)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e300])
def test_softmax_never_overflows(size: float) -> None:
    same(softmax(np.array([size, -size, size])), [0.5, 0.0, 0.5])


@given(vectors(-20, 20), st.randoms())
def test_softmax_follows_the_order_of_the_scores(scores: Floats, random: Any) -> None:
    order = list(range(len(scores)))
    random.shuffle(order)
    same(softmax(scores[order]), softmax(scores)[order])
    assert softmax(scores)[scores.argmax()] == softmax(scores).max()


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.5, 0.5], 0.0),
        ([1.0, 0.0], 1.0),
        ([0.75, 0.25], 0.5),
        ([0.6, 0.2, 0.2], 0.4),
        ([0.25] * 4, 0.0),
        ([0.0, 0.0, 1.0], 1.0),
        ([1 / 3, 1 / 3, 1 / 3 - 1e-17], 0.0),
    ],
)
def test_confidence_is_the_distance_from_chance(
    probabilities: list[float], expected: float
) -> None:
    found = confidence(np.array(probabilities))
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-12)


@given(vectors(0.001, 1).map(normalise))
def test_confidence_lies_in_0_to_1_whatever_the_order(probabilities: Floats) -> None:
    found = confidence(probabilities)
    assert 0 <= found <= 1
    assert confidence(probabilities[::-1]) == found
    n = len(probabilities)
    assert found == pytest.approx((n * probabilities.max() - 1) / (n - 1), abs=1e-12)


def test_a_rounding_error_below_chance_is_no_negative_confidence() -> None:
    assert confidence(np.array([0.5 - 1e-9, 0.5 - 1e-9])) == 0


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        ([1.0, 0.0], [0.0, 1.0], 1.0),
        ([0.5, 0.5], [0.5, 0.5], 0.0),
        ([0.7, 0.2, 0.1], [0.5, 0.1, 0.4], 0.3),
    ],
)
def test_total_variation_by_hand(p: list[float], q: list[float], expected: float) -> None:
    found = total_variation(np.array(p), np.array(q))
    assert type(found) is float
    assert found == pytest.approx(expected, abs=1e-12)


@given(stacks(0.01, 1).map(normalise))
def test_total_variation_is_a_distance_of_at_most_one(rows: Floats) -> None:
    p, q, r = rows
    assert total_variation(p, p) == 0
    assert 0 <= total_variation(p, q) <= 1
    assert total_variation(p, q) == total_variation(q, p)
    assert total_variation(p, r) <= total_variation(p, q) + total_variation(q, r) + 1e-12


@given(stacks(0.01, 1, rows=2).map(normalise))
def test_total_variation_is_the_largest_difference_over_any_event(rows: Floats) -> None:
    p, q = rows
    best = (p - q)[p > q].sum()  # the event that favours p most
    assert total_variation(p, q) == pytest.approx(best, abs=1e-12)


@given(stacks(0.001, 1).map(normalise))
def test_log_average_is_the_normalised_geometric_mean(rows: Floats) -> None:
    mean = scipy.stats.gmean(rows, axis=0)
    same(log_average(rows), mean / mean.sum())


@given(stacks(0.001, 1).map(normalise), st.randoms())
def test_log_average_does_not_mind_the_order_of_the_rows(rows: Floats, random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    same(log_average(rows[order]), log_average(rows))


@given(vectors(0.001, 1).map(normalise), st.integers(1, 5))
def test_the_log_average_of_one_distribution_is_itself(row: Floats, times: int) -> None:
    same(log_average(np.tile(row, (times, 1))), row)


@given(st.data())
def test_a_liking_for_places_is_undone_exactly(data: st.DataObject) -> None:
    true = normalise(data.draw(vectors(0.01, 1)))
    n = len(true)
    liking = data.draw(hnp.arrays(np.float64, n, elements=st.floats(0.01, 10)))
    seen = normalise(np.array([true * np.roll(liking, k) for k in range(n)]))
    same(log_average(seen), true, 1e-9)


def test_one_zero_does_not_decide_alone() -> None:
    found = log_average(np.array([[0.0, 1.0], [1.0, 0.0]]))
    same(found, [0.5, 0.5])
    found = log_average(np.array([[0.0, 1.0], [0.5, 0.5]]))
    odds = math.sqrt(1e-12 * 0.5 / (1.0 * 0.5))  # the zero counts as 1e-12
    assert found[0] / found[1] == pytest.approx(odds, rel=1e-9)


def test_largest_shift_is_that_of_the_row_farthest_off() -> None:
    rows = np.array([[0.5, 0.5], [0.9, 0.1], [0.3, 0.7]])
    found = largest_shift(rows, np.array([0.5, 0.5]))
    assert type(found) is float
    assert found == pytest.approx(0.4)
    assert largest_shift(rows[::-1], np.array([0.5, 0.5])) == found
    assert largest_shift(rows[:1], rows[0]) == 0
