"""Several opinions as one: the logarithmic pool, and the weights that examples give its members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.stats.arrays import Ints
from alignkit.stats.probability import Floats, log_floored, softmax

LARGEST_WEIGHT = 20.0
"""Weights are sought from 0 to this, as sharpness is in temperature scaling."""
PRIOR_SD = 2.5
"""Standard deviation of a weight beforehand, around an equal share of 1. It keeps weights finite
where the members are never wrong, and parts the weight among members that say the same."""


def log_pool(members: Floats, weights: Floats) -> Floats:
    """What members with `weights` (m,) say together: probabilities (n_options,).

    The logarithmic opinion pool (Genest and Zidek, 1986, doi:10.1214/ss/1177013825): log
    probabilities (m, n_options), those under 1e-12 counting as that, are added up with weights.
    """
    return softmax((log_floored(members) * weights[:, None]).sum(axis=0))


def fit_weights(members: Sequence[Floats], right: Ints) -> Floats:
    """The weights (m,), each at least 0, that make the right options likeliest in the pool.

    Maximum likelihood (Heskes, 1998, "Selecting weighting factors in logarithmic opinion pools")
    with the normal prior of `PRIOR_SD`. The loss is convex, so there is one minimum. A member that
    says nothing, or nothing that the others don't, gets little; all get 0 if what they say is
    wrong. The sum is not held at 1: it says how sure to be.

    Args:
        members: for each item the probabilities of its options by member, (m, n_options).
        right: the position of the right option of each item, (n_items,).

    Raises:
        ValueError: there is no item, the lengths or the numbers of members differ, or an item lacks
            its right option.
    """
    from scipy import optimize

    count = _checked(members, right)
    logs = [log_floored(member) for member in members]
    equal = np.full(count, 1 / count)

    def loss(weights: Floats) -> tuple[float, Floats]:
        apart = weights - equal
        value = float((apart**2).sum()) / (2 * PRIOR_SD**2)
        slope = apart / PRIOR_SD**2
        for rows, best in zip(logs, right, strict=True):
            scores = weights @ rows
            value += float(np.logaddexp.reduce(scores) - scores[best])
            slope = slope + rows @ softmax(scores) - rows[:, best]
        return value, slope

    bounds = [(0.0, LARGEST_WEIGHT)] * count
    found = optimize.minimize(loss, equal, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def _checked(members: Sequence[Floats], right: Ints) -> int:
    """How many members there are."""
    if len(members) != len(right) or not len(right):
        raise ValueError(f"{len(members)} items do not fit {len(right)} right options")
    counts = {len(rows) for rows in members}
    if len(counts) > 1:
        raise ValueError("each item needs the probabilities of every member")
    for number, (rows, best) in enumerate(zip(members, right, strict=True)):
        if not 0 <= best < rows.shape[1]:
            raise ValueError(
                f"item {number} has {rows.shape[1]} options, and number {best} is to be right"
            )
    return counts.pop()
