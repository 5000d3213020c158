from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from alignkit.stats.arrays import Ints
from alignkit.stats.log_pool import LARGEST_WEIGHT, PRIOR_SD, fit_weights, log_pool
from alignkit.stats.probability import Floats, softmax


def drawn(sharpness: tuple[float, ...], count: int, seed: int = 0) -> tuple[list[Floats], Ints]:
    """Members that each know something of their own, and what was right by the pool of all."""
    rng = np.random.default_rng(seed)
    members, right = [], []
    for _ in range(count):
        scores = rng.normal(size=(len(sharpness), 3))
        rows = np.stack([softmax(row) for row in scores])
        truth = softmax(np.array(sharpness) @ np.log(rows))
        members.append(rows)
        right.append(rng.choice(3, p=truth))
    return members, np.array(right)


def test_the_pool_is_the_weighted_geometric_mean() -> None:
    rows = np.array([[0.8, 0.2], [0.5, 0.5]])
    assert log_pool(rows, np.array([1.0, 0.0])).tolist() == pytest.approx([0.8, 0.2])
    assert log_pool(rows, np.array([0.5, 0.5])).tolist() == pytest.approx([2 / 3, 1 / 3])
    assert log_pool(rows, np.zeros(2)).tolist() == [0.5, 0.5]


def test_one_who_is_certain_does_not_decide_alone() -> None:
    assert log_pool(np.array([[1.0, 0.0], [0.0, 1.0]]), np.ones(2)).tolist() == [0.5, 0.5]


def test_the_true_weights_come_out_of_many_examples() -> None:
    members, right = drawn((1.5, 0.5, 0.0), 4000)
    assert fit_weights(members, right).tolist() == pytest.approx([1.5, 0.5, 0.0], abs=0.1)


def test_the_weights_are_those_that_another_search_finds() -> None:
    members, right = drawn((1.0, 0.3), 50)

    def loss(weights: Floats) -> float:
        pairs = zip(members, right, strict=True)
        shares = [log_pool(rows, np.abs(weights))[best] for rows, best in pairs]
        prior = ((np.abs(weights) - 0.5) ** 2).sum() / (2 * PRIOR_SD**2)
        return float(prior - np.log(shares).sum())

    best = optimize.minimize(loss, [0.5, 0.5], method="Nelder-Mead", options={"xatol": 1e-7})
    assert fit_weights(members, right).tolist() == pytest.approx(np.abs(best.x).tolist(), abs=1e-3)


def test_a_member_who_misleads_gets_nothing() -> None:
    members, right = drawn((2.0, 0.0), 300)
    turned = [np.stack([rows[0], softmax(-np.log(rows[0]))]) for rows in members]
    weights = fit_weights(turned, right)
    assert weights[0] > 1
    assert weights[1] == 0
    assert fit_weights([rows[1:] for rows in turned], right).tolist() == [0]


def test_members_who_are_never_wrong_have_finite_weights() -> None:
    sure = [np.array([[0.9, 0.1]])] * 200
    [weight] = fit_weights(sure, np.zeros(200, dtype=np.int64))
    assert 1 < weight <= LARGEST_WEIGHT


def test_members_who_say_the_same_share_the_weight() -> None:
    members, right = drawn((1.0,), 200)
    one, other = fit_weights([np.tile(rows, (2, 1)) for rows in members], right)
    assert one == pytest.approx(other, abs=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_weights_are_never_negative_and_no_worse_than_equal_ones(seed: int) -> None:
    members, right = drawn((0.7, 0.2), 20, seed)
    weights = fit_weights(members, right)

    def likelihood(given: Floats) -> float:
        pairs = zip(members, right, strict=True)
        return sum(float(np.log(log_pool(rows, given)[best])) for rows, best in pairs)

    assert np.all(weights >= 0)
    assert likelihood(weights) >= likelihood(np.full(2, 0.5)) - 1e-9


def test_what_does_not_fit_is_refused() -> None:
    rows = np.array([[0.5, 0.5], [0.5, 0.5]])
    for members, right in (([], []), ([rows], [0, 1]), ([rows, rows[:1]], [0, 0]), ([rows], [2])):
        with pytest.raises(ValueError, match=r"fit|member|options"):
            fit_weights(members, np.array(right, dtype=np.int64))
