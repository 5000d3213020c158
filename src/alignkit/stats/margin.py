"""Whether a loss is small enough not to matter: tests against a margin that was stated beforehand.

That a difference was not found proves nothing: with few items none is ever found. These tests turn
the question round, so that a small loss has to be shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.stats.arrays import Labels
from alignkit.stats.intervals import Interval
from alignkit.stats.macro import macro_mean
from alignkit.stats.paired import macro_interval, paired_interval
from alignkit.stats.probability import Floats

_SMALLEST = 1e-9
"""Smaller p-values are not told apart."""


@dataclass(frozen=True)
class NonInferiority:
    """Whether the new result is at most `margin` worse than the reference."""

    difference: float
    """New less reference: below 0 is a loss."""
    interval: Interval
    """Of `difference`, at 1 - 2 `alpha`; the verdict is read from its ends."""
    margin: float
    alpha: float
    """How likely each of the two firm verdicts is at most, where it is wrong."""
    p_value: float
    """One-sided: the smallest `alpha` at which it would be non-inferior; 0.5 for any above."""
    verdict: Literal["non-inferior", "inferior", "undecided"]
    """inferior: the loss is larger than the margin. undecided: the data cannot tell."""


@dataclass(frozen=True)
class Equivalence:
    """Whether two results are less than `margin` apart."""

    difference: float
    interval: Interval
    """Of `difference`, at 1 - 2 `alpha`."""
    margin: float
    alpha: float
    p_not_lower: float
    """One-sided: that the first is `margin` or more below the second; 0.5 for any above."""
    p_not_higher: float
    """One-sided: that it is `margin` or more above."""
    verdict: Literal["equivalent", "different", "undecided"]
    """different: they are further apart than the margin. undecided: the data cannot tell."""

    @property
    def p_value(self) -> float:
        """The smallest `alpha` at which they would be equivalent: the larger one-sided p-value."""
        return max(self.p_not_lower, self.p_not_higher)


def non_inferiority(  # noqa: PLR0913, PLR0917  the two last are seldom given
    new: Floats,
    reference: Floats,
    clusters: Labels,
    margin: float,
    alpha: float = 0.025,
    most: float | None = 1.0,
) -> NonInferiority:
    """Whether `new` is at most `margin` worse than `reference` on the same items.

    It is non-inferior if the interval of the difference at 1 - 2 `alpha` lies above -`margin`
    (one-sided test at `alpha`), and inferior if it lies below. With the default the interval is the
    usual one at 0.95, as ICH E9 (1998, sections 3.3.2 and 5.5) has it. The interval is that of
    `paired_interval`: t by clusters, or Tango's score for right and wrong answers on independent
    items, which was made for this question (1998).

    Args:
        new: the results to judge, (n,), where more is better.
        reference: what they must not fall behind, on the same items, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        margin: the largest loss that does not matter, above 0, chosen before looking.
        alpha: between 0 and 0.5.
        most: as for `compare_pairs`.

    Raises:
        ValueError: as `compare_pairs`, or `margin` or `alpha` is out of its range.
    """
    _check(margin, alpha)

    def ends(one_sided: float) -> Interval:
        return paired_interval(new, reference, clusters, 1 - 2 * one_sided, most)

    return _judged(float((new - reference).mean()), ends, margin, alpha)


def macro_non_inferiority(  # noqa: PLR0913, PLR0917  the last is seldom given
    new: Floats,
    reference: Floats,
    groups: Labels,
    clusters: Labels,
    margin: float,
    alpha: float = 0.025,
) -> NonInferiority:
    """The same for the mean over groups of the mean of their items, such as subjects.

    The interval is that of `macro_interval`. With one group it is `non_inferiority`.

    Args:
        new: the results to judge, (n,), where more is better.
        reference: what they must not fall behind, on the same items, (n,).
        groups: the group of each item, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        margin: the largest loss that does not matter, above 0, chosen before looking.
        alpha: between 0 and 0.5.

    Raises:
        ValueError: as `non_inferiority`.
    """
    _check(margin, alpha)
    if len(np.unique(groups)) == 1:
        return non_inferiority(new, reference, clusters, margin, alpha)
    differences = new - reference

    def ends(one_sided: float) -> Interval:
        return macro_interval(differences, groups, clusters, 1 - 2 * one_sided)

    value = macro_mean(differences, groups, clusters).value
    return _judged(value, ends, margin, alpha)


def _judged(
    difference: float, ends: Callable[[float], Interval], margin: float, alpha: float
) -> NonInferiority:
    """The verdict from the `ends` of the interval at 1 - 2 of what they are given."""

    def verdict(interval: Interval) -> Literal["non-inferior", "inferior", "undecided"]:
        if interval.low > -margin:
            return "non-inferior"
        return "inferior" if interval.high < -margin else "undecided"

    interval = ends(alpha)
    return NonInferiority(
        difference=difference,
        interval=interval,
        margin=margin,
        alpha=alpha,
        p_value=_smallest_alpha(lambda one_sided: ends(one_sided).low + margin),
        verdict=verdict(interval),
    )


def equivalence(  # noqa: PLR0913, PLR0917  the two last are seldom given
    a: Floats,
    b: Floats,
    clusters: Labels,
    margin: float,
    alpha: float = 0.05,
    most: float | None = 1.0,
) -> Equivalence:
    """Whether `a` and `b` are less than `margin` apart on the same items, either way.

    Two one-sided tests at `alpha` each (Schuirmann, 1987, doi:10.1007/BF01068419): equivalent if
    the interval of the difference at 1 - 2 `alpha` lies within -`margin` to `margin`, different if
    it lies outside. The interval is `paired_interval`.

    Args:
        a: (n,).
        b: on the same items, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        margin: the largest difference that does not matter, above 0, chosen before looking.
        alpha: between 0 and 0.5.
        most: as for `compare_pairs`.

    Raises:
        ValueError: as `compare_pairs`, or `margin` or `alpha` is out of its range.
    """
    _check(margin, alpha)

    def ends(one_sided: float) -> Interval:
        return paired_interval(a, b, clusters, 1 - 2 * one_sided, most)

    def room(interval: Interval) -> float:
        return margin - max(interval.high, -interval.low)

    def verdict(interval: Interval) -> Literal["equivalent", "different", "undecided"]:
        if room(interval) > 0:
            return "equivalent"
        outside = interval.low > margin or interval.high < -margin
        return "different" if outside else "undecided"

    interval = ends(alpha)
    return Equivalence(
        difference=float((a - b).mean()),
        interval=interval,
        margin=margin,
        alpha=alpha,
        p_not_lower=_smallest_alpha(lambda one_sided: ends(one_sided).low + margin),
        p_not_higher=_smallest_alpha(lambda one_sided: margin - ends(one_sided).high),
        verdict=verdict(interval),
    )


def _check(margin: float, alpha: float) -> None:
    if not margin > 0:
        raise ValueError("the margin must be above 0")
    if not 0 < alpha < 0.5:  # noqa: PLR2004
        raise ValueError("alpha must lie between 0 and 0.5")


def _smallest_alpha(room: Callable[[float], float]) -> float:
    """Where `room` to the margin, which grows with alpha, becomes positive; 0.5 if it does not.

    One interval narrows as alpha grows, so the test at alpha and the p-value agree by making.
    """
    from scipy import optimize

    largest = 0.5 - _SMALLEST
    if room(largest) <= 0:
        return 0.5
    if room(_SMALLEST) > 0:
        return _SMALLEST
    return float(optimize.brentq(room, _SMALLEST, largest, xtol=1e-12))
