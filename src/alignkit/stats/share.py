"""How often something happened: refusals, right answers, hallucinated choices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alignkit.stats.arrays import Labels
from alignkit.stats.intervals import Interval, Mean, clustered_mean, wilson
from alignkit.stats.probability import Floats


@dataclass(frozen=True)
class Share:
    """A share of items with its interval, never of no width."""

    value: float
    """0 to 1."""
    interval: Interval
    items: int
    clusters: int
    """Groups of items that may be alike; as many as items where all are independent."""


def share(marks: Floats, level: float = 0.95) -> Share:
    """The share of independent items that have a mark, with Wilson's interval.

    Args:
        marks: 1 or True where it happened, else 0, (n,), n at least 1.
        level: of the interval, between 0 and 1.

    Raises:
        ValueError: there is no item, a mark is neither 0 nor 1, or `level` is not in 0 to 1.
    """
    if not np.all((marks == 0) | (marks == 1)):
        raise ValueError("marks of independent items are 0 or 1")
    items = len(marks)
    interval = wilson(int(marks.sum()), items, level)
    return Share(float(marks.mean()), interval, items, items)


def clustered_share(marks: Floats, clusters: Labels, level: float = 0.95) -> Share:
    """The share of items that have a mark, where items of one cluster may be alike.

    Wilson's interval for as many independent items as would have the same standard error, with
    Student's t in place of the normal: the effective sample size of Korn and Graubard (1998, Survey
    Methodology 24, pages 193 to 201), who put it into the exact interval. Marks of 0 and 1 never
    count for more items than they are; parts can, as they vary less. Where all have the mark or
    none has, each cluster counts as one item. Unlike that of `clustered_mean` the interval stays
    inside 0 to 1 and has some width.

    Args:
        marks: (n,), each 0 to 1: whether it happened, or to which part.
        clusters: the label of each item, (n,), with at least 2 different ones.
        level: of the interval, between 0 and 1.

    Raises:
        ValueError: the lengths differ, there is one cluster, a mark is outside 0 to 1, or `level`
            is not in 0 to 1.
    """
    from scipy import special

    mean = clustered_mean(np.asarray(marks, dtype=np.float64), clusters, level)
    if not np.all((marks >= 0) & (marks <= 1)):
        raise ValueError("marks must lie in 0 to 1")
    like = _like(np.asarray(marks), mean)
    t = float(special.stdtrit(mean.clusters - 1, (1 + level) / 2))
    return Share(mean.value, score_interval(mean.value, like, t), len(marks), mean.clusters)


def _like(marks: Floats, mean: Mean) -> float:
    """As many independent items would have the standard error of `mean`."""
    spread = mean.value * (1 - mean.value)
    if spread == 0:
        return float(mean.clusters)
    most = len(marks) - 1.0
    if mean.standard_error == 0:
        return most
    like = spread / mean.standard_error**2
    return min(like, most) if np.all((marks == 0) | (marks == 1)) else like


def score_interval(value: float, items: float, z: float) -> Interval:
    """Wilson's interval for a share of `items`, with any quantile `z`.

    Args:
        value: the share, 0 to 1.
        items: above 0; need not be whole.
        z: above 0, such as 1.96 for a level of 0.95.
    """
    middle = (value + z**2 / (2 * items)) / (1 + z**2 / items)
    half = z * math.sqrt(value * (1 - value) / items + z**2 / (4 * items**2)) / (1 + z**2 / items)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
