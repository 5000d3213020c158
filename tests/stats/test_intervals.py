from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from alignkit.stats.intervals import (
    Interval,
    Mean,
    bootstrap_difference,
    clopper_pearson,
    clustered_bootstrap,
    clustered_mean,
    mean_of_means,
    wilson,
)

Floats = npt.NDArray[np.float64]


def ends(interval: Interval) -> tuple[float, float]:
    assert type(interval.low) is float
    assert type(interval.high) is float
    return interval.low, interval.high


def test_wilson_agrees_with_the_published_table() -> None:
    # Newcombe (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E),
    # table I, method 3.
    assert ends(wilson(81, 263)) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert ends(wilson(15, 148)) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert ends(wilson(0, 20)) == pytest.approx((0, 0.1611), abs=5e-5)
    assert ends(wilson(1, 29)) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_clopper_pearson_agrees_with_the_published_table() -> None:
    # The same, method 5.
    assert ends(clopper_pearson(81, 263)) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert ends(clopper_pearson(15, 148)) == pytest.approx((0.0578, 0.1617), abs=5e-5)
    assert ends(clopper_pearson(0, 20)) == pytest.approx((0, 0.1684), abs=5e-5)
    assert ends(clopper_pearson(1, 29)) == pytest.approx((0.0009, 0.1776), abs=5e-5)


@given(st.integers(1, 200), st.data(), st.floats(0.5, 0.99))
def test_both_are_the_formulas_at_any_level(n: int, data: st.DataObject, level: float) -> None:
    k = data.draw(st.integers(0, n))
    z = scipy.stats.norm.ppf((1 + level) / 2)
    centre = (k + z**2 / 2) / (n + z**2)
    reach = z / (n + z**2) * math.sqrt(k * (n - k) / n + z**2 / 4)
    assert ends(wilson(k, n, level)) == pytest.approx((centre - reach, centre + reach), abs=1e-9)
    tail = (1 - level) / 2
    low = scipy.stats.beta.ppf(tail, k, n - k + 1) if k else 0
    high = scipy.stats.beta.ppf(1 - tail, k + 1, n - k) if k < n else 1
    assert ends(clopper_pearson(k, n, level)) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_shares_that_cannot_be_are_refused(interval: Callable[..., Interval]) -> None:
    with pytest.raises(ValueError, match=r"^a share of no trials is unknown$"):
        interval(0, 0)
    with pytest.raises(ValueError, match=r"^2 successes do not fit 1 trials$"):
        interval(2, 1)
    for level in (0, 1, -0.5, 95, math.nan):
        with pytest.raises(ValueError, match=r"^level must lie between 0 and 1$"):
            interval(1, 2, level)
    assert ends(interval(1, 1))[1] == pytest.approx(1)


def test_a_clustered_mean_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0, 8.0])  # mean 4
    clusters = np.array(["a", "a", "b", "c", "c"])  # sums of what differs: -5, -1, 6
    found = clustered_mean(values, clusters)
    error = math.sqrt(3 / 2 * 62) / 5
    reach = 4.302652729911275 * error  # Student's t, 2 degrees of freedom
    assert isinstance(found, Mean)
    assert found.value == 4
    assert type(found.value) is float
    assert found.standard_error == pytest.approx(error)
    assert ends(found.interval) == pytest.approx((4 - reach, 4 + reach))
    assert found.clusters == 3
    assert ends(clustered_mean(values, clusters, 0.5).interval) == pytest.approx(
        (4 - 0.8164965809 * error, 4 + 0.8164965809 * error)
    )


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=15),
    st.integers(1, 4),
    st.floats(0.5, 0.99),
)
def test_equal_clusters_give_the_t_interval_of_their_means(
    means: list[float], size: int, level: float
) -> None:
    values = np.repeat(means, size) + np.tile(np.linspace(-1, 1, size), len(means)) * (size > 1)
    found = clustered_mean(values, np.repeat(np.arange(len(means)), size), level)
    error = scipy.stats.sem(means)
    reach = scipy.stats.t.ppf((1 + level) / 2, len(means) - 1) * error
    assert found.value == pytest.approx(np.mean(means), abs=1e-9)
    assert found.standard_error == pytest.approx(error, abs=1e-9)
    assert ends(found.interval) == pytest.approx(
        (np.mean(means) - reach, np.mean(means) + reach), abs=1e-6
    )


def test_repeating_an_item_in_its_cluster_is_no_more_evidence() -> None:
    values, clusters = np.array([0.0, 1.0, 1.0, 3.0]), np.arange(4)
    once = clustered_mean(values, clusters)
    thrice = clustered_mean(np.repeat(values, 3), np.repeat(clusters, 3))
    assert ends(thrice.interval) == pytest.approx(ends(once.interval))
    assert thrice.clusters == 4


def bootstrap(
    values: Floats, clusters: Any, statistic: Callable[[Floats], float] = np.mean, **more: Any
) -> Interval:
    return clustered_bootstrap(values, clusters, statistic, np.random.default_rng(3), **more)


def test_the_bootstrap_draws_whole_clusters() -> None:
    seen = []

    def statistic(rows: Floats) -> float:
        seen.append(rows.tolist())
        return 0.0

    values, clusters = np.array([1.0, 10.0, 2.0, 3.0, 11.0]), np.array([0, 1, 0, 2, 1])
    assert ends(bootstrap(values, clusters, statistic, draws=50)) == (0, 0)
    assert len(seen) >= 50
    pieces = {1.0: [1.0, 2.0], 10.0: [10.0, 11.0], 3.0: [3.0]}
    for rows in seen[-50:]:
        drawn, rest = 0, rows
        while rest:
            piece = pieces[rest[0]]
            assert rest[: len(piece)] == piece
            rest, drawn = rest[len(piece) :], drawn + 1
        assert drawn == 3
    assert len({tuple(rows) for rows in seen}) > 10


