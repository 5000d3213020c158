"""Two methods on the same items: how far apart they are, how sure that is, and on how many items.

Right or wrong answers on items that have nothing in common are compared exactly (`McNemar`),
everything else by clusters. Which of the two depends on what is compared, never on what came out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.stats.arrays import Bools, Labels
from alignkit.stats.clusters import members
from alignkit.stats.comparison import cluster_sums, sign_flips
from alignkit.stats.intervals import Interval, clopper_pearson, clustered_mean
from alignkit.stats.macro import macro_mean
from alignkit.stats.probability import Floats

FEW = 10
"""Where fewer clusters differ at all, `clustered_interval` doesn't rely on their spread alone."""
_STEP = 1e-9
"""Ends of intervals nearer than this to the difference are not told from it."""

Method = Literal["mcnemar", "sign_flips"]


@dataclass(frozen=True)
class Comparison:
    """By how much one method is better than another on the same items."""

    difference: float
    """The mean over the items of its result less the other's."""
    interval: Interval
    """Of `difference`, at `level`."""
    level: float
    p_value: float
    """That chance alone makes a difference as large, in either direction."""
    items: int
    clusters: int
    """Groups of items that may be alike."""
    method: Method
    """Where the p-value is from: McNemar's exact test or flips of the signs of clusters."""


@dataclass(frozen=True)
class McNemar:
    """Pairs of right or wrong answers, by what both methods answered."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @property
    def items(self) -> int:
        """How many pairs there are."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def difference(self) -> float:
        """The share that `a` has right less the share that `b` has right, -1 to 1."""
        return (self.only_a - self.only_b) / self.items

    @property
    def p_value(self) -> float:
        """The exact two-sided p-value of no difference; 1 where no pair differs.

        Were the methods alike, each pair that differs could as well differ the other way: the count
        is binomial with 1/2 (McNemar, 1947, doi:10.1007/BF02295996). Never finds too often; with
        few pairs that differ it finds rather seldom.
        """
        from scipy import stats

        differ = self.only_a + self.only_b
        return float(stats.binomtest(self.only_a, differ).pvalue) if differ else 1.0

    def interval(self, level: float = 0.95) -> Interval:
        """Tango's score interval of `difference`, always inside -1 to 1 and never of no width.

        It holds every difference that the score test does not reject (Tango, 1998,
        doi:10.1002/(SICI)1097-0258(19980430)17:8<891::AID-SIM780>3.0.CO;2-B), as Wilson's does for
        one share.

        Raises:
            ValueError: `level` is not in 0 to 1.
        """
        from scipy import special

        if not 0 < level < 1:
            raise ValueError("level must lie between 0 and 1")
        z = float(special.ndtri((1 + level) / 2))
        high = _score_end(self.only_a, self.only_b, self.items, z)
        # The score changes its sign when the methods change places, so both ends are found alike.
        return Interval(-_score_end(self.only_b, self.only_a, self.items, z), high)


def mcnemar(a: Bools, b: Bools) -> McNemar:
    """The pairs of marks of two methods on the same independent items, (n,) each, n at least 1.

    Raises:
        ValueError: the lengths differ, or there is no item.
    """
    if len(a) != len(b) or not len(a):
        raise ValueError(f"{len(a)} results do not fit {len(b)}")
    one, other = np.asarray(a, dtype=bool), np.asarray(b, dtype=bool)
    return McNemar(
        both=int((one & other).sum()),
        only_a=int((one & ~other).sum()),
        only_b=int((~one & other).sum()),
        neither=int((~one & ~other).sum()),
    )


def compare_pairs(  # noqa: PLR0913, PLR0917  the two last are seldom given
    a: Floats,
    b: Floats,
    clusters: Labels,
    rng: np.random.Generator,
    level: float = 0.95,
    most: float | None = 1.0,
) -> Comparison:
    """How much larger `a` is than `b` on the same items, with interval and p-value.

    Where all results are 0 or 1 and each item is a cluster of its own, the test is McNemar's exact
    one and the interval Tango's. Else the test flips the signs of whole clusters (`sign_flips`),
    and the interval is that of `clustered_interval`. The p-value and the interval can disagree
    near an end; a verdict should be taken from one of them, stated beforehand.

    Args:
        a: the results of one method, (n,), finite.
        b: those of the other on the same items, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        rng: where random flips come from.
        level: of the interval, between 0 and 1.
        most: how far apart two results can be at most: 1 for shares and probabilities; None where
            there is no bound, as for costs.

    Raises:
        ValueError: the lengths differ, there is one cluster, results are further apart than `most`,
            or `level` is not in 0 to 1.
    """
    interval = paired_interval(a, b, clusters, level, most)
    exact = _independent_marks(a, b, clusters)
    p_value = mcnemar(a > 0, b > 0).p_value if exact else 0.0
    if not exact:
        p_value = sign_flips(cluster_sums(a - b, clusters), rng)
    return Comparison(
        difference=float((a - b).mean()),
        interval=interval,
        level=level,
        p_value=p_value,
        items=len(a),
        clusters=len(np.unique(clusters)),
        method="mcnemar" if exact else "sign_flips",
    )


