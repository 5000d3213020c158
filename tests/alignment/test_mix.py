from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.alignment import mix
from alignkit.alignment.mix import match_mix
from alignkit.errors import UsageError
from alignkit.stats.probability import normalise

from .conftest import Floats, same

tables = hnp.arrays(np.float64, (4, 3), elements=st.floats(0.05, 1)).map(normalise)
mixes = hnp.arrays(np.float64, 3, elements=st.floats(0.05, 1)).map(normalise)
TABLE = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])


@settings(max_examples=30)
@given(tables, mixes)
def test_the_mean_is_the_groups_and_each_row_a_distribution(table: Floats, shares: Floats) -> None:
    found = match_mix(table, shares)
    same(found.mean(axis=0), shares, 1e-13)
    same(found.sum(axis=1), np.ones(4))
    # One factor for each answer and one for each item: the logarithms differ by a sum of two.
    logs = np.log(found / table)
    same(logs - logs[:, :1] - logs[:1] + logs[0, 0], np.zeros((4, 3)), 1e-6)


@settings(max_examples=30)
@given(tables, mixes, st.permutations(range(3)), st.permutations(range(4)))
def test_the_order_of_answers_and_items_does_not_matter(
    table: Floats, shares: Floats, answers: list[int], order: list[int]
) -> None:
    found = match_mix(table[order][:, answers], shares[answers])
    same(found, match_mix(table, shares)[order][:, answers], 1e-12)


def test_two_answers_by_hand() -> None:
    # A factor t for the odds of the first answer such that the mean is 0.75.
    def excess(t: float) -> float:
        odds = t * TABLE[:, 0] / TABLE[:, 1]
        return float(np.mean(odds / (1 + odds))) - 0.75

    t = scipy.optimize.brentq(excess, 1, 100, xtol=1e-13)
    odds = t * TABLE[:, 0] / TABLE[:, 1]
    same(match_mix(TABLE, np.array([0.75, 0.25]))[:, 0], odds / (1 + odds), 1e-8)


def test_it_is_the_nearest_in_divergence() -> None:
    table = normalise(np.array([[4.0, 2, 1], [1, 3, 1]]))
    shares = np.array([0.5, 0.2, 0.3])

    def divergence(flat: Floats) -> float:
        q = flat.reshape(2, 3)
        return float((q * np.log(q / table)).sum())

    found = match_mix(table, shares)
    limits = [
        {"type": "eq", "fun": lambda flat: flat.reshape(2, 3).mean(axis=0) - shares},
        {"type": "eq", "fun": lambda flat: flat.reshape(2, 3).sum(axis=1)[:1] - 1},
    ]
    best = scipy.optimize.minimize(
        divergence, table.ravel(), constraints=limits, bounds=[(1e-9, 1)] * 6
    )
    same(found.ravel(), best.x, 1e-3)
    assert divergence(found.ravel()) <= best.fun + 1e-7


def test_a_mix_that_fits_is_left_alone() -> None:
    same(match_mix(TABLE, TABLE.mean(axis=0)), TABLE)


def test_an_answer_that_nobody_gives_is_never_given() -> None:
    found = match_mix(np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]), np.array([0.5, 0.5, 0]))
    same(found[:, 2], [0, 0])
    same(found.mean(axis=0), [0.5, 0.5, 0], 1e-9)


def test_sure_answers_are_moved_where_they_can_be() -> None:
    found = match_mix(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([0.5, 0.5]))
    same(found, [[1, 0], [0, 1]], 1e-5)
    found = match_mix(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0.5, 0.5]))
    same(found, [[0.75, 0.25], [0.75, 0.25], [0, 1]], 1e-7)
    found = match_mix(np.array([[1.0, 0.0, 0.0]] * 2), np.array([0.2, 0.3, 0.5]))
    same(found, [[0.2, 0.3, 0.5]] * 2, 1e-7)


def test_a_mix_that_was_not_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mix, "_NEAR", -1.0)  # no probabilities were found for which it happens
    with pytest.raises(UsageError) as error:
        match_mix(TABLE, np.array([0.5, 0.5]))
    assert str(error.value) == (
        "The answers are too sure to be given in the group's shares. "
        "Raise the temperature of the decider."
    )


@pytest.mark.parametrize("shape", [(2, 3), (0, 2), (2,)])
def test_shapes_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^probabilities \(.*\) do not fit shares \(2,\)$"):
        match_mix(np.full(shape, 0.5), np.array([0.5, 0.5]))


@pytest.mark.parametrize(
    ("row", "shares"),
    [([0.5, 0.4], [0.5, 0.5]), ([0.5, 0.5], [0.5, 0.6]), ([1.5, -0.5], [0.5, 0.5])],
)
def test_what_does_not_sum_to_1_is_refused(row: list[float], shares: list[float]) -> None:
    with pytest.raises(
        ValueError, match=r"^probabilities and shares must be at least 0 and sum to 1$"
    ):
        match_mix(np.array([row]), np.array(shares))
