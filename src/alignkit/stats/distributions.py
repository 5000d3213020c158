"""Distributions of levels: their mean, the shortest interval, samples that stand for them."""

from __future__ import annotations

import numpy as np

from alignkit.stats.probability import Floats, normalise

_ROUNDING = 1e-9


def shortest_interval(levels: Floats, shares: Floats, mass: float) -> tuple[float, float]:
    """Ends of the shortest interval with at least `mass` of the distribution.

    Where the distribution has one peak it is the interval of highest density. Of several that are
    equally short it is the one that holds the most.

    Args:
        levels: (n,), rising.
        shares: (n,), sums to 1: how likely each level is.
        mass: above 0, at most 1.
    """
    below = np.concatenate([[0.0], np.cumsum(shares)])
    wanted = min(mass, float(below[-1])) - _ROUNDING
    ends = np.searchsorted(below, below[:-1] + wanted)
    starts = np.flatnonzero(ends < len(below))
    ends = ends[starts] - 1
    held = below[ends + 1] - below[starts]
    best = min(
        range(len(starts)),
        key=lambda i: (round(float(levels[ends[i]] - levels[starts[i]]), 9), -held[i]),
    )
    return float(levels[starts[best]]), float(levels[ends[best]])


def systematic_samples(levels: Floats, shares: Floats, most: int) -> Floats:
    """At most `most` equally likely levels that stand for a distribution, rising.

    They are the levels at evenly spaced shares of the distribution (systematic sampling from the
    middle of the first step; Madow and Madow, 1944, doi:10.1214/aoms/1177731312): nothing is drawn
    by chance, and no level's share is off by as much as 1 / `most`. Where fewer samples have
    exactly the shares, there are fewer.

    Args:
        levels: (n,) in any order.
        shares: (n,), at least 0 and not all 0; they are scaled to sum to 1.
        most: at least 1.
    """
    levels, places = np.unique(levels, return_inverse=True)
    shares = normalise(np.asarray(np.bincount(places.ravel(), shares), dtype=np.float64))
    count = next((n for n in range(1, most) if _whole(shares * n)), most)
    steps = (np.arange(count) + 0.5) / count
    below = np.cumsum(shares)
    return levels[np.minimum(np.searchsorted(below, steps - _ROUNDING), len(levels) - 1)]


def _whole(numbers: Floats) -> bool:
    return bool(np.all(np.abs(numbers - np.round(numbers)) < _ROUNDING))


def earth_mover(one: Floats, other: Floats) -> float:
    """How far one set of equally likely levels (n,) is from another (m,), 0 to 1.

    The mean distance that levels have to be moved to make the one into the other: the area between
    the two cumulative distributions (Wasserstein distance of order 1; Vallender, 1974,
    doi:10.1137/1118101).
    """
    steps = np.sort(np.concatenate([one, other]))
    shares = [
        np.searchsorted(np.sort(levels), steps[:-1], side="right") / len(levels)
        for levels in (one, other)
    ]
    return float(np.sum(np.abs(shares[0] - shares[1]) * np.diff(steps)))


def wasserstein(levels: Floats, one: Floats, other: Floats) -> float:
    """How far apart two distributions over ordered answers are, in the unit of `levels`.

    The least mean distance that probability has to be moved to make the one into the other
    (Wasserstein distance of order 1; Vallender, 1974, doi:10.1137/1118101). 0 for equal ones; at
    most the largest less the smallest level, so 0 to 1 where `levels` run from 0 to 1, as
    `even_levels` do. Unlike Jensen-Shannon it knows that neighbouring answers are alike, so it is
    for answers with an order only.

    Args:
        levels: of the answers, rising, (n,).
        one: the probability of each answer, (n,), summing to 1.
        other: the same, (n,).

    Raises:
        ValueError: the lengths differ, levels do not rise, or a distribution does not sum to 1.
    """
    if not len(levels) == len(one) == len(other):
        raise ValueError(f"{len(one)} and {len(other)} shares do not fit {len(levels)} levels")
    if np.any(np.diff(levels) <= 0):
        raise ValueError("levels must rise")
    if any(np.any(p < 0) or abs(p.sum() - 1) > _ROUNDING for p in (one, other)):
        raise ValueError("a distribution is at least 0 and sums to 1")
    return float(np.abs(np.cumsum(one - other))[:-1] @ np.diff(levels))


def even_levels(count: int) -> Floats:
    """The levels of `count` ordered answers, at least 2, evenly spaced from 0 to 1: (count,).

    The spacing is a convention: the order of "rarely, sometimes, often" says nothing about it.
    """
    if count < 2:  # noqa: PLR2004
        raise ValueError("an order takes at least 2 answers")
    return np.linspace(0, 1, count)
