"""Small facts about discrete distributions: arrays of shape (n,) that sum to 1."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FLOOR = 1e-12
"""Smaller probabilities count as this in logarithms, so that one zero does not decide alone."""


def normalise(weights: Floats) -> Floats:
    """`weights` (..., n), at least 0 and not all 0 along the last axis, scaled to sum to 1."""
    totals = weights.sum(axis=-1, keepdims=True)
    # Smallest and largest say it all, and are found faster than each number is looked at.
    fits = weights.min(initial=0.0) >= 0 and totals.min(initial=1.0) > 0
    if not (fits and totals.max(initial=1.0) < math.inf):
        raise ValueError("weights must be finite, at least 0 and not all 0")
    return np.asarray(weights / totals, dtype=np.float64)


def softmax(scores: Floats) -> Floats:
    """exp(`scores`) (n,) scaled to sum to 1, without overflow for any finite scores."""
    return normalise(np.exp(scores - scores.max()))


def log_floored(probabilities: Floats) -> Floats:
    """The logarithm of `probabilities`, those under 1e-12 counting as that."""
    return np.asarray(np.log(np.maximum(probabilities, _FLOOR)))


def log_odds(probability: float) -> float:
    """log(p / (1 - p)) of a probability, kept finite at 0 and 1 (about -28 and 28)."""
    inside = min(max(probability, _FLOOR), 1 - _FLOOR)
    return math.log(inside / (1 - inside))


def logistic(score: float) -> float:
    """1 / (1 + exp(-`score`)), the inverse of `log_odds`, without overflow for any score."""
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    grown = math.exp(score)
    return grown / (1 + grown)


def confidence(probabilities: Floats) -> float:
    """How far the largest of n probabilities is above chance: (max - 1/n) / (1 - 1/n), 0 to 1."""
    chance = 1 / len(probabilities)
    return max(0.0, float((probabilities.max() - chance) / (1 - chance)))


def total_variation(p: Floats, q: Floats) -> float:
    """Half the sum of absolute differences: the largest difference over any event, 0 to 1."""
    return float(np.abs(p - q).sum() / 2)


def log_average(distributions: Floats) -> Floats:
    """The normalised geometric mean of distributions (m, n): a distribution (n,).

    A readout that multiplies each option's share by a liking for its position is undone exactly
    when every option has stood at every position, because the likings become a common factor.
    This is the logarithmic opinion pool with equal weights (Genest and Zidek, 1986,
    doi:10.1214/ss/1177013825).
    """
    return softmax(log_floored(distributions).mean(axis=0))


def largest_shift(distributions: Floats, centre: Floats) -> float:
    """The largest total variation distance of distributions (m, n) from `centre` (n,), 0 to 1."""
    return max(total_variation(row, centre) for row in distributions)
