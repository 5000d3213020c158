from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize
import scipy.special
import scipy.stats

from alignkit.stats.conditional_logit import PRIOR_SD, Faced, fit_effects
from alignkit.stats.probability import softmax

Floats = npt.NDArray[np.float64]
TRUE: Floats = np.array([1.2, -0.7])


def past(rng: np.random.Generator, effects: Floats, choices: int, options: int = 2) -> list[Faced]:
    """What somebody with these effects took from options with random features."""
    found = []
    for _ in range(choices):
        features = rng.normal(size=(options, len(effects)))
        found.append(Faced(features, int(rng.choice(options, p=softmax(features @ effects)))))
    return found


def loss(effects: Floats, faced: list[Faced]) -> float:
    """The negative of what is maximised."""
    logs = [
        one.weight * scipy.special.log_softmax(one.features @ effects)[one.taken] for one in faced
    ]
    return float(effects @ effects / (2 * PRIOR_SD**2) - sum(logs))


def curvature(effects: Floats, faced: list[Faced], step: float = 1e-4) -> Floats:
    """Second derivatives of the loss by differences."""
    ends = np.eye(len(effects)) * step
    return np.array(
        [
            [
                (
                    loss(effects + one + other, faced)
                    - loss(effects + one - other, faced)
                    - loss(effects - one + other, faced)
                    + loss(effects - one - other, faced)
                )
                / (4 * step**2)
                for other in ends
            ]
            for one in ends
        ]
    )


@pytest.mark.parametrize("options", [2, 3, 5])
def test_the_effects_are_those_that_scipy_finds(options: int) -> None:
    faced = past(np.random.default_rng(0), TRUE, 40, options)
    found = fit_effects(faced)
    expected = scipy.optimize.minimize(loss, np.zeros(2), faced, method="BFGS", tol=1e-10)
    np.testing.assert_allclose(found.values, expected.x, atol=1e-4)
    covariance = np.linalg.inv(curvature(expected.x, faced))
    np.testing.assert_allclose(found.errors, np.sqrt(np.diag(covariance)), rtol=1e-3)


def test_a_weight_counts_as_so_many_equal_choices() -> None:
    faced = past(np.random.default_rng(1), TRUE, 10)
    heavy = fit_effects([Faced(one.features, one.taken, 2.0) for one in faced])
    twice = fit_effects(faced * 2)
    np.testing.assert_allclose(heavy.values, twice.values, atol=1e-9)
    np.testing.assert_allclose(heavy.errors, twice.errors, atol=1e-9)


def test_who_never_errs_has_finite_effects() -> None:
    faced = [Faced(np.array([[0.0], [50.0]]), 1)] * 30
    found = fit_effects(faced)
    assert 0 < found.values[0] < 3
    assert np.all(np.isfinite(found.errors))


def test_a_feature_that_never_differs_has_no_effect_and_stays_as_unsure_as_it_was() -> None:
    features = np.array([[0.3, 1.0], [0.9, 1.0]])
    found = fit_effects([Faced(features, taken) for taken in (0, 1, 1, 1)])
    assert found.values[1] == pytest.approx(0)
    assert found.errors[1] == pytest.approx(PRIOR_SD)


def test_the_evidence_is_nearly_the_integral() -> None:
    faced = past(np.random.default_rng(2), np.array([0.8]), 60)
    steps = np.linspace(-3, 4, 281)
    logs = [
        sum(scipy.special.log_softmax(one.features[:, 0] * step)[one.taken] for one in faced)
        for step in steps
    ]
    exact = scipy.special.logsumexp(logs + scipy.stats.norm(0, PRIOR_SD).logpdf(steps))
    exact += np.log(steps[1] - steps[0])
    assert fit_effects(faced).log_evidence == pytest.approx(exact, abs=0.05)


def test_standard_errors_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    runs, held = 120, 0
    for _ in range(runs):
        found = fit_effects(past(rng, TRUE, 60))
        held += abs(found.values[0] - TRUE[0]) < 1.645 * found.errors[0]
    assert scipy.stats.binomtest(held, runs, 0.9).pvalue > 0.01
