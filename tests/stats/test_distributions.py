from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.distributions import (
    earth_mover,
    even_levels,
    shortest_interval,
    systematic_samples,
    wasserstein,
)
from alignkit.stats.probability import normalise

Floats = npt.NDArray[np.float64]
GRID: Floats = np.linspace(0, 1, 101)
unit = st.floats(0, 1)


def arrays(elements: st.SearchStrategy[float]) -> st.SearchStrategy[Floats]:
    return hnp.arrays(np.float64, st.integers(1, 12), elements=elements)


@st.composite
def distributions(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Rising levels and their shares."""
    shares = draw(arrays(st.floats(0.01, 1)))
    return np.linspace(0, 1, len(shares)), normalise(shares)


# Intervals


@given(distributions(), st.floats(0.05, 0.99))
def test_no_shorter_interval_holds_as_much(found: tuple[Floats, Floats], mass: float) -> None:
    levels, shares = found
    low, high = shortest_interval(levels, shares, mass)
    inside = (levels >= low) & (levels <= high)
    assert shares[inside].sum() >= mass - 1e-8
    for start in range(len(levels)):
        for end in range(start, len(levels)):
            if levels[end] - levels[start] < high - low - 1e-8:
                assert shares[start : end + 1].sum() < mass


def test_of_a_normal_distribution_it_is_the_known_one() -> None:
    shares = normalise(scipy.stats.norm(0.5, 0.1).pdf(GRID))
    assert shortest_interval(GRID, shares, 0.95) == pytest.approx((0.3, 0.7), abs=0.011)


def test_all_the_mass_needs_all_levels_that_have_some() -> None:
    shares = np.array([0.0, 0.5, 0.5, 0.0])
    assert shortest_interval(np.array([0.0, 0.2, 0.6, 1.0]), shares, 1.0) == (0.2, 0.6)


def test_of_equally_short_ones_it_is_the_one_that_holds_the_most() -> None:
    shares = np.array([0.3, 0.1, 0.2, 0.4])
    assert shortest_interval(np.array([0.0, 0.1, 0.2, 0.3]), shares, 0.35) == (0.3, 0.3)


# Samples


@given(arrays(unit), st.data(), st.integers(1, 60))
def test_no_share_is_off_by_a_whole_sample(levels: Floats, data: st.DataObject, most: int) -> None:
    drawn = st.lists(st.floats(0.01, 1), min_size=len(levels), max_size=len(levels))
    shares = np.array(data.draw(drawn))
    samples = systematic_samples(levels, shares, most)
    assert 1 <= len(samples) <= most
    assert np.all(np.diff(samples) >= 0)
    counts = Counter(samples.tolist())
    assert set(counts) <= set(levels.tolist())
    for level in set(levels.tolist()):
        share = normalise(shares)[levels == level].sum()
        assert abs(counts[level] - share * len(samples)) < 1 + 1e-6


@pytest.mark.parametrize(
    ("shares", "samples"),
    [
        ([1.0], [0.1]),
        ([0.6, 0.4], [0.1, 0.1, 0.1, 0.2, 0.2]),
        ([1, 0, 3], [0.1, 0.3, 0.3, 0.3]),
        ([50, 50], [0.1, 0.2]),
    ],
)
def test_there_are_as_few_as_have_the_shares_exactly(
    shares: list[float], samples: list[float]
) -> None:
    levels = np.array([0.1, 0.2, 0.3])[: len(shares)]
    assert systematic_samples(levels, np.array(shares), 50).tolist() == samples


def test_their_mean_is_that_of_the_distribution() -> None:
    shares = normalise(scipy.stats.beta(2, 5).pdf(GRID))
    samples = systematic_samples(GRID, shares, 50)
    assert len(samples) == 50
    assert samples.mean() == pytest.approx(2 / 7, abs=0.005)
    assert samples.std() == pytest.approx(scipy.stats.beta(2, 5).std(), abs=0.01)


# Distance


@given(arrays(unit), arrays(unit))
def test_the_distance_is_scipys(one: Floats, other: Floats) -> None:
    expected = scipy.stats.wasserstein_distance(one, other)
    assert earth_mover(one, other) == pytest.approx(expected, abs=1e-9)


@given(arrays(unit))
def test_nothing_is_far_from_itself(levels: Floats) -> None:
    assert earth_mover(levels, np.repeat(levels[::-1], 3)) == pytest.approx(0, abs=1e-12)


def test_of_single_levels_it_is_their_difference() -> None:
    assert earth_mover(np.array([0.2]), np.array([0.9])) == pytest.approx(0.7)


# Ordered answers


@given(st.integers(2, 7), st.data())
def test_wasserstein_is_that_of_scipy(count: int, data: st.DataObject) -> None:
    shares = hnp.arrays(np.float64, count, elements=st.floats(0.01, 1))
    one, other = normalise(data.draw(shares)), normalise(data.draw(shares))
    levels = even_levels(count)
    expected = scipy.stats.wasserstein_distance(levels, levels, one, other)
    assert wasserstein(levels, one, other) == pytest.approx(expected, abs=1e-12)
    assert wasserstein(levels, other, one) == pytest.approx(expected, abs=1e-12)
    assert wasserstein(3 * levels, one, other) == pytest.approx(3 * expected, abs=1e-12)
    assert 0 <= expected <= 1


def test_neighbouring_answers_are_near() -> None:
    levels = even_levels(5)
    first, second, last = np.eye(5)[[0, 1, 4]]
    assert wasserstein(levels, first, second) == 0.25
    assert wasserstein(levels, first, last) == 1
    assert wasserstein(levels, first, first) == 0


def test_what_has_no_order_is_refused() -> None:
    two = even_levels(2)
    half = np.array([0.5, 0.5])
    with pytest.raises(ValueError, match=r"^an order takes at least 2 answers$"):
        even_levels(1)
    with pytest.raises(ValueError, match=r"^levels must rise$"):
        wasserstein(two[::-1], half, half)
    with pytest.raises(ValueError, match=r"^2 and 1 shares do not fit 2 levels$"):
        wasserstein(two, half, np.ones(1))
    for bad in (np.array([0.5, 0.6]), np.array([1.5, -0.5])):
        with pytest.raises(ValueError, match=r"^a distribution is at least 0 and sums to 1$"):
            wasserstein(two, half, bad)
