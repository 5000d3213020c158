"""The mix of answers over many items is made to follow the shares in which a group gives them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.errors import UsageError
from alignkit.stats.probability import Floats, normalise

_FLOOR = 1e-12
"""Smaller probabilities count as this, so that no answer is out of reach."""
_NEAR = 1e-8
"""Shares have to be matched to within this."""
_STEPS = 3
"""Steps that make a match of half the digits one of all."""


def match_mix(probabilities: Floats, shares: Floats) -> Floats:
    """The probabilities nearest to those given whose mean over the items is `shares`.

    Every item's probabilities are multiplied by the same factor for each answer and scaled to sum
    to 1 again. Of all probabilities with that mean these have the smallest Kullback-Leibler
    divergence from the given ones, summed over items (Ireland and Kullback, 1968,
    doi:10.1093/biomet/55.1.179; Csiszar, 1975, doi:10.1214/aop/1176996454). The adjustment is that
    of raking a survey to known totals (Deming and Stephan, 1940, doi:10.1214/aoms/1177731829); its
    factors are found by minimising the dual, which takes few steps where raking in turns takes
    thousands.

    Args:
        probabilities: (n_items, n_choices), rows summing to 1; a column is the same answer in
            every item, such as "agree".
        shares: (n_choices,), at least 0, summing to 1: the group's.

    Returns:
        (n_items, n_choices), rows summing to 1.

    Raises:
        ValueError: the shapes do not fit, or a row or the shares do not sum to 1.
        UsageError: the shares cannot be reached, because they or the probabilities are too extreme.
    """
    _check(probabilities, shares)
    given = shares > 0
    found = np.zeros_like(probabilities)
    found[:, given] = _raked(np.maximum(probabilities[:, given], _FLOOR), shares[given])
    if np.abs(found.mean(axis=0) - shares).max() > _NEAR:
        raise UsageError(
            "The answers are too sure to be given in the group's shares.",
            "Raise the temperature of the decider.",
        )
    return found


@dataclass(frozen=True)
class _Raking:
    """Probabilities whose answers are multiplied by factors, here given as logarithms."""

    logs: Floats
    """Of the probabilities, (n_items, n_answers)."""
    shares: Floats
    """(n_answers,)."""

    def mixed(self, factors: Floats) -> Floats:
        """The probabilities under `factors` (n_answers,), rows scaled to sum to 1."""
        scores = self.logs + factors
        return normalise(np.exp(scores - scores.max(axis=1, keepdims=True)))

    def dual(self, factors: Floats) -> float:
        """Convex in `factors`, and smallest where the shares are matched."""
        totals = np.logaddexp.reduce(self.logs + factors, axis=1)
        return float(totals.mean() - self.shares @ factors)

    def excess(self, factors: Floats) -> Floats:
        """Slope of the dual: by how much the mean is above the shares."""
        return np.asarray(self.mixed(factors).mean(axis=0) - self.shares)

    def curvature(self, factors: Floats) -> Floats:
        """Second derivatives of the dual, (n_answers, n_answers)."""
        rows = self.mixed(factors)
        return np.asarray(np.diag(rows.mean(axis=0)) - rows.T @ rows / len(rows))

    def distance(self, factors: Floats) -> float:
        """The largest excess of any answer."""
        return float(np.abs(self.excess(factors)).max())


def _raked(likely: Floats, shares: Floats) -> Floats:
    """`likely` (n_items, n_answers), above 0, times a factor for each answer, rows scaled to 1."""
    from scipy.optimize import minimize

    raking, start = _Raking(np.log(likely), shares), np.zeros(len(shares))
    found = minimize(
        raking.dual,
        start,
        method="trust-exact",
        jac=raking.excess,
        hess=raking.curvature,
        tol=1e-9,
    ).x
    # The dual is flat at its minimum, which leaves half of the digits to steps on the excess.
    for _ in range(_STEPS):
        step = np.linalg.lstsq(raking.curvature(found), raking.excess(found))[0]
        found = min(found, found - step, key=raking.distance)
    return raking.mixed(found)


def _check(probabilities: Floats, shares: Floats) -> None:
    if probabilities.shape[1:] != shares.shape or len(probabilities) == 0:
        raise ValueError(f"probabilities {probabilities.shape} do not fit shares {shares.shape}")
    rows = np.vstack([probabilities, shares])
    if np.any(rows < 0) or not np.allclose(rows.sum(axis=1), 1):
        raise ValueError("probabilities and shares must be at least 0 and sum to 1")