def paired_interval(
    a: Floats, b: Floats, clusters: Labels, level: float = 0.95, most: float | None = 1.0
) -> Interval:
    """The interval of the mean of `a` - `b` over the same items: arguments as `compare_pairs`.

    Raises:
        ValueError: as `compare_pairs`.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} results do not fit {len(b)}")
    if len(np.unique(clusters)) > 1 and _independent_marks(a, b, clusters):
        return mcnemar(a > 0, b > 0).interval(level)
    return clustered_interval(a - b, clusters, level, most)


def clustered_interval(
    values: Floats, clusters: Labels, level: float = 0.95, most: float | None = 1.0
) -> Interval:
    """The interval of the mean of `values`, for differences of which most may be 0.

    It is that of `clustered_mean`. Where the methods differ in fewer than `FEW` clusters, their
    spread says little of what a larger sample would hold, and where they differ in none the
    interval would have no width. Then it reaches at least to the bounds that a count allows: with
    a share q of clusters below 0, none by more than `most`, the mean is at least -q `most`, and q
    is at most its exact upper limit (`clopper_pearson`); above alike.

    Args:
        values: (n,), finite.
        clusters: the label of each item, (n,), with at least 2 different ones.
        level: between 0 and 1.
        most: the largest size that a value can have; None for no bound, and no such care.

    Raises:
        ValueError: the lengths differ, there is one cluster, a value is larger than `most`, or
            `level` is not in 0 to 1.
    """
    ends = clustered_mean(values, clusters, level).interval
    if most is None:
        return ends
    if np.any(np.abs(values) > most):
        raise ValueError(f"no difference can be larger than {most:g}")
    means = np.array([values[positions].mean() for positions in members(clusters)])
    if (means != 0).sum() >= FEW:
        return ends
    below, above = (
        most * clopper_pearson(int(count), len(means), level).high
        for count in ((means < 0).sum(), (means > 0).sum())
    )
    return Interval(min(ends.low, -below), max(ends.high, above))


def macro_interval(
    values: Floats, groups: Labels, clusters: Labels, level: float = 0.95
) -> Interval:
    """The same as `clustered_interval` for the mean over groups of means, as in `macro_mean`.

    Where fewer than `FEW` clusters differ it reaches at least as far as `clustered_interval`.

    Args:
        values: (n,), each -1 to 1.
        groups: the group of each item, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        level: between 0 and 1.

    Raises:
        ValueError: as `clustered_interval`.
    """
    found = macro_mean(values, groups, clusters, level).interval
    if np.count_nonzero(cluster_sums(values, clusters)) >= FEW:
        return found
    least = clustered_interval(values, clusters, level)
    return Interval(min(found.low, least.low), max(found.high, least.high))


def _independent_marks(a: Floats, b: Floats, clusters: Labels) -> bool:
    """Whether all results are 0 or 1 and no two items belong together."""
    marks = all(bool(np.all((values == 0) | (values == 1))) for values in (a, b))
    return marks and len(np.unique(clusters)) == len(clusters) == len(a)


def _score_end(more: int, less: int, items: int, z: float) -> float:
    """The largest difference from (more - less) / items on that is within `z` scores of it."""
    from scipy import optimize

    found = (more - less) / items
    if found == 1:
        return 1.0

    def excess(difference: float) -> float:
        variance = 2 * _share_of_less(more, less, items, difference) + difference * (1 - difference)
        return items * difference - (more - less) - z * math.sqrt(items * max(variance, 0.0))

    # At the difference found itself the variance can be 0, which would pass for the end.
    start = found + _STEP
    return found if excess(start) >= 0 else float(optimize.brentq(excess, start, 1.0, xtol=1e-12))


def _share_of_less(more: int, less: int, items: int, difference: float) -> float:
    """The likeliest share of pairs that only the other has right, given the true difference."""
    a = 2 * items
    b = -more - less + (2 * items - more + less) * difference
    c = -less * difference * (1 - difference)
    return (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
