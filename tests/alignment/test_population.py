from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.alignment import AlignmentSettings, Estimates, Passed
from alignkit.alignment.population import match_population
from alignkit.schema import Target

from .conftest import PLAIN, item, items, same, steps

REVERSE = AlignmentSettings(reverse=True)


def spent(found: Passed) -> float:
    """The costs of all choices taken."""
    return sum(float(t[i].sum()) for t, i in zip(found.costs, found.taken, strict=True))


def test_equal_items_are_answered_as_different_members_would() -> None:
    pair = item(a=[0.1, 0.9])
    found = match_population([pair] * 4, {"a": Target(samples=(0.2, 0.2, 0.2, 0.8))}, PLAIN)
    assert sorted(found.taken) == [0, 0, 0, 1]
    one = found.taken.index(1)
    same(found.costs[one], [[0.7], [0.1]])
    same(found.probabilities[one], [np.exp(-6) / (1 + np.exp(-6)), 1 / (1 + np.exp(-6))])
    same(found.costs[one - 1], [[0.1], [0.7]])


def test_an_item_goes_to_the_member_that_it_suits() -> None:
    given = [item(a=[0.4, 0.5]), item(a=[0.0, 0.6]), item(a=[0.9, 0.5])]
    found = match_population(given, {"a": Target(samples=(0.0, 0.5, 1.0))}, PLAIN)
    assert found.taken == [1, 0, 0]
    same([table[i, 0] for table, i in zip(found.costs, found.taken, strict=True)], [0, 0, 0.1])


def test_slots_hold_equal_shares_of_the_samples_by_hand() -> None:
    # Three samples in two slots: (0, 0, 0.4) with half of 0.4, and (0.4, 1, 1).
    found = match_population(
        [item(a=[0.0]), item(a=[1.0])], {"a": Target(samples=(1, 0, 0.4))}, PLAIN
    )
    same(found.costs[0], [[0.4 / 3]])
    same(found.costs[1], [[0.6 / 3]])


@settings(max_examples=30)
@given(
    st.lists(items(names=("a", "b")), min_size=1, max_size=4),
    st.lists(steps, min_size=1, max_size=5),
)
def test_one_target_is_matched_as_well_as_can_be(
    given_items: list[Estimates], samples: list[float]
) -> None:
    found = match_population(given_items, {"a": Target(samples=tuple(samples))}, PLAIN)
    n_items = len(given_items)

    def apart(rows: tuple[int, ...]) -> float:
        levels = [one.means[row, 0] for one, row in zip(given_items, rows, strict=True)]
        return float(scipy.stats.wasserstein_distance(levels, samples))

    best = min(map(apart, itertools.product(*(range(len(one.means)) for one in given_items))))
    assert apart(tuple(found.taken)) == pytest.approx(best, abs=1e-9)
    assert spent(found) == pytest.approx(best * n_items, abs=1e-9)


def test_reversed_it_is_matched_as_badly_as_can_be() -> None:
    given = [item(a=[0.4, 0.5]), item(a=[0.0, 0.6]), item(a=[0.9, 0.5])]
    found = match_population(given, {"a": Target(value=0.5)}, REVERSE)
    assert found.taken == [0, 0, 0]
    same(found.costs[0], [[-0.1], [0]])


def test_values_and_ranges_want_the_same_of_all() -> None:
    given = [item(a=[0.1, 0.6]), item(a=[0.1, 0.8])]
    found = match_population(given, {"a": Target(value=0.5)}, PLAIN)
    same(found.costs[0], [[0.4], [0.1]])
    found = match_population(given, {"a": Target(range=(0.2, 0.7))}, PLAIN)
    same(found.costs[1], [[0.1], [0.1]])
    assert found.taken == [1, 0]


def test_several_targets_count_by_weight_and_relevance() -> None:
    given = [item(b=[0.0, 1.0], a=[0.2, 0.9], relevance=[1, 0.5])] * 2
    targets = {"a": Target(value=0.5, weight=6), "b": Target(samples=(0.0, 1.0))}
    found = match_population(given, targets, PLAIN)
    assert sorted(found.taken) == [0, 1]
    one = found.taken.index(1)
    same(found.costs[one], [[0.75 * 0.3, 0.25], [0.75 * 0.4, 0]])


@settings(max_examples=30)
@given(st.lists(items(names=("a", "b"), n_choices=2), min_size=1, max_size=4), st.data())
def test_several_targets_are_matched_no_worse_than_item_by_item(
    given_items: list[Estimates], data: st.DataObject
) -> None:
    drawn = st.lists(steps, min_size=1, max_size=4).map(tuple)
    targets = {name: Target(samples=data.draw(drawn)) for name in ("a", "b")}
    found = match_population(given_items, targets, PLAIN)
    # No single item can change its choice at a gain, in the slots that were found.
    for table, row in zip(found.costs, found.taken, strict=True):
        assert table[row].sum() <= table.sum(axis=1).min() + 1e-9


def test_taking_turns_reaches_the_best_of_two_targets() -> None:
    rng = np.random.default_rng(5)
    near = 0
    for _ in range(20):
        given = [item(a=list(a), b=list(b)) for a, b in rng.random((5, 2, 2))]
        samples = rng.random((2, 5))
        targets = {n: Target(samples=tuple(row)) for n, row in zip("ab", samples, strict=True)}
        found = match_population(given, targets, PLAIN)

        def apart(rows: tuple[int, ...], given: list[Estimates] = given) -> float:
            levels = np.array([one.means[row] for one, row in zip(given, rows, strict=True)])
            both = zip(levels.T, samples, strict=True)  # noqa: B023  called at once
            return float(np.mean([scipy.stats.wasserstein_distance(*pair) for pair in both]))

        best = min(map(apart, itertools.product(range(2), repeat=5)))
        assert spent(found) / 5 == pytest.approx(apart(tuple(found.taken)), abs=0.05)
        near += apart(tuple(found.taken)) < best + 0.02
    assert near >= 10
