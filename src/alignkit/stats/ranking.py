"""How well numbers put things in order, whatever their scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from alignkit.stats.arrays import Bools
from alignkit.stats.intervals import Interval
from alignkit.stats.probability import Floats


def auc(scores: Floats, positive: Bools) -> float:
    """The probability that a positive scores above a negative, ties counting 1/2: 0 to 1.

    This is the area under the receiver operating characteristic, and Mann and Whitney's U over the
    number of pairs (Hanley and McNeil, 1982, doi:10.1148/radiology.143.1.7063747).

    Args:
        scores: (n,), finite.
        positive: (n,), with at least one of each kind.

    Raises:
        ValueError: the lengths differ, or all are of one kind.
    """
    from scipy import stats

    positives, negatives = _counts(scores, positive)
    ranks = stats.rankdata(scores)[positive].sum()
    return float((ranks - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(scores: Floats, positive: Bools, level: float = 0.95) -> Interval:
    """Newcombe's interval for `auc`, for independent items: always inside 0 to 1.

    The interval holds every area A that is within z standard errors of the one found, where the
    standard error is the one that A itself implies by Hanley and McNeil (1982), with the mean of
    both counts in place of each (Newcombe, 2006, method 5, doi:10.1002/sim.2324). Unlike DeLong's
    (1988) it does not shrink to a point when the order is perfect: 10 and 10 items in perfect
    order give 0.80 to 1. Where items come in clusters, use `clustered_bootstrap`.

    Args:
        scores: (n,), finite.
        positive: (n,), with at least one of each kind.
        level: the share of samples whose interval is to hold the true area, between 0 and 1.

    Raises:
        ValueError: the lengths differ, all are of one kind, or `level` is not in 0 to 1.
    """
    from scipy import special

    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
    area, counts = auc(scores, positive), _counts(scores, positive)
    z = float(special.ndtri((1 + level) / 2))
    # The standard error is the same for A and 1 - A, so one end is found like the other.
    return Interval(_low_end(area, counts, z), 1 - _low_end(1 - area, counts, z))


def ordered_pairs(estimates: Floats, truths: Floats) -> tuple[float, int]:
    """How many pairs of one item's choices are estimated in the right order, and of how many.

    Pairs with equal truths are left out; equal estimates count 1/2.

    Args:
        estimates: one per choice, (n_choices,).
        truths: the same choices' true values, (n_choices,).

    Raises:
        ValueError: the lengths differ.
    """
    if len(estimates) != len(truths):
        raise ValueError(f"{len(estimates)} estimates do not fit {len(truths)} truths")
    first, second = np.triu_indices(len(truths), 1)
    true = np.sign(truths[first] - truths[second])
    found = np.sign(estimates[first] - estimates[second])[true != 0]
    true = true[true != 0]
    return float((found == true).sum() + (found == 0).sum() / 2), len(true)


def order_accuracy(estimates: Sequence[Floats], truths: Sequence[Floats]) -> float:
    """Of all pairs of choices of one item with different truths, the share in the right order.

    Ties of the estimates count 1/2, so guessing gives 1/2 on average: 0 to 1. The pairs of all
    items count alike.

    Args:
        estimates: for each item, one per choice, (n_choices,).
        truths: for each item, the true values, (n_choices,).

    Raises:
        ValueError: the lengths differ, or no pair has different truths.
    """
    pairs = [ordered_pairs(e, t) for e, t in zip(estimates, truths, strict=True)]
    total = sum(count for _, count in pairs)
    if not total:
        raise ValueError("no two choices of one item have different truths")
    return sum(right for right, _ in pairs) / total


def rank_correlation(pairs: Floats) -> float:
    """Spearman's rank correlation of two columns, -1 to 1, ties at the mean of their ranks.

    It is 0 where a column has a single value: that orders nothing, and resamples of few items may
    be so (Spearman, 1904, doi:10.2307/1412159). For an interval take `clustered_bootstrap`.

    Args:
        pairs: (n, 2), finite, n at least 1.
    """
    from scipy import stats

    ranks = stats.rankdata(pairs, axis=0)
    centred = ranks - ranks.mean(axis=0)
    size = float(np.sqrt((centred**2).sum(axis=0)).prod())
    return float((centred[:, 0] * centred[:, 1]).sum() / size) if size else 0.0


def _counts(scores: Floats, positive: Bools) -> tuple[int, int]:
    """How many are positive and how many negative."""
    if len(scores) != len(positive):
        raise ValueError(f"{len(scores)} scores do not fit {len(positive)} marks")
    positives = int(positive.sum())
    if positives in {0, len(positive)}:
        raise ValueError("there must be positives and negatives")
    return positives, len(positive) - positives


def _low_end(area: float, counts: tuple[int, int], z: float) -> float:
    """The smallest area in 0 to `area` that `area` is within `z` standard errors of."""
    from scipy import optimize

    if area == 0:
        return 0.0
    # At `area` itself the difference is 0, and for an area of 1 so is the standard error.
    end = math.nextafter(area, 0)
    return float(
        optimize.brentq(lambda a: area - a - z * _standard_error(a, counts), 0, end, xtol=1e-12)
    )


def _standard_error(area: float, counts: tuple[int, int]) -> float:
    """Of an area, by Hanley and McNeil's formula with the mean of both counts in place of each."""
    others = sum(counts) / 2 - 1
    alike = 1 + others * ((1 - area) / (2 - area) + area / (1 + area))
    return math.sqrt(area * (1 - area) * alike / math.prod(counts))
