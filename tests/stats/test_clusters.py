from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alignkit.stats.clusters import members, one_per_cluster

labels = st.lists(st.sampled_from(["a", "b", "c", "dd"]), min_size=1, max_size=20).map(np.array)


def test_members_come_by_label_and_in_the_order_of_the_items() -> None:
    found = members(np.array(["b", "a", "b", "c", "a", "b"]))
    assert [positions.tolist() for positions in found] == [[1, 4], [0, 2, 5], [3]]
    assert [positions.tolist() for positions in members(np.array([7, 7, 7]))] == [[0, 1, 2]]


@given(labels)
def test_members_part_the_items_by_label(clusters: np.ndarray) -> None:
    found = members(clusters)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(clusters)))
    assert [set(clusters[positions]) for positions in found] == [{c} for c in np.unique(clusters)]
    assert all(np.all(np.diff(positions) > 0) for positions in found)


@given(labels, st.integers(0, 100))
def test_one_item_of_each_cluster_in_ascending_order(clusters: np.ndarray, seed: int) -> None:
    found = one_per_cluster(clusters, np.random.default_rng(seed))
    assert sorted(clusters[found]) == sorted(set(clusters))
    assert np.all(np.diff(found) > 0)


def test_every_item_of_a_cluster_is_drawn_as_often() -> None:
    rng = np.random.default_rng(1)
    clusters = np.array(["x", "y", "x", "x"])
    seen = Counter(position for _ in range(600) for position in one_per_cluster(clusters, rng))
    assert seen[1] == 600
    assert all(150 < seen[position] < 250 for position in (0, 2, 3))
