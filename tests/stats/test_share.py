from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from alignkit.stats.intervals import clustered_mean
from alignkit.stats.share import clustered_share, share


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0.8, 0.95]))
def test_a_share_has_wilsons_interval(yes: int, no: int, level: float) -> None:
    if not yes + no:
        return
    found = share(np.repeat([True, False], [yes, no]), level)
    low, high = proportion_confint(yes, yes + no, 1 - level, method="wilson")
    assert found.value == yes / (yes + no)
    assert (found.items, found.clusters) == (yes + no, yes + no)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-12)


def test_wilsons_own_table() -> None:
    # 15 of 148, Newcombe (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<857), method 3.
    found = share(np.arange(148) < 15)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_clusters_count_as_their_effective_number() -> None:
    marks, labels = np.repeat([1.0, 0, 1, 1, 0, 1, 0, 1], 5), np.repeat(np.arange(8), 5)
    found = clustered_share(marks, labels)
    # Items of a cluster agree wholly, so 40 of them say no more than their 8 clusters do.
    t, value = scipy.stats.t.ppf(0.975, 7), 5 / 8
    like = value * (1 - value) / clustered_mean(marks, labels).standard_error ** 2
    assert like == pytest.approx(7)
    middle = (value + t**2 / 14) / (1 + t**2 / 7)
    half = t * np.sqrt(value * (1 - value) / 7 + t**2 / 4 / 49) / (1 + t**2 / 7)
    assert found.value == value
    assert (found.items, found.clusters) == (40, 8)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (middle - half, middle + half)
    )


def test_items_never_count_for_more_than_they_are() -> None:
    # One of each pair has the mark, so the share is surely a half; the interval does not say so.
    marks, labels = np.tile([1.0, 0.0], 30), np.repeat(np.arange(30), 2)
    found = clustered_share(marks, labels)
    assert found.interval.high - found.interval.low > 0.2


def test_parts_that_vary_little_have_a_narrow_interval() -> None:
    parts = np.random.default_rng(1).normal(0.4, 0.05, 200)
    found, plain = (f(parts, np.arange(200)) for f in (clustered_share, clustered_mean))
    ends = plain.interval
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (ends.low, ends.high), abs=1e-4
    )
    same = clustered_share(np.full(200, 0.4), np.arange(200)).interval
    assert same.high - same.low > 0.1


@pytest.mark.parametrize("mark", [0.0, 1.0])
def test_where_all_agree_each_cluster_counts_as_an_item(mark: float) -> None:
    found = clustered_share(np.full(60, mark), np.arange(60) // 3)
    t = scipy.stats.t.ppf(0.975, 19)
    far = t**2 / (20 + t**2)
    expected = (0, far) if mark == 0 else (1 - far, 1)
    assert (found.interval.low, found.interval.high) == pytest.approx(expected)


def test_marks_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="are 0 or 1"):
        share(np.array([0.5]))
    with pytest.raises(ValueError, match="must lie in 0 to 1"):
        clustered_share(np.array([0.5, 2.0]), np.arange(2))
    with pytest.raises(ValueError, match="at least 2 clusters"):
        clustered_share(np.array([0.5, 0.5]), np.zeros(2))
    with pytest.raises(ValueError, match="level must lie between"):
        share(np.ones(3), 1.0)
