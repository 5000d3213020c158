from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.alignment.weights import target_shares, weighted_norm, weighted_sum
from alignkit.schema import Target

from .conftest import Floats, item, same, unit

TARGETS = {"a": Target(value=0.5, weight=3), "b": Target(value=0.5, weight=1)}


def test_shares_are_in_proportion_to_the_weights() -> None:
    same(target_shares(item(b=[0, 1], x=[0, 1], a=[0, 1]), TARGETS), [0.75, 0.25])


def test_relevance_multiplies_the_weights() -> None:
    relevant = item(b=[0, 1], x=[0, 1], a=[0, 1], relevance=[0.6, 1, 0.2])
    same(target_shares(relevant, TARGETS), [0.5, 0.5])
    only = item(b=[0, 1], x=[0, 1], a=[0, 1], relevance=[0.5, 1, 0])
    same(target_shares(only, TARGETS), [0, 1])


def test_where_nothing_is_relevant_the_weights_count() -> None:
    none = item(b=[0, 1], x=[0, 1], a=[0, 1], relevance=[0, 1, 0])
    same(target_shares(none, TARGETS), [0.75, 0.25])


def test_contributions_to_a_weighted_mean_by_hand() -> None:
    found = weighted_sum(np.array([[0.2, 0.4], [0.0, 1.0]]), np.array([0.25, 0.75]))
    same(found, [[0.05, 0.3], [0, 0.75]])


def test_contributions_to_a_weighted_norm_by_hand() -> None:
    # sqrt(0.36 * 0.5^2 + 0.64 * 0.5^2) = 0.5; of it 0.09 / 0.5 and 0.16 / 0.5.
    found = weighted_norm(np.array([[0.5, 0.5], [0.0, 0.0], [0.0, 1.0]]), np.array([0.36, 0.64]))
    same(found, [[0.18, 0.32], [0, 0], [0, 0.8]])


@given(hnp.arrays(np.float64, (3, 2), elements=unit), st.floats(0, 1))
def test_contributions_add_up_to_the_norm(columns: Floats, share: float) -> None:
    shares = np.array([share, 1 - share])
    expected = np.sqrt((columns**2 * shares).sum(axis=1))
    same(weighted_norm(columns, shares).sum(axis=1), expected)
