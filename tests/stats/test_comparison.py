from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.comparison import (
    GoodnessOfFit,
    PairedDifference,
    chi_square_fit,
    holm,
    paired_difference,
)
from alignkit.stats.intervals import clustered_mean

Floats = npt.NDArray[np.float64]


def compare(a: Any, b: Any, clusters: Any, **more: Any) -> PairedDifference:
    return paired_difference(
        np.array(a, dtype=float),
        np.array(b, dtype=float),
        np.array(clusters),
        np.random.default_rng(5),
        **more,
    )


def test_a_paired_difference_by_hand() -> None:
    # Sums of differences per cluster: 3, 2, 1. Of the 8 flips two are as far from 0 as 6.
    found = compare([1, 2, 2, 4], [0, 0, 0, 3], ["a", "a", "b", "c"])
    assert found.difference == clustered_mean(
        np.array([1.0, 2.0, 2.0, 1.0]), np.array([0, 0, 1, 2])
    )
    assert found.difference.value == 1.5
    assert type(found.p_value) is float
    assert found.p_value == 2 / 8
    assert found.exact is True
    wide = compare([1, 2, 2, 4], [0, 0, 0, 3], ["a", "a", "b", "c"], level=0.99)
    assert wide.difference.interval.low < found.difference.interval.low


def test_fishers_own_example() -> None:
    # Darwin's maize, in eighths of an inch (Fisher, 1935, section 21): 1,726 of 32,768 flips are as
    # far from 0, 0.05267. With 15 pairs random flips come near it.
    differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    found = compare(differences, np.zeros(15), range(15))
    assert found.exact is False
    assert found.p_value == pytest.approx(0.05267, abs=0.01)
    assert found.p_value * 10_000 == pytest.approx(round(found.p_value * 10_000))
    assert compare(differences[:13], np.zeros(13), range(13)).exact is True


@settings(max_examples=30)
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=7))
def test_the_p_value_counts_all_flips(differences: list[int]) -> None:
    found = compare(differences, np.zeros(len(differences)), range(len(differences)))
    flips = [np.dot(signs, differences) for signs in product((-1, 1), repeat=len(differences))]
    assert found.p_value == np.mean(np.abs(flips) >= abs(sum(differences)))


def test_a_difference_has_no_side() -> None:
    a, b, clusters = [5, 1, 4, 2, 7, 3], [1, 2, 1, 1, 2, 4], [0, 0, 1, 2, 3, 4]
    there, back = compare(a, b, clusters), compare(b, a, clusters)
    assert there.p_value == back.p_value
    assert there.difference.value == -back.difference.value


def test_equal_results_are_no_difference() -> None:
    found = compare([1, 2, 3], [1, 2, 3], [0, 1, 2])
    assert (found.difference.value, found.p_value) == (0, 1)


def test_random_flips_count_the_sample_itself() -> None:
    found = compare(np.arange(1, 41), np.zeros(40), range(40))
    assert found.p_value == pytest.approx(2 / 10_000)  # in either direction
    assert found.exact is False


def test_random_flips_come_from_the_generator() -> None:
    a, zeros, clusters = np.arange(-8.0, 12.0), np.zeros(20), np.arange(20)
    found = [
        paired_difference(a, zeros, clusters, np.random.default_rng(seed)).p_value
        for seed in (1, 1, 2, 3)
    ]
    assert found[0] == found[1]
    assert len(set(found)) > 1


def test_results_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^3 results do not fit 2$"):
        compare(np.ones(3), np.ones(2), range(3))
    with pytest.raises(ValueError, match=r"^3 values do not fit 2 cluster labels$"):
        compare(np.ones(3), np.ones(3), range(2))
    with pytest.raises(ValueError, match=r"^an interval needs at least 2 clusters$"):
        compare(np.ones(3), np.ones(3), [0, 0, 0])


def test_holm_by_hand() -> None:
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    np.testing.assert_allclose(found, [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.7])), [1, 1])
    np.testing.assert_allclose(holm(np.array([0.2])), [0.2])
    assert holm(np.array([])).shape == (0,)
    np.testing.assert_allclose(holm(np.array([0.0, 1.0])), [0, 1])


@given(hnp.arrays(np.float64, st.integers(1, 8), elements=st.floats(0, 1)), st.floats(0, 1))
def test_holm_rejects_like_the_step_down_procedure(p_values: Floats, level: float) -> None:
    adjusted = holm(p_values)
    assert np.all(adjusted >= p_values)
    assert np.all(adjusted <= 1)
    rejected = []
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[index] * (len(p_values) - rank) > level:
            break
        rejected.append(index)
    if level < 1:
        assert set(np.flatnonzero(adjusted <= level)) == set(rejected)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_p_values_outside_0_to_1_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"^p-values must lie in 0 to 1$"):
        holm(np.array([0.5, wrong]))


