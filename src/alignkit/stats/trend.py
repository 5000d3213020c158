"""Whether a result rises with the level that was asked for: dose and response."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alignkit.stats.arrays import Labels
from alignkit.stats.comparison import PairedDifference, paired_difference
from alignkit.stats.intervals import Mean, clustered_mean
from alignkit.stats.probability import Floats


@dataclass(frozen=True)
class Trend:
    """How the same items answer at several levels."""

    slope: PairedDifference
    """By how much the result rises when the level rises by 1, with the p-value of no slope."""
    means: tuple[Mean, ...]
    """At each level; their intervals are each for itself."""
    steps: tuple[Mean, ...]
    """From each level to the next, on the same items."""

    @property
    def rises_throughout(self) -> bool:
        """Whether no step goes down. Describes the sample and claims nothing beyond it."""
        return all(step.value >= 0 for step in self.steps)


def trend(
    levels: Floats, results: Floats, clusters: Labels, rng: np.random.Generator, level: float = 0.95
) -> Trend:
    """The slope of `results` over `levels` within items, its interval and p-value, and each step.

    Each item has a least squares slope of its own, so what is easy about an item drops out. The
    slopes are compared with 0 as by `paired_difference`: the interval is the t interval by
    clusters, and the p-value flips the signs of whole clusters. This is the analysis by summary
    measures of Matthews et al. (1990, doi:10.1136/bmj.300.6719.230). Page's L (1963,
    doi:10.1080/01621459.1963.10500843) asks whether there is any effect at all, and so finds some
    where half of the items rise and half fall; a mean slope does not.

    A slope sees a trend, also one that bends; it does not prove that each step goes up. See
    `Trend.steps` for that.

    Args:
        levels: rising, (k,), k at least 2.
        results: of each item at each level, (n, k), finite.
        clusters: the label of each item, (n,), with at least 2 different ones.
        rng: where random flips come from.
        level: of the intervals, between 0 and 1.

    Raises:
        ValueError: levels do not rise, the shapes differ, there is one cluster, or `level` is not
            in 0 to 1.
    """
    if len(levels) < 2 or any(a >= b for a, b in pairwise(levels)):  # noqa: PLR2004
        raise ValueError("there must be at least 2 levels, and they must rise")
    if results.ndim != 2 or results.shape[1] != len(levels):  # noqa: PLR2004
        raise ValueError(f"results of shape {results.shape} do not fit {len(levels)} levels")
    slopes = item_slopes(levels, results)
    return Trend(
        slope=paired_difference(slopes, np.zeros(len(slopes)), clusters, rng, level),
        means=tuple(clustered_mean(column, clusters, level) for column in results.T),
        steps=tuple(clustered_mean(b - a, clusters, level) for a, b in pairwise(results.T)),
    )


def item_slopes(levels: Floats, results: Floats) -> Floats:
    """The least squares slope of each row of `results` (n, k) over `levels` (k,): (n,)."""
    centred = levels - levels.mean()
    # From the first level on: equal results have no slope at all, and not one of 1e-17, which all
    # items would share, and so a test of signs would find.
    rises = results - results[:, :1]
    return np.asarray(rises @ centred / (centred @ centred), dtype=np.float64)
