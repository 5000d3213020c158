"""Which level somebody wants of an attribute, seen from what they chose among what was on offer.

The levels of what was chosen would mix up what was wanted with what could be had: who always takes
the highest of three low levels wants more than they got. So each choice is compared with the others
that were on offer, by the rule that the deciders follow:

    P(choice) is proportional to exp(-|level - wanted| / temperature)

This is a conditional logit model (McFadden, 1974, Conditional logit analysis of qualitative choice
behavior) with an ideal point. The temperature says how consistent the person is. It is not known
either, so it is integrated out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.stats.probability import Floats, softmax

GRID: Floats = np.linspace(0, 1, 101)
"""Levels that may be wanted, each equally likely beforehand."""
TEMPERATURES: Floats = np.array([0.02 * 2**doubled for doubled in range(10)])
"""0.02 to 10.24, each equally likely beforehand; at the last one choosing is as good as chance."""


@dataclass(frozen=True, eq=False)
class Offer:
    """What was on offer once, and which of it was taken."""

    levels: Floats
    """(n_options,), each 0 to 1, at least two."""
    taken: int
    """Place of what was taken."""
    weight: float = 1.0
    """So many equal choices it counts as, above 0."""


def log_likelihoods(offers: Sequence[Offer]) -> Floats:
    """Logarithm of the probability of all that was taken: (n_levels,), one for each of `GRID`.

    The temperature is integrated out, with all of `TEMPERATURES` equally likely beforehand.

    Args:
        offers: at least one.
    """
    gaps = _gaps(offers)  # (n_offers, n_options, n_levels)
    least = gaps.min(axis=1)
    taken = gaps[np.arange(len(offers)), [offer.taken for offer in offers]] - least
    weights = np.array([offer.weight for offer in offers])
    rows = []
    for temperature in TEMPERATURES:
        others = np.exp(-(gaps - least[:, None]) / temperature).sum(axis=1)
        rows.append(weights @ (-taken / temperature - np.log(others)))
    return np.asarray(np.logaddexp.reduce(rows) - np.log(len(TEMPERATURES)))


def _gaps(offers: Sequence[Offer]) -> Floats:
    """How far options are from the levels of `GRID`; infinitely far where there are fewer."""
    most = max(len(offer.levels) for offer in offers)
    padded = np.full((len(offers), most), np.inf)
    for row, offer in enumerate(offers):
        padded[row, : len(offer.levels)] = offer.levels
    return np.abs(padded[:, :, None] - GRID)


def chance_log_likelihood(offers: Sequence[Offer]) -> float:
    """Logarithm of the probability of all that was taken, had it been drawn blindly."""
    return -float(sum(offer.weight * np.log(len(offer.levels)) for offer in offers))


def posterior(log_likelihood: Floats) -> Floats:
    """How likely each of `GRID` is the wanted level (n_levels,), sums to 1."""
    return softmax(log_likelihood)


def log_evidence(log_likelihood: Floats) -> float:
    """Logarithm of the probability of the choices, averaged over all levels that may be wanted."""
    return float(np.logaddexp.reduce(log_likelihood) - np.log(len(log_likelihood)))
