from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

from alignkit.stats.comparison import paired_difference
from alignkit.stats.intervals import clustered_mean
from alignkit.stats.trend import Trend, item_slopes, trend

Floats = npt.NDArray[np.float64]
FIVE = np.linspace(0, 1, 5)


def of(levels: Floats, results: Floats, clusters: Floats, level: float = 0.95) -> Trend:
    return trend(levels, results, clusters, np.random.default_rng(4), level)


def test_slopes_are_least_squares() -> None:
    rng = np.random.default_rng(1)
    levels, results = np.array([0.0, 0.2, 0.7, 1.0]), rng.uniform(0, 1, (6, 4))
    expected = [scipy.stats.linregress(levels, row).slope for row in results]
    np.testing.assert_allclose(item_slopes(levels, results), expected)


def test_a_trend_is_the_paired_difference_of_slopes_from_nothing() -> None:
    rng = np.random.default_rng(2)
    results = rng.uniform(0, 1, (12, 5)) + 0.3 * FIVE
    clusters = np.arange(12) // 2
    slopes = item_slopes(FIVE, results)
    expected = paired_difference(slopes, np.zeros(12), clusters, np.random.default_rng(4))
    found = of(FIVE, results, clusters)
    assert found.slope == expected
    assert found.slope.difference.value == pytest.approx(np.polyfit(FIVE, results.mean(0), 1)[0])
    assert found.means == tuple(clustered_mean(column, clusters) for column in results.T)
    assert found.steps[0] == clustered_mean(results[:, 1] - results[:, 0], clusters)
    assert len(found.steps) == 4


def test_what_is_easy_about_an_item_drops_out() -> None:
    rng = np.random.default_rng(3)
    results = rng.uniform(0, 0.1, (8, 5)) + 0.2 * FIVE
    easy = results + rng.uniform(0, 5, (8, 1))
    found, same = of(FIVE, easy, np.arange(8)), of(FIVE, results, np.arange(8))
    assert found.slope.difference.value == pytest.approx(same.slope.difference.value)
    assert found.slope.p_value == same.slope.p_value == 2 / 256


def test_opposite_slopes_are_no_trend_though_page_finds_one_in_each_half() -> None:
    rng = np.random.default_rng(5)
    up = FIVE + rng.normal(0, 0.1, (5, 5))
    results = np.vstack([up, -up])
    assert scipy.stats.page_trend_test(up).pvalue < 0.001
    assert of(FIVE, results, np.arange(10)).slope.p_value > 0.9


def test_equal_results_at_all_levels_are_no_trend() -> None:
    levels = np.array([0, 0.25, 0.5, 0.75, 0.9, 1])
    results = np.repeat(np.tile([0.9, 0.1, 0.3], 4)[:, None], 6, axis=1)
    assert not item_slopes(levels, results).any()
    assert of(levels, results, np.arange(12.0)).slope.p_value == 1


def test_a_bend_has_a_slope_but_does_not_rise_throughout() -> None:
    bend = np.tile([0.0, 0.5, 1.0, 0.9, 0.8], (8, 1)) + np.linspace(0, 0.1, 8)[:, None] * FIVE
    found = of(FIVE, bend, np.arange(8))
    assert found.slope.p_value < 0.05
    assert found.slope.difference.interval.low > 0
    assert not found.rises_throughout
    flat = np.tile([0.0, 0.5, 0.5, 0.5, 1.0], (8, 1))
    assert of(FIVE, flat, np.arange(8)).rises_throughout


def test_the_level_of_the_intervals_can_be_chosen() -> None:
    results = np.random.default_rng(6).uniform(0, 1, (9, 5))
    narrow, wide = (of(FIVE, results, np.arange(9), level) for level in (0.5, 0.99))
    for one, other in zip(
        (narrow.slope.difference, *narrow.means, *narrow.steps),
        (wide.slope.difference, *wide.means, *wide.steps),
        strict=True,
    ):
        assert other.interval.low < one.interval.low < one.interval.high < other.interval.high


def test_what_has_no_trend_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 levels, and they must rise"):
        of(np.array([0.0, 0.5, 0.5]), np.zeros((4, 3)), np.arange(4))
    with pytest.raises(ValueError, match="at least 2 levels, and they must rise"):
        of(np.array([0.5]), np.zeros((4, 1)), np.arange(4))
    for shape in ((4, 3), (5,)):
        with pytest.raises(ValueError, match=r"do not fit 5 levels$"):
            of(FIVE, np.zeros(shape), np.arange(4))
    with pytest.raises(ValueError, match="at least 2 clusters"):
        of(FIVE, np.zeros((4, 5)), np.zeros(4))
