"""From costs to probabilities, and to the choice that is taken."""

from __future__ import annotations

import numpy as np

from alignkit.alignment.estimates import Estimates
from alignkit.stats.probability import Floats, softmax

_SAME = 1e-12
"""Costs nearer than this are equal; the rest is rounding."""


def choice_probabilities(costs: Floats, temperature: float) -> Floats:
    """A probability per choice that falls with its cost: softmax(-cost / temperature).

    Args:
        costs: (n_choices,), finite; only their differences matter.
        temperature: above 0; the difference in cost that makes a choice e times as likely.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError("temperature must be above 0")
    return softmax(-costs / temperature)


def cheapest(costs: Floats, estimates: Estimates) -> int:
    """Which of the choices costs least: an index into `costs` (n_choices,).

    Of choices that cost the same it is the one with the lowest level of the first attribute, then
    of the second, and so on: a rule that does not ask where a choice is listed.
    """
    ties = np.flatnonzero(costs <= costs.min() + _SAME)
    return int(min(ties, key=lambda row: (*estimates.means[row], *estimates.sds[row])))
