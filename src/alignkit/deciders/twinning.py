"""One case as several that differ in names only, and one verdict out of several.

A liking for a name ("Patient B") can outweigh what is said about its bearer. Where every name has
stood in every role, the liking is the same for all choices and cancels out of the average.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from alignkit.deciders.case import Costs, Verdict
from alignkit.schema import Estimate
from alignkit.stats.probability import Floats, largest_shift, log_average, softmax


def averaged(verdicts: Sequence[Verdict]) -> Verdict:
    """The average of `verdicts` on twins of one case; one verdict stays as it is."""
    first = verdicts[0]
    if len(verdicts) == 1:
        return first
    rows = np.stack([verdict.probabilities for verdict in verdicts])
    costs = _costs([verdict.costs for verdict in verdicts])
    shifts = [verdict.order_shift for verdict in verdicts if verdict.order_shift is not None]
    votes = [verdict.votes for verdict in verdicts if verdict.votes is not None]
    if costs is not None:
        centre = softmax(-costs.sums / costs.temperature)
    else:
        # A choice that no answer of one twin took is not impossible for that.
        centre = np.asarray(rows.mean(axis=0)) if votes else log_average(rows)
    return replace(
        first,
        probabilities=centre,
        estimates=_estimates([verdict.estimates for verdict in verdicts]),
        costs=costs,
        order_shift=max(shifts, default=None),
        name_shift=largest_shift(rows, centre),
        votes=np.asarray(np.mean(votes, axis=0)) if votes else None,
    )


def _costs(found: Sequence[Costs | None]) -> Costs | None:
    """The mean of the tables: its probabilities are the geometric mean of the twins'."""
    tables = [costs.table for costs in found if costs is not None]
    if not tables or found[0] is None:
        return None
    return replace(found[0], table=_mean(tables))


def _mean(tables: Sequence[Floats]) -> Floats:
    return np.asarray(np.stack(tables).mean(axis=0))


def _estimates(
    found: Sequence[Mapping[str, Mapping[str, Estimate]]],
) -> dict[str, dict[str, Estimate]]:
    """Mean and standard deviation of the mixture of the twins' estimates."""
    return {
        choice: {name: mixed([one[choice][name] for one in found]) for name in levels}
        for choice, levels in found[0].items()
    }


def mixed(estimates: Sequence[Estimate]) -> Estimate:
    """One estimate out of several: mean and standard deviation of their mixture."""
    means = np.array([estimate.mean for estimate in estimates])
    squares = np.array([estimate.sd**2 for estimate in estimates])
    # Not the mean square less the squared mean, which rounding can bring below 0.
    return Estimate(mean=float(means.mean()), sd=float(np.sqrt(squares.mean() + means.var())))
