from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from alignkit.stats.intervals import clustered_mean
from alignkit.stats.power import (
    cautious_spread,
    cluster_spread,
    clusters_for_equivalence,
    clusters_needed,
    detectable,
    paired_power,
)

REFERENCE = TTestPower()
effects = st.floats(0.05, 2)


@settings(max_examples=50)
@given(effects, st.integers(2, 300), st.sampled_from([0.01, 0.05, 0.1]), st.floats(0.1, 5))
def test_power_is_that_of_statsmodels(
    effect: float, clusters: int, alpha: float, spread: float
) -> None:
    expected = REFERENCE.power(effect, clusters, alpha, alternative="two-sided")
    assume(not np.isnan(expected))  # as scipy's noncentral t is at times
    assert paired_power(effect * spread, spread, clusters, alpha) == pytest.approx(expected)
    assert paired_power(-effect * spread, spread, clusters, alpha) == pytest.approx(expected)


@settings(max_examples=25)
@given(effects, st.floats(0.3, 0.95))
def test_the_clusters_needed_are_the_fewest(effect: float, power: float) -> None:
    needed = clusters_needed(effect, 1.0, power)
    assert paired_power(effect, 1.0, needed) >= power
    assert needed == 2 or paired_power(effect, 1.0, needed - 1) < power
    if needed > 10:  # with fewer statsmodels may find no solution
        assert needed == int(np.ceil(REFERENCE.solve_power(effect, None, 0.05, power) - 1e-6))


def test_published_sample_sizes() -> None:
    # Cohen's medium effect takes 34 pairs for a power of 0.8 (G*Power's own example of a t test of
    # the difference of two dependent means), and a small one 199.
    assert clusters_needed(0.5, 1.0, 0.8) == 34
    assert clusters_needed(0.2, 1.0, 0.8) == 199
    assert clusters_needed(0.05, 0.25, 0.8) == clusters_needed(-0.05, 0.25, 0.8) == 199


@settings(max_examples=25)
@given(st.integers(2, 400), st.floats(0.1, 0.99), st.floats(0.01, 3))
def test_what_is_detectable_has_the_power(clusters: int, power: float, spread: float) -> None:
    effect = detectable(spread, clusters, power)
    assert paired_power(effect, spread, clusters) == pytest.approx(power, abs=1e-6)


def test_no_effect_is_found_as_often_as_alpha_allows() -> None:
    assert paired_power(0.0, 1.0, 20, 0.05) == 0.05
    assert paired_power(1e-4, 1.0, 20, 0.05) == pytest.approx(0.05, abs=1e-6)
    assert paired_power(1e-7, 1.0, 20, 0.05) == pytest.approx(0.05, abs=1e-6)


def test_the_spread_of_clusters() -> None:
    values = np.random.default_rng(1).normal(0, 1, 40)
    assert cluster_spread(values, np.arange(40)) == pytest.approx(values.std(ddof=1))
    pairs = np.arange(40) // 2
    means = values.reshape(20, 2).mean(axis=1)
    assert cluster_spread(values, pairs) == pytest.approx(means.std(ddof=1))
    mean = clustered_mean(values, pairs)
    assert cluster_spread(values, pairs) == pytest.approx(mean.standard_error * np.sqrt(20))


def test_a_cautious_spread_is_the_upper_limit_of_a_normal_one() -> None:
    expected = 2 * np.sqrt(9 / scipy.stats.chi2.ppf(0.2, 9))
    assert cautious_spread(2.0, 10) == pytest.approx(expected)
    assert cautious_spread(2.0, 10, 0.95) > cautious_spread(2.0, 10) > 2
    assert cautious_spread(2.0, 100_000) == pytest.approx(2, rel=0.01)


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="spread must be above 0"):
        clusters_needed(0.1, 0.0)
    with pytest.raises(ValueError, match="spread must be above 0"):
        paired_power(0.1, float("nan"), 10)
    with pytest.raises(ValueError, match="shows an effect of 0"):
        clusters_needed(0.0, 1.0)
    with pytest.raises(ValueError, match="takes more than 10000000 clusters"):
        clusters_needed(1e-9, 1.0)
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
        paired_power(0.1, 1.0, 10, 1.0)
    with pytest.raises(ValueError, match="power must lie between alpha and 1"):
        clusters_needed(0.1, 1.0, 0.05)
    with pytest.raises(ValueError, match="power must lie between alpha and 1"):
        detectable(1.0, 10, 1.0)
    with pytest.raises(ValueError, match="at least 2 clusters"):
        paired_power(0.1, 1.0, 1)
    for spread, clusters, certainty in ((-1.0, 10, 0.8), (1.0, 1, 0.8), (1.0, 10, 1.0)):
        with pytest.raises(ValueError, match="a certainty in 0 to 1"):
            cautious_spread(spread, clusters, certainty)


def test_equivalence_is_shown_as_often_as_planned_where_nothing_differs() -> None:
    margin, power, alpha = 0.1, 0.8, 0.05
    count = clusters_for_equivalence(margin, 0.3, power, alpha)
    draws = np.random.default_rng(0).normal(0, 0.3, (20_000, count))
    half = scipy.stats.t.ppf(1 - alpha, count - 1) * draws.std(1, ddof=1) / np.sqrt(count)
    shown = np.abs(draws.mean(1)) + half < margin
    assert shown.mean() == pytest.approx(power, abs=0.02)
    fewer = draws[:, : count * 3 // 4]
    half = scipy.stats.t.ppf(1 - alpha, fewer.shape[1] - 1) * fewer.std(1, ddof=1)
    assert (np.abs(fewer.mean(1)) + half / np.sqrt(fewer.shape[1]) < margin).mean() < power - 0.1
