"""How much features of options weigh in somebody's choices: a conditional logit model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.stats.probability import Floats, softmax

PRIOR_SD = 2.5
"""Standard deviation of an effect beforehand. An effect of 2.5 makes a choice 12 times as likely;
somebody who never errs has no finite effect without it."""

_STEPS = 100
_HALVINGS = 40
_SMALL = 1e-10
_LEAST_SPREAD = 1e-9


@dataclass(frozen=True, eq=False)
class Faced:
    """The options that were faced once, and which was taken."""

    features: Floats
    """(n_options, n_features)."""
    taken: int
    weight: float = 1.0
    """So many equal choices it counts as, above 0."""


@dataclass(frozen=True, eq=False)
class Effects:
    """What fits best."""

    values: Floats
    """(n_features,): what one more of a feature adds to the log-odds of an option."""
    errors: Floats
    """(n_features,): standard errors, from the inverse of the Hessian."""
    log_evidence: float
    """Logarithm of the probability of the choices, averaged over all effects: Laplace's
    approximation around the best ones (MacKay, 2003, Information Theory, chapter 27)."""


def fit_effects(faced: Sequence[Faced], prior_sd: float = PRIOR_SD) -> Effects:
    """The likeliest effects, if each is normal around 0 with `prior_sd` beforehand.

    P(option) is proportional to exp(features . effects) (McFadden, 1974, Conditional logit analysis
    of qualitative choice behavior). The ridge 1 / (2 prior_sd^2) keeps effects finite where they
    separate what was taken from the rest. The function is concave, so Newton's steps, halved where
    they overshoot, reach its top.
    """
    size = faced[0].features.shape[1]
    effects, precision = np.zeros(size), 1 / prior_sd**2
    value, gradient, hessian = _climb(faced, effects, precision)
    for _ in range(_STEPS):
        step = np.linalg.solve(hessian, gradient)
        if float(gradient @ step) < _SMALL:
            break
        scale = 1.0
        for _ in range(_HALVINGS):
            found = _climb(faced, effects + scale * step, precision)
            if found[0] >= value:
                break
            scale /= 2
        effects = effects + scale * step
        value, gradient, hessian = found
    covariance = np.linalg.inv(hessian)
    _, logdet = np.linalg.slogdet(hessian * prior_sd**2)
    return Effects(effects, np.sqrt(np.diag(covariance)), value - float(logdet) / 2)


def _climb(
    faced: Sequence[Faced], effects: Floats, precision: float
) -> tuple[float, Floats, Floats]:
    """Penalised log-likelihood, its gradient, and the negative of its Hessian."""
    value = -precision * float(effects @ effects) / 2
    gradient = -precision * effects
    hessian = precision * np.eye(len(effects))
    for one in faced:
        scores = one.features @ effects
        shares = softmax(scores)
        value += one.weight * float(scores[one.taken] - np.logaddexp.reduce(scores))
        apart = one.features - shares @ one.features
        gradient = gradient + one.weight * apart[one.taken]
        hessian = hessian + one.weight * (apart.T * shares) @ apart
    return value, gradient, hessian
