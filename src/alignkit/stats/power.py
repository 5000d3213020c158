"""How many clusters of items show an effect, and which effect a number of clusters can show.

All is about the mean difference of two methods on the same items, judged by the two-sided t test
of its clusters, which `paired_difference` comes near. The spread comes from a pilot.
"""

from __future__ import annotations

import math

from alignkit.stats.arrays import Labels
from alignkit.stats.intervals import clustered_mean
from alignkit.stats.probability import Floats

MOST_CLUSTERS = 10_000_000
"""More are not asked for."""
_NO_SHIFT = 1e-12
"""A noncentrality below this changes no power that anybody would print."""


def cluster_spread(differences: Floats, clusters: Labels) -> float:
    """The standard deviation that one cluster adds to the mean of `differences`, at least 0.

    It is the cluster-robust standard error times the root of the number of clusters; for items on
    their own the standard deviation of the differences.

    Args:
        differences: of the pilot, per item, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.

    Raises:
        ValueError: the lengths differ, or there is one cluster.
    """
    mean = clustered_mean(differences, clusters)
    return mean.standard_error * math.sqrt(mean.clusters)


def cautious_spread(spread: float, clusters: int, certainty: float = 0.8) -> float:
    """What the true spread is at most, with probability `certainty`, if clusters are normal.

    With a pilot's own spread the study has less power than planned about half of the time; with
    this one in a share of 1 - `certainty` (Browne, 1995, doi:10.1002/sim.4780141709).

    Raises:
        ValueError: there are fewer than 2 `clusters`, or a number is out of its range.
    """
    from scipy import special

    if spread < 0 or clusters < 2 or not 0 < certainty < 1:  # noqa: PLR2004
        raise ValueError("this takes a spread of at least 0, 2 clusters, a certainty in 0 to 1")
    lowest = float(special.chdtri(clusters - 1, certainty))
    return spread * math.sqrt((clusters - 1) / lowest)


def paired_power(effect: float, spread: float, clusters: int, alpha: float = 0.05) -> float:
    """How likely the t test at `alpha`, two-sided, finds a mean difference of `effect`, 0 to 1.

    From the noncentral t distribution (Cohen, 1988, doi:10.4324/9780203771587, section 2.3); exact
    for normal differences. Finding it in the wrong direction counts too, which matters only where
    power is no larger than `alpha`.

    Args:
        effect: the true mean difference, either way.
        spread: `cluster_spread`, above 0.
        clusters: at least 2.
        alpha: between 0 and 1.

    Raises:
        ValueError: a number is out of its range.
    """
    from scipy import special, stats

    _check(spread, alpha)
    if clusters < 2:  # noqa: PLR2004
        raise ValueError("power takes at least 2 clusters")
    shift = abs(effect) / spread * math.sqrt(clusters)
    degrees = clusters - 1
    limit = float(special.stdtrit(degrees, 1 - alpha / 2))
    if shift**2 < _NO_SHIFT:
        return alpha
    # The square of a noncentral t is a noncentral F; scipy's t is NaN in its lower tail at times.
    return float(stats.ncf.sf(limit**2, 1, degrees, shift**2))


def clusters_needed(effect: float, spread: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """The least number of clusters with which `paired_power` is at least `power`.

    Times the items per cluster of the pilot it is the number of items.

    Args:
        effect: the mean difference to be found, not 0.
        spread: `cluster_spread`, or rather `cautious_spread` of it, above 0.
        power: above `alpha`, below 1.
        alpha: between 0 and 1.

    Raises:
        ValueError: a number is out of its range, or it takes more than `MOST_CLUSTERS`.
    """
    _check(spread, alpha, power)
    if effect == 0 or not math.isfinite(effect):
        raise ValueError("no number of items shows an effect of 0")
    few, enough = 1, 2
    while paired_power(effect, spread, enough, alpha) < power:
        few, enough = enough, 2 * enough
        if enough > MOST_CLUSTERS:
            raise ValueError(f"an effect of {effect:g} takes more than {MOST_CLUSTERS} clusters")
    while enough - few > 1:
        middle = (few + enough) // 2
        if paired_power(effect, spread, middle, alpha) < power:
            few = middle
        else:
            enough = middle
    return enough


def clusters_for_equivalence(
    margin: float, spread: float, power: float = 0.8, alpha: float = 0.05
) -> int:
    """The clusters with which `equivalence` is shown with `power`, where nothing differs.

    Both one-sided tests have to succeed, so each gets a power of (1 + `power`) / 2: then both fail
    together at most as often as is allowed (Bonferroni's inequality). Rather too many than too few.

    Args:
        margin: the largest difference that does not matter, above 0.
        spread: `cluster_spread`, or rather `cautious_spread` of it, above 0.
        power: above `alpha`, below 1.
        alpha: of each test, between 0 and 0.5.

    Raises:
        ValueError: as `clusters_needed`.
    """
    return clusters_needed(margin, spread, (1 + power) / 2, 2 * alpha)


def detectable(spread: float, clusters: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest mean difference that `clusters` find with probability `power`, at least 0.

    Raises:
        ValueError: a number is out of its range.
    """
    from scipy import optimize

    _check(spread, alpha, power)
    high = spread
    while paired_power(high, spread, clusters, alpha) < power:
        high *= 2
    return float(
        optimize.brentq(
            lambda effect: paired_power(effect, spread, clusters, alpha) - power,
            0.0,
            high,
            xtol=1e-10 * high,
        )
    )


def _check(spread: float, alpha: float, power: float | None = None) -> None:
    if not spread > 0:
        raise ValueError("the spread must be above 0")
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if power is not None and not alpha < power < 1:
        raise ValueError("power must lie between alpha and 1")