def fit(counts: Any, probabilities: Any) -> GoodnessOfFit:
    return chi_square_fit(np.array(counts), np.array(probabilities))


def test_chi_square_agrees_with_mendels_peas() -> None:
    # Mendel's second experiment, 315 : 101 : 108 : 32 against 9 : 3 : 3 : 1; the statistic of 0.470
    # with 3 degrees of freedom is in most textbooks.
    found = fit([315, 101, 108, 32], np.array([9, 3, 3, 1]) / 16)
    assert found.statistic == pytest.approx(0.470, abs=5e-4)
    assert found.degrees == 3
    assert found.p_value == pytest.approx(scipy.stats.chi2.sf(found.statistic, 3))
    assert {type(found.statistic), type(found.p_value)} == {float}


def test_small_cells_are_pooled() -> None:
    # Expected 4, 4, 12, 20: the first two become one of 8.
    found = fit([2, 3, 15, 20], [0.1, 0.1, 0.3, 0.5])
    assert found.statistic == pytest.approx(9 / 8 + 9 / 12 + 0)
    assert found.degrees == 2


def test_all_small_cells_are_pooled_even_if_two_were_enough() -> None:
    # Expected 3, 3, 3, 11.
    found = fit([0, 2, 4, 14], [0.15, 0.15, 0.15, 0.55])
    assert found.statistic == pytest.approx(9 / 9 + 9 / 11)
    assert found.degrees == 1


def test_a_pool_that_is_still_too_small_takes_the_next_smallest() -> None:
    # Expected 2, 6, 12: the pool of 2 takes the 6.
    found = fit([9, 10, 1], [0.3, 0.6, 0.1])
    assert found.statistic == pytest.approx(4 / 8 + 4 / 12)
    assert found.degrees == 1


def test_a_cell_of_exactly_five_stands_alone() -> None:
    found = fit([8, 12], [0.25, 0.75])
    assert found.statistic == pytest.approx(9 / 5 + 9 / 15)
    assert found.degrees == 1
    # Expected 2, 3, 5, 10: the pool of 2 and 3 is enough.
    assert fit([3, 4, 4, 9], [0.1, 0.15, 0.25, 0.5]).degrees == 2


@pytest.mark.parametrize(
    ("counts", "probabilities"),
    [([3, 5], [0.5, 0.5]), ([0, 0], [0.5, 0.5]), ([9], [1.0]), ([9, 0], [1.0, 0.0])],
)
def test_a_single_cell_says_nothing(counts: Any, probabilities: Any) -> None:
    assert fit(counts, probabilities) == GoodnessOfFit(0.0, 0, 1.0)


def test_what_cannot_happen_refutes_when_it_does() -> None:
    assert fit([9, 1], [1.0, 0.0]) == GoodnessOfFit(math.inf, 0, 0.0)


@given(
    hnp.arrays(np.int64, 5, elements=st.integers(0, 60)),
    hnp.arrays(np.float64, 5, elements=st.floats(0.01, 1)),
    st.permutations(range(5)),
)
def test_the_order_of_the_answers_does_not_matter(
    counts: npt.NDArray[np.int64], weights: Floats, order: list[int]
) -> None:
    probabilities = weights / weights.sum()
    found = chi_square_fit(counts, probabilities)
    assert 0 <= found.p_value <= 1
    assert 0 <= found.degrees <= 4
    expected = probabilities * counts.sum()
    if np.all(expected >= 5):
        test = scipy.stats.chisquare(counts, expected)
        assert (found.statistic, found.p_value) == pytest.approx(tuple(test))
    if len(set(weights)) == len(weights):
        again = chi_square_fit(counts[order], probabilities[order])
        assert again.p_value == pytest.approx(found.p_value)


def test_counts_that_cannot_be_tested_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 counts do not fit 3 probabilities$"):
        fit([1, 2], [0.2, 0.3, 0.5])
    for counts, probabilities in (([1, -1], [0.5, 0.5]), ([1, 1], [-0.5, 1.5])):
        with pytest.raises(ValueError, match=r"^counts and probabilities must be at least 0$"):
            fit(counts, probabilities)
    with pytest.raises(ValueError, match=r"^the probabilities must sum to 1$"):
        fit([1, 1], [0.5, 0.4])
    fit([10, 10], [0.5, 0.5 + 1e-12])
