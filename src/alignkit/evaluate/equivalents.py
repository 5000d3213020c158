"""Whether two sides are practically the same: closer than a margin that was stated beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.evaluate.pairing import Columns
from alignkit.stats.comparison import holm
from alignkit.stats.intervals import Interval
from alignkit.stats.margin import Equivalence, equivalence
from alignkit.stats.power import cautious_spread, cluster_spread, clusters_for_equivalence

ALPHA = 0.05
"""Of each of the two one-sided tests, so that the interval is one at 90 %."""
POWER = 0.8


@dataclass(frozen=True)
class Equivalent:
    """What two one-sided tests say of a difference, the second side less the first."""

    margin: float
    """The largest difference that does not matter, above 0."""
    interval: Interval
    """Of the difference, at 90 %, not adjusted."""
    p_not_lower: float
    """One-sided, not adjusted: that the second is `margin` or more below the first; at most 0.5."""
    p_not_higher: float
    """One-sided, not adjusted: that it is `margin` or more above; at most 0.5."""
    p_value: float
    """The larger of both, adjusted by Holm's method over all comparisons."""
    verdict: Literal["equivalent", "different", "undecided"]
    """equivalent: the adjusted p-value is below 0.05. different: they are further apart than
    `margin`, at a level divided by the number of comparisons. undecided: it cannot be told."""
    needed: int | None
    """About so many items would show it with power 0.8 if the two are truly alike; None where it
    is settled, or no number would."""


def equivalents(found: Sequence[Columns], margin: float) -> list[Equivalent]:
    """For every comparison of `found`: whether its sides are less than `margin` apart.

    Their p-values are adjusted together; the two tests of one comparison need no adjustment, as
    both have to succeed (Schuirmann, 1987).

    Raises:
        ValueError: `margin` is not above 0, or a comparison has a single group.
    """
    judged = [equivalence(one.other, one.one, one.groups, margin, ALPHA) for one in found]
    adjusted = holm(np.array([one.p_value for one in judged]))
    return [
        _judged(columns, one, float(p_value), len(found))
        for columns, one, p_value in zip(found, judged, adjusted, strict=True)
    ]


def _judged(columns: Columns, found: Equivalence, p_value: float, family: int) -> Equivalent:
    alpha = ALPHA / family
    strict = equivalence(columns.other, columns.one, columns.groups, found.margin, alpha)
    verdict: Literal["equivalent", "different", "undecided"] = "undecided"
    if p_value < ALPHA:
        verdict = "equivalent"
    elif strict.verdict == "different":
        verdict = "different"
    return Equivalent(
        margin=found.margin,
        interval=Interval(max(found.interval.low, -1.0), min(found.interval.high, 1.0)),
        p_not_lower=found.p_not_lower,
        p_not_higher=found.p_not_higher,
        p_value=p_value,
        verdict=verdict,
        needed=_needed(columns, found.margin, alpha) if verdict == "undecided" else None,
    )


def _needed(columns: Columns, margin: float, alpha: float) -> int | None:
    """About how many items show it at `alpha` if the sides are alike and vary as here, or more.

    Never fewer than what shows it where none of them differs: then a share of `margin` of groups
    has to be ruled out by not one of them differing. And more than there are.
    """
    groups = len(np.unique(columns.groups))
    least = math.ceil(math.log(alpha) / math.log1p(-margin)) if margin < 1 else 2
    spread = cautious_spread(cluster_spread(columns.differences, columns.groups), groups)
    if spread > 0:
        try:
            least = max(least, clusters_for_equivalence(margin, spread, POWER, alpha))
        except ValueError:  # more than anyone could decide
            return None
    items = len(columns.one)
    return max(math.ceil(least * items / groups), items + 1)
