"""Macro-averages: means of group means, in which each group counts alike."""

from __future__ import annotations

import math

import numpy as np

from alignkit.stats.arrays import Labels
from alignkit.stats.clusters import members
from alignkit.stats.intervals import Interval, Mean
from alignkit.stats.probability import Floats


def macro_mean(values: Floats, groups: Labels, clusters: Labels, level: float = 0.95) -> Mean:
    """The mean over groups of the mean of their items, with a cluster-robust interval.

    A cluster may have items in several groups: what it adds to all of them counts as one. The
    standard error is that of the linear combination of group means that the macro-average is, each
    around its own mean, with the correction G / (G - 1) for G clusters, and the interval takes
    Student's t with G - 1 degrees of freedom (Cameron and Miller, 2015, sections II and VI,
    doi:10.3368/jhr.50.2.317). With one group it is `clustered_mean`.

    Args:
        values: (n,), finite.
        groups: the group of each item, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        level: the share of samples whose interval is to hold the true mean, between 0 and 1.

    Raises:
        ValueError: the lengths differ, there is one cluster, or `level` is not in 0 to 1.
    """
    from scipy import special

    if not len(values) == len(groups) == len(clusters):
        raise ValueError("there must be as many values as group and cluster labels")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    parts = members(groups)
    means = np.array([values[positions].mean() for positions in parts])
    pulls = np.empty(len(values))
    for positions, mean in zip(parts, means, strict=True):
        pulls[positions] = (values[positions] - mean) / (len(parts) * len(positions))
    sums = np.array([pulls[positions].sum() for positions in members(clusters)])
    count, value = len(sums), float(means.mean())
    if count < 2:  # noqa: PLR2004
        raise ValueError("an interval needs at least 2 clusters")
    error = math.sqrt(count / (count - 1) * float((sums**2).sum()))
    reach = float(special.stdtrit(count - 1, (1 + level) / 2)) * error
    return Mean(value, error, Interval(value - reach, value + reach), count)
