"""How much each target counts: the one place where weights and relevance come in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from alignkit.alignment.estimates import Estimates
from alignkit.schema import Target
from alignkit.stats.probability import Floats, normalise


def target_shares(estimates: Estimates, targets: Mapping[str, Target]) -> Floats:
    """The share of each target in the whole, in the order of `targets`: (n_targets,), sums to 1.

    A share is in proportion to the target's weight times the attribute's relevance. If nothing
    wanted is relevant, the weights alone count, as something has to.
    """
    weights = np.asarray([target.weight for target in targets.values()], dtype=np.float64)
    if estimates.relevance is None:
        return normalise(weights)
    relevant = weights * estimates.relevance[[estimates.column(name) for name in targets]]
    return normalise(relevant if np.any(relevant > 0) else weights)


def weighted_sum(columns: Floats, shares: Floats) -> Floats:
    """What each target adds to the weighted mean of `columns` (n_choices, n_targets)."""
    return columns * shares


def weighted_norm(columns: Floats, shares: Floats) -> Floats:
    """What each target adds to the weighted Euclidean norm of `columns` (n_choices, n_targets).

    The norm is sqrt(sum of share * column^2). Its part from a target is share * column^2 / norm;
    these parts add up to it, and they are 0 where the norm is 0.
    """
    squares = columns**2 * shares
    norms = np.sqrt(squares.sum(axis=1, keepdims=True))
    parts = np.zeros_like(squares)
    np.divide(squares, norms, out=parts, where=norms > 0)
    return parts
