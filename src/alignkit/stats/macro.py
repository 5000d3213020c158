"""Macro-averages: means of group means, in which each group counts alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from alignkit.stats.arrays import Ints, Labels
from alignkit.stats.clusters import members
from alignkit.stats.intervals import Interval, Mean
from alignkit.stats.probability import Floats


def macro_mean(values: Floats, groups: Labels, clusters: Labels, level: float = 0.95) -> Mean:
    """The mean over groups of the mean of their items, with a cluster-robust interval.

    A cluster may have items in several groups: what it adds to all of them counts as one. The
    standard error is that of the linear combination of group means that the macro-average is, each
    around its own mean, with the correction n / (n - 1) in a group of n clusters (Cochran, 1977,
    Sampling Techniques, section 5A.1, for strata). Groups of a single cluster show no spread of
    their own: they are collapsed into one (section 5A.12), around the mean of their means, which
    makes the interval too wide rather than too narrow. The interval takes Student's t with the
    degrees of freedom of Satterthwaite (1946, doi:10.2307/3002019), as if all groups were equally
    spread; groups that share clusters give one estimate of spread together. With one group it is
    `clustered_mean`.

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
    labels = np.unique(clusters, return_inverse=True)[1]
    count = int(labels.max()) + 1
    if count < 2:  # noqa: PLR2004
        raise ValueError("an interval needs at least 2 clusters")
    parts = members(groups)
    means = np.array([values[positions].mean() for positions in parts])
    held = [np.unique(labels[positions]) for positions in parts]
    pulls = np.empty(len(values))
    for positions, (center, stretch) in zip(parts, _centers(means, held), strict=True):
        pulls[positions] = stretch * (values[positions] - center) / (len(parts) * len(positions))
    sums = np.bincount(labels, pulls, count)
    value, error = float(means.mean()), math.sqrt(float((sums**2).sum()))
    reach = float(special.stdtrit(_degrees(held, count), (1 + level) / 2)) * error
    return Mean(value, error, Interval(value - reach, value + reach), count)


def _centers(means: Floats, held: Sequence[Ints]) -> list[tuple[float, float]]:
    """By group: what its items spread around, and by how much that has to be stretched."""
    alone = [number for number, names in enumerate(held) if len(names) == 1]
    # A group that is alone in being alone can only be held against all others.
    pool = alone if len({int(held[number][0]) for number in alone}) > 1 else range(len(held))
    middle = float(means[list(pool)].mean()) if len(pool) else 0.0
    found = []
    for mean, names in zip(means, held, strict=True):
        size = len(names) if len(names) > 1 else len(pool)
        center = float(mean) if len(names) > 1 else middle
        found.append((center, math.sqrt(size / (size - 1)) if size > 1 else 1.0))
    return found


def _degrees(held: Sequence[Ints], count: int) -> float:
    """Degrees of freedom, at least 1."""
    joined = list(range(count))  # a tree: clusters that share a group have the same root

    def root(name: int) -> int:
        while joined[name] != name:
            joined[name] = joined[joined[name]]
            name = joined[name]
        return name

    alone = [names for names in held if len(names) == 1]
    for names in [*held, np.concatenate(alone)] if alone else held:
        for name in names[1:].tolist():
            joined[root(name)] = root(int(names[0]))
    sizes = np.bincount([root(name) for name in range(count)], minlength=count)
    spreads = np.zeros(count)
    for names in held:
        spreads[root(int(names[0]))] += 1 / len(names)
    used = spreads > 0
    shares = spreads[used] ** 2 / np.maximum(sizes[used] - 1, 1)
    return max(1.0, float(spreads.sum() ** 2 / shares.sum()))
