from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from alignkit.alignment import ALIGNMENTS, Estimates
from alignkit.alignment.logit import LOGIT, logit_utilities, paired_utilities
from alignkit.errors import UsageError
from alignkit.schema import LogitEffects, Target

from .conftest import PLAIN, chances, effects, item, items, same

MULTINOMIAL = ALIGNMENTS.load("multinomial_logit")
EFFECTS = LogitEffects(
    weight=1.5, intercept=0.4, other_weight=-0.5, scale=(0.4, 0.25), other_scale=(0.1, 0.5)
)


def test_utilities_by_hand() -> None:
    found = logit_utilities(np.array([0.4, 0.9, 0.65]), np.array([0.1, 0.6, 0.35]), EFFECTS)
    same(found, [0, 1.5 * 2 - 0.5 + 0.4, 1.5 - 0.25])


def test_all_with_the_largest_other_share_the_intercept() -> None:
    plain = LogitEffects(weight=0, intercept=0.7)
    same(logit_utilities(np.zeros(3), np.array([0.3, 0.1 + 0.2, 0.2]), plain), [0.7, 0.7, 0])


def test_two_choices_by_hand() -> None:
    # Differences from the more urgent to the other: 0.9 - 0.3 = 0.6 and 0.8 - 0.2 = 0.6.
    levels, other = np.array([0.3, 0.9]), np.array([0.2, 0.8])
    y = 0.4 + 1.5 * (0.6 - 0.4) / 0.25 - 0.5 * (0.6 - 0.1) / 0.5
    found = paired_utilities(levels, other, EFFECTS)
    assert found[1] - found[0] == pytest.approx(y, abs=1e-12)
    urgent = item(a=[0.3, 0.9], medical_urgency=[0.2, 0.8])
    target = {"a": Target(logit=EFFECTS)}
    same(chances(LOGIT, urgent, target), scipy.special.expit([-y, y]))
    turned = item(a=[0.9, 0.3], medical_urgency=[0.8, 0.2])
    same(chances(LOGIT, turned, target), scipy.special.expit([y, -y]))


def test_without_a_more_urgent_only_the_slopes_count() -> None:
    found = paired_utilities(np.array([0.3, 0.9]), np.array([0.5, 0.5]), EFFECTS)
    assert found[1] - found[0] == pytest.approx(1.5 * 0.6 / 0.25, abs=1e-12)


@given(items(n_choices=2), effects)
def test_without_means_both_forms_agree_on_two_choices(
    estimates: Estimates, drawn: LogitEffects
) -> None:
    centred = drawn.model_copy(
        update={"scale": (0, drawn.scale[1]), "other_scale": (0, drawn.other_scale[1])}
    )
    target = {"a": Target(logit=centred)}
    same(chances(LOGIT, estimates, target), chances(MULTINOMIAL, estimates, target))


@given(items(), effects)
def test_differences_to_the_last_give_the_same_probabilities(
    estimates: Estimates, drawn: LogitEffects
) -> None:
    levels, other = estimates.levels("a"), estimates.levels("medical_urgency")
    intercepts = drawn.intercept * (other > other.max() - 1e-9)
    y = (
        intercepts
        - intercepts[-1]
        + drawn.weight * (levels - levels[-1]) / drawn.scale[1]
        + drawn.other_weight * (other - other[-1]) / drawn.other_scale[1]
    )
    found = chances(MULTINOMIAL, estimates, {"a": Target(logit=drawn)})
    same(found, scipy.special.softmax(y), 1e-9)


def test_costs_are_negated_utilities_by_share() -> None:
    given = item(a=[0.4, 0.9, 0.65], b=[0.0, 1, 0], medical_urgency=[0.1, 0.6, 0.35])
    targets = {"a": Target(logit=EFFECTS, weight=3), "b": Target(logit=LogitEffects(weight=2))}
    found = MULTINOMIAL.costs(given, targets, PLAIN)
    same(found, [[0, 0], [-0.75 * 2.9, -0.5], [-0.75 * 1.25, 0]])


def test_very_large_effects_do_not_overflow() -> None:
    given = item(a=[0.0, 1.0], medical_urgency=[0.0, 1.0])
    for function in (LOGIT, MULTINOMIAL):
        huge = {"a": Target(logit=LogitEffects(weight=-1e6, scale=(0, 1e-6)))}
        same(chances(function, given, huge), [1, 0])


@pytest.mark.parametrize("function", [LOGIT, MULTINOMIAL])
def test_a_measure_refuses_levels(function: object) -> None:
    from alignkit.alignment.function import Alignment, Sight  # noqa: PLC0415

    assert isinstance(function, Alignment)
    sight = Sight(item(a=[0, 1], medical_urgency=[0, 1]), "a", Target(value=1), PLAIN)
    with pytest.raises(UsageError) as error:
        function.measure(sight)
    assert str(error.value) == "The target of 'a' gives no effects. Give it logit."


TRUE = (1.2, -0.6, 0.8)


def drawn(n_items: int, n_choices: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels, other levels and choices of somebody who follows TRUE."""
    rng = np.random.default_rng(7)
    levels, other = rng.random((2, n_items, n_choices))
    utilities = np.array([total(TRUE, *row) for row in zip(levels, other, strict=True)])
    # The largest utility plus Gumbel noise is a draw from the softmax (McFadden, 1974).
    return levels, other, np.argmax(utilities + rng.gumbel(size=utilities.shape), axis=1)


def total(parameters: tuple[float, ...], levels: np.ndarray, other: np.ndarray) -> np.ndarray:
    weight, intercept, other_weight = map(float, parameters)
    named = LogitEffects(
        weight=weight,
        intercept=intercept,
        other_weight=other_weight,
        scale=(0.5, 0.3),
        other_scale=(0.5, 0.3),
    )
    return logit_utilities(levels, other, named)


@pytest.mark.parametrize("n_choices", [2, 3])
def test_maximum_likelihood_finds_the_effects_again(n_choices: int) -> None:
    """The reading of the parameters is that of a fitted model: fit one to simulated choices."""
    levels, other, taken = drawn(3000, n_choices)
    most = other == other.max(axis=1, keepdims=True)
    features = np.stack([(levels - 0.5) / 0.3, most, (other - 0.5) / 0.3], axis=2)

    def loss(parameters: np.ndarray) -> float:
        logs = scipy.special.log_softmax(features @ parameters, axis=1)
        return -float(logs[np.arange(len(taken)), taken].sum())

    fitted = scipy.optimize.minimize(loss, np.zeros(3), method="BFGS")
    errors = np.sqrt(np.diag(fitted.hess_inv))
    assert np.all(np.abs(fitted.x - TRUE) < 3 * errors)
    assert np.all(errors < 0.15)
    for row in range(3):
        same(features[row] @ np.array(TRUE), total(TRUE, levels[row], other[row]), 1e-9)


@given(st.integers(2, 4))
def test_nothing_known_leaves_all_equally_likely(n_choices: int) -> None:
    given = item(a=[0.1] * n_choices, medical_urgency=list(np.linspace(0, 1, n_choices)))
    found = chances(MULTINOMIAL, given, {"a": Target(logit=LogitEffects(weight=3))})
    same(found, [1 / n_choices] * n_choices)
    assert math.isclose(found.sum(), 1)