def test_the_bootstrap_of_a_mean_is_near_the_normal_interval() -> None:
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(200), 2)
    values = rng.normal(size=200)[clusters] + rng.normal(size=400)
    mean = clustered_mean(values, clusters)
    for level, z in ((0.95, 1.96), (0.8, 1.2816)):
        low, high = ends(bootstrap(values, clusters, level=level))
        assert low == pytest.approx(mean.value - z * mean.standard_error, abs=0.02)
        assert high == pytest.approx(mean.value + z * mean.standard_error, abs=0.02)
    assert ends(bootstrap(values, clusters)) == ends(bootstrap(values, clusters, level=0.95))


def test_the_ends_are_percentiles_of_the_resampled_statistics() -> None:
    # The largest of three draws from 0, 1, 2 is at most 0 in 0.037 and at most 1 in 0.296 of cases.
    def largest(level: float) -> tuple[float, float]:
        return ends(bootstrap(np.arange(3.0), np.arange(3), lambda rows: rows.max(), level=level))

    assert largest(0.96) == (0, 2)
    assert largest(0.5) == (1, 2)
    assert largest(0.2) == (2, 2)


def test_the_bootstrap_takes_rows_and_draws_two_thousand_times() -> None:
    count = 0

    def product(rows: Floats) -> float:
        nonlocal count
        count += 1
        return float((rows[:, 0] * rows[:, 1]).mean())

    rows = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    low, high = ends(bootstrap(rows, np.arange(3), product))
    assert 2 <= low < high <= 30
    assert count in {2000, 2001, 2002}


@pytest.mark.parametrize("interval", [clustered_mean, bootstrap])
def test_items_that_give_no_interval_are_refused(interval: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match=r"^3 values do not fit 2 cluster labels$"):
        interval(np.ones(3), np.arange(2))
    with pytest.raises(ValueError, match=r"^an interval needs at least 2 clusters$"):
        interval(np.ones(3), np.zeros(3))
    for level in (0, 1):
        with pytest.raises(ValueError, match=r"^level must lie between 0 and 1$"):
            interval(np.ones(3), np.arange(3), level=level)


# Means of means


def test_the_mean_of_one_mean_is_itself() -> None:
    one = clustered_mean(np.array([1.0, 2.0, 4.0, 4.0]), np.array([0, 0, 1, 2]))
    found = mean_of_means([one])
    assert (found.value, found.clusters) == (one.value, one.clusters)
    assert found.standard_error == pytest.approx(one.standard_error)
    assert ends(found.interval) == pytest.approx(ends(one.interval))


def test_the_difference_of_two_samples_has_the_interval_of_welch() -> None:
    a, b = np.array([3.0, 5.0, 4.0, 8.0]), np.array([1.0, 1.5, 2.0])
    parts = [clustered_mean(x, np.arange(len(x))) for x in (a, -b)]
    found = mean_of_means(parts)  # half the difference
    welch = scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert ends(found.interval) == pytest.approx((welch.low / 2, welch.high / 2))


def test_steady_means_have_an_interval_of_no_width() -> None:
    parts = [clustered_mean(np.full(3, value), np.arange(3)) for value in (0.25, 0.75)]
    assert mean_of_means(parts) == Mean(0.5, 0.0, Interval(0.5, 0.5), 6)
    with pytest.raises(ValueError, match="there must be means"):
        mean_of_means([])
    with pytest.raises(ValueError, match="level"):
        mean_of_means(parts, 1.0)


def test_a_difference_is_resampled_in_pairs() -> None:
    rng = np.random.default_rng(8)
    hard = rng.normal(0, 5, 40)
    a, b = hard + rng.normal(1, 0.1, 40), hard
    labels = np.arange(40) // 2
    found = bootstrap_difference(a, b, labels, np.mean, np.random.default_rng(1), draws=500)
    same = clustered_bootstrap(a - b, labels, np.mean, np.random.default_rng(1), draws=500)
    assert ends(found) == pytest.approx(ends(same))
    assert 0.9 < found.low < found.high < 1.1


def test_rows_of_several_numbers_are_resampled_in_pairs() -> None:
    rng = np.random.default_rng(9)
    a, b = rng.uniform(0, 1, (2, 30, 3))

    def spread(rows: Floats) -> float:
        assert rows.shape[1] == 3
        return float(rows.std())

    found = bootstrap_difference(
        a, b, np.arange(30), spread, np.random.default_rng(1), level=0.5, draws=200
    )
    assert found.low <= a.std() - b.std() <= found.high
    with pytest.raises(ValueError, match=r"^results of shape \(30, 3\) do not fit \(29, 3\)$"):
        bootstrap_difference(a, b[1:], np.arange(30), spread, rng)


@given(st.integers(1, 60), st.data(), st.floats(0.5, 0.999))
def test_clopper_pearson_is_that_of_scipy(trials: int, data: st.DataObject, level: float) -> None:
    successes = data.draw(st.integers(0, trials))
    expected = scipy.stats.binomtest(successes, trials).proportion_ci(level, "exact")
    found = clopper_pearson(successes, trials, level)
    assert ends(found) == pytest.approx((expected.low, expected.high), abs=1e-9)
