from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.ranking import (
    _standard_error,
    auc,
    auc_interval,
    order_accuracy,
    ordered_pairs,
    rank_correlation,
)

Floats = npt.NDArray[np.float64]
few = st.integers(-3, 3).map(float)
"""Few values, so that ties are common."""


@st.composite
def marked(draw: st.DrawFn) -> tuple[Floats, npt.NDArray[np.bool_]]:
    positives, negatives = draw(st.integers(1, 8)), draw(st.integers(1, 8))
    scores = draw(hnp.arrays(np.float64, positives + negatives, elements=few))
    order = draw(st.permutations(range(positives + negatives)))
    return scores, (np.arange(positives + negatives) < positives)[list(order)]


def test_auc_by_hand() -> None:
    # 3 beats 1 and 2, 2 beats 1 and ties with 2: 3.5 of 4 pairs.
    found = auc(np.array([3.0, 1.0, 2.0, 2.0]), np.array([True, False, True, False]))
    assert type(found) is float
    assert found == 3.5 / 4


@given(marked())
def test_auc_is_the_share_of_pairs_and_the_statistic_of_mann_and_whitney(found: Any) -> None:
    scores, positive = found
    area = auc(scores, positive)
    high, low = scores[positive], scores[~positive]
    test = scipy.stats.mannwhitneyu(high, low, method="asymptotic")
    assert area == pytest.approx(test.statistic / (len(high) * len(low)))
    differences = high[:, None] - low[None, :]
    assert area == pytest.approx(np.mean((differences > 0) + 0.5 * (differences == 0)))
    assert auc(-scores, positive) == pytest.approx(1 - area)
    assert auc(scores, ~positive) == pytest.approx(1 - area)
    assert auc(np.exp(scores), positive) == area


def test_the_standard_error_is_the_published_one() -> None:
    # Hanley and McNeil (1982), on reading CT images: 0.032 for an area of 0.893, 51 and 58 items.
    assert _standard_error(0.893, (51, 58)) == pytest.approx(0.032, abs=5e-4)


@given(marked(), st.floats(0.5, 0.99))
def test_either_end_is_z_of_its_own_standard_errors_away(found: Any, level: float) -> None:
    scores, positive = found
    area, interval = auc(scores, positive), auc_interval(scores, positive, level)
    z = scipy.stats.norm.ppf((1 + level) / 2)
    for end in (interval.low, interval.high):
        q1, q2 = end / (2 - end), 2 * end**2 / (1 + end)
        variance = end * (1 - end) + (len(scores) / 2 - 1) * (q1 + q2 - 2 * end**2)
        pairs = positive.sum() * (~positive).sum()
        assert (area - end) ** 2 == pytest.approx(z**2 * variance / pairs, abs=1e-9)


@pytest.mark.parametrize(
    ("size", "level", "low"),
    [(1, 0.95, 1 / (1 + 1.959964**2)), (1, 0.9, 1 / (1 + 1.644854**2)), (10, 0.95, 0.800214)],
)
def test_a_perfect_order_leaves_room_below(size: int, level: float, low: float) -> None:
    scores = np.arange(2.0 * size)
    interval = auc_interval(scores, scores >= size, level)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-6), 1)
    mirrored = auc_interval(scores, scores < size, level)
    assert (mirrored.low, mirrored.high) == (0, pytest.approx(1 - low, abs=1e-6))
    assert {type(end) for end in (interval.low, interval.high)} == {float}


def test_level_95_is_the_default() -> None:
    scores, positive = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True])
    assert auc_interval(scores, positive) == auc_interval(scores, positive, 0.95)


@given(marked(), st.floats(0.5, 0.99))
def test_the_interval_holds_the_area_and_mirrors_with_it(found: Any, level: float) -> None:
    scores, positive = found
    interval, area = auc_interval(scores, positive, level), auc(scores, positive)
    assert 0 <= interval.low <= area <= interval.high <= 1
    assert interval.low < interval.high
    mirrored = auc_interval(-scores, positive, level)
    assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-9)
    assert mirrored.high == pytest.approx(1 - interval.low, abs=1e-9)
    wider = auc_interval(scores, positive, (1 + level) / 2)
    assert wider.low <= interval.low
    assert wider.high >= interval.high


@pytest.mark.parametrize("measure", [auc, auc_interval])
def test_scores_without_two_kinds_are_refused(measure: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"^2 scores do not fit 1 marks$"):
        measure(np.ones(2), np.array([True]))
    for mark in (True, False):
        with pytest.raises(ValueError, match=r"^there must be positives and negatives$"):
            measure(np.ones(2), np.array([mark, mark]))


@pytest.mark.parametrize("level", [0, 1, -1, 95])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match=r"^level must lie between 0 and 1$"):
        auc_interval(np.arange(2.0), np.array([True, False]), level)


def test_ordered_pairs_by_hand() -> None:
    truths = np.array([0.1, 0.5, 0.5, 0.9])  # five pairs differ
    found = ordered_pairs(np.array([0.2, 0.2, 0.6, 0.5]), truths)
    assert found == (0.5 + 1 + 1 + 1 + 0, 5)
    assert [type(part) for part in found] == [float, int]
    assert ordered_pairs(np.array([1.0, 2.0]), np.array([3.0, 3.0])) == (0, 0)
    assert ordered_pairs(np.array([1.0]), np.array([3.0])) == (0, 0)


@given(st.integers(1, 6).flatmap(lambda n: hnp.arrays(np.float64, (2, n), elements=few)))
def test_ordered_pairs_are_counted_one_by_one(rows: Floats) -> None:
    estimates, truths = rows
    right, total = 0.0, 0
    for i, j in combinations(range(len(truths)), 2):
        if truths[i] != truths[j]:
            total += 1
            product = (estimates[i] - estimates[j]) * (truths[i] - truths[j])
            right += 1 if product > 0 else 0.5 if product == 0 else 0
    assert ordered_pairs(estimates, truths) == (right, total)


def test_order_accuracy_counts_the_pairs_of_all_items_alike() -> None:
    estimates = [np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0])]
    truths = [np.array([2.0, 1.0]), np.array([1.0, 2.0, 3.0])]
    found = order_accuracy(estimates, truths)
    assert type(found) is float
    assert found == 3 / 4
    assert order_accuracy(estimates[1:], truths[1:]) == 1


def test_order_that_cannot_be_judged_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^no two choices of one item have different truths$"):
        order_accuracy([np.array([1.0, 2.0])], [np.array([3.0, 3.0])])
    with pytest.raises(ValueError, match=r"^no two choices of one item have different truths$"):
        order_accuracy([], [])
    with pytest.raises(ValueError, match="zip"):
        order_accuracy([np.ones(2)], [])
    with pytest.raises(ValueError, match=r"^2 estimates do not fit 3 truths$"):
        ordered_pairs(np.ones(2), np.ones(3))


@given(hnp.arrays(np.float64, st.tuples(st.integers(2, 12), st.just(2)), elements=few))
def test_the_rank_correlation_is_spearmans_and_0_where_nothing_is_ordered(pairs: Floats) -> None:
    found = rank_correlation(pairs)
    if len(set(pairs[:, 0])) == 1 or len(set(pairs[:, 1])) == 1:
        assert found == 0
    else:
        assert found == pytest.approx(scipy.stats.spearmanr(pairs).statistic)
    assert rank_correlation(pairs * [1, -1]) == pytest.approx(-found)
    assert rank_correlation(pairs**3) == pytest.approx(found)
