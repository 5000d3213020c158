from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from alignkit.stats.level_maps import (
    EDGE,
    MOST_POINTS,
    PRIOR_SD,
    fit_levels,
    fit_logistic,
    logistic_curve,
    monotone_curve,
)
from alignkit.stats.probability import Floats


def drawn(count: int, offset: float, slope: float, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Estimates, true levels of 0, 0.5 and 1, and weights from a known relation."""
    rng = np.random.default_rng(seed)
    raw = rng.beta(2, 2, count)
    levels = special.expit(offset + slope * special.logit(raw))
    return raw, rng.binomial(2, levels) / 2, rng.uniform(0.5, 2, count)


@pytest.mark.parametrize(("offset", "slope"), [(0.0, 1.0), (0.7, -2.0), (-1.5, 0.3)])
def test_offset_and_slope_are_those_that_scipy_finds(offset: float, slope: float) -> None:
    raw, truth, weights = drawn(60, offset, slope)

    def loss(found: Floats) -> float:
        scores = found[0] + found[1] * special.logit(np.clip(raw, EDGE, 1 - EDGE))
        likelihood = weights @ (truth * special.log_expit(scores))
        likelihood += weights @ ((1 - truth) * special.log_expit(-scores))
        return float(-likelihood + (found[0] ** 2 + (found[1] - 1) ** 2) / (2 * PRIOR_SD**2))

    best = optimize.minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-8})
    assert fit_logistic(raw, truth, weights) == pytest.approx(tuple(best.x), abs=1e-5)


def test_with_many_examples_the_true_relation_comes_out() -> None:
    found = fit_logistic(*drawn(20_000, 0.5, -2.0))
    assert found == pytest.approx((0.5, -2.0), abs=0.08)


def test_perfect_examples_have_a_finite_slope() -> None:
    raw, ones = np.array([0.1, 0.2, 0.8, 0.9]), np.ones(4)
    _, right = fit_logistic(raw, np.array([0.0, 0.0, 1.0, 1.0]), ones)
    _, wrong = fit_logistic(raw, np.array([1.0, 1.0, 0.0, 0.0]), ones)
    assert 1 < right < 10
    assert -10 < wrong < 0


def test_weights_count_as_that_many_examples() -> None:
    raw, truth, _ = drawn(40, 0.2, 1.5)
    doubled = fit_logistic(np.tile(raw, 2), np.tile(truth, 2), np.ones(80))
    assert fit_logistic(raw, truth, np.full(40, 2.0)) == pytest.approx(doubled, abs=1e-6)


@pytest.mark.parametrize("slope", [1.0, 5.0, -5.0])
def test_the_table_follows_the_curve(slope: float) -> None:
    raw, truth, weights = drawn(5000, 0.3, slope)
    offset, found = fit_logistic(raw, truth, weights)
    x = np.linspace(EDGE, 1 - EDGE, 2001)
    exact = special.expit(offset + found * special.logit(x))
    apart = np.abs(logistic_curve(raw, truth, weights)(x) - exact).max()
    assert apart < (0.001 if slope == 1.0 else 0.03)


@pytest.mark.parametrize(("slope", "rising"), [(2.0, True), (-2.0, False)])
def test_many_examples_are_followed_up_or_down(slope: float, rising: bool) -> None:  # noqa: FBT001
    raw, truth, weights = drawn(4000, 0.0, slope)
    curve = monotone_curve(raw, truth, weights)
    assert bool(curve.level[-1] > curve.level[0]) is rising
    x = np.linspace(0.1, 0.9, 50)
    assert curve(x) == pytest.approx(special.expit(slope * special.logit(x)), abs=0.1)


def test_a_step_map_follows_what_no_logistic_can() -> None:
    rng = np.random.default_rng(1)
    raw = rng.random(4000)
    truth = (rng.random(4000) < np.where(raw < 0.7, 0.2, 0.6)).astype(np.float64)
    curve = monotone_curve(raw, truth, np.ones(4000))
    assert curve(np.array([0.3, 0.9])) == pytest.approx([0.2, 0.6], abs=0.07)


examples = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        st.lists(st.floats(-0.1, 1.1), min_size=n, max_size=n),
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=n, max_size=n),
    )
)


@given(examples, st.sampled_from(["temperature", "isotonic"]))
def test_every_map_is_a_monotone_table_from_0_to_1(
    given: tuple[list[float], list[float]], kind: Literal["temperature", "isotonic"]
) -> None:
    raw, truth = np.array(given[0]), np.array(given[1])
    curve = fit_levels(raw, truth, np.ones(len(raw)), kind)
    assert (curve.raw[0], curve.raw[-1]) == (0, 1)
    assert len(curve.raw) <= MOST_POINTS
    assert np.all(np.diff(curve.raw) > 0)
    assert np.all((curve.level >= 0) & (curve.level <= 1))
    steps = np.diff(curve.level)
    assert np.all(steps >= 0) or np.all(steps <= 0)


def test_a_step_map_keeps_different_estimates_different() -> None:
    raw, truth, weights = drawn(300, 0.0, -1.0)
    assert np.all(np.diff(monotone_curve(raw, truth, weights).level) < 0)


@pytest.mark.parametrize(
    ("raw", "truth", "weights"),
    [
        ([], [], []),
        ([0.5], [0.5, 0.5], [1]),
        ([0.5], [1.5], [1]),
        ([0.5], [0.5], [0]),
        ([np.nan], [0.5], [1]),
    ],
)
def test_what_does_not_fit_is_refused(
    raw: list[float], truth: list[float], weights: list[float]
) -> None:
    with pytest.raises(ValueError, match=r"fit|must"):
        fit_levels(np.array(raw), np.array(truth), np.array(weights), "temperature")
