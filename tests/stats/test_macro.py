"""Macro-averages and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.stats.intervals import clustered_mean
from alignkit.stats.macro import macro_mean


def test_each_group_counts_alike() -> None:
    found = macro_mean(
        np.array([1.0, 1.0, 1.0, 0.0]), np.array(["a", "a", "a", "b"]), np.array([1, 2, 3, 4])
    )
    assert found.value == pytest.approx(0.5)
    assert found.clusters == 4


def test_with_one_group_it_is_the_clustered_mean() -> None:
    rng = np.random.default_rng(1)
    values, clusters = rng.normal(size=40), rng.integers(0, 12, 40)
    found, plain = macro_mean(values, np.zeros(40), clusters), clustered_mean(values, clusters)
    # Both correct by G / (G - 1), here before the sum and there behind it: equal but for rounding.
    assert found.clusters == plain.clusters
    for one, other in (
        (found.value, plain.value),
        (found.standard_error, plain.standard_error),
        (found.interval.low, plain.interval.low),
        (found.interval.high, plain.interval.high),
    ):
        assert one == pytest.approx(other)


def test_opposite_pulls_of_a_cluster_cancel() -> None:
    # Each cluster has one item in both groups; what it adds to one it takes from the other.
    values = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    found = macro_mean(values, np.array(list("ababab")), np.array([1, 1, 2, 2, 3, 3]))
    assert found.value == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(0.0)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        clusters = np.repeat(np.arange(25), 4)
        groups = np.tile([0, 0, 0, 1], 25)
        values = rng.normal(size=25)[clusters] + rng.normal(size=100) + groups
        interval = macro_mean(values, groups, clusters).interval
        held += interval.low <= 0.5 <= interval.high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize("sizes", [[1] * 10, [2] * 10, [3] * 10, [1, 2, 3] * 4, [2, 100]])
def test_small_groups_do_not_make_it_narrow(sizes: list[int]) -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    held = 0
    for _ in range(400):
        values = rng.normal(size=len(groups)) + groups / len(sizes)
        interval = macro_mean(values, groups, np.arange(len(groups))).interval
        held += interval.low <= (len(sizes) - 1) / 2 / len(sizes) <= interval.high
    assert held / 400 >= 0.92


def test_a_group_of_one_is_held_against_the_others() -> None:
    values, groups = np.array([1.0, 0.2, 0.2]), np.array([0, 1, 1])
    assert macro_mean(values, groups, np.arange(3)).standard_error > 0.1


@pytest.mark.parametrize(
    ("groups", "clusters", "level"),
    [([1, 1], [1, 2, 3], 0.95), ([1, 1, 1], [1, 1, 1], 0.95), ([1, 1, 1], [1, 2, 3], 1.0)],
)
def test_what_it_refuses(groups: list[int], clusters: list[int], level: float) -> None:
    with pytest.raises(ValueError, match=r"must|needs"):
        macro_mean(np.ones(3), np.array(groups), np.array(clusters), level)
