"""Two groups of people: which level tells them apart, and whose is a level likelier to be?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.alignment.kde import Kde
from alignkit.alignment.settings import BANDWIDTH
from alignkit.errors import UsageError
from alignkit.stats.probability import Floats

_FINE: Floats = np.linspace(0, 1, 1001)
_ALIKE = 1e-9
"""Groups whose cumulative shares differ by less everywhere are not told apart."""


def group_midpoint(
    samples_one: Sequence[float], samples_two: Sequence[float], bandwidth: float = BANDWIDTH
) -> float:
    """The level at which it is equally likely to meet either of two groups, 0 to 1.

    There the groups' densities (kernels folded back at 0 and 1) cross. Where they cross more than
    once, it is the crossing with the largest difference between the shares of the two groups below
    it: the cut that tells the groups apart best (Youden, 1950,
    doi:10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3).

    Args:
        samples_one: levels that the first group shows, each 0 to 1, at least one.
        samples_two: the second group's; exchanging the groups changes nothing.
        bandwidth: standard deviation of the kernels, in levels.

    Raises:
        UsageError: the groups show the same levels.
    """
    from scipy.optimize import brentq

    one, two = _density(samples_one, bandwidth), _density(samples_two, bandwidth)

    def odds(levels: Floats) -> Floats:
        return one.log_density(levels) - two.log_density(levels)

    apart = np.exp(one.log_density(_FINE)) - np.exp(two.log_density(_FINE))
    below = np.abs(np.cumsum(apart)) / len(_FINE)
    if below.max() < _ALIKE:
        raise UsageError("The two groups show the same levels.", "Compare groups that differ.")
    signs = np.sign(odds(_FINE))
    crossings = np.flatnonzero(signs[:-1] != signs[1:])
    best = crossings[np.argmax(below[crossings])]
    return float(brentq(lambda x: float(odds(np.asarray([x]))[0]), _FINE[best], _FINE[best + 1]))


def group_probabilities(
    levels: Floats,
    samples_one: Sequence[float],
    samples_two: Sequence[float],
    bandwidth: float = BANDWIDTH,
) -> Floats:
    """How likely each of `levels` (n,), 0 to 1, comes from the first group: (n,), 0 to 1.

    Both groups are equally likely beforehand. Above 0.5 the level belongs to the first group.
    """
    one, two = _density(samples_one, bandwidth), _density(samples_two, bandwidth)
    odds = one.log_density(levels) - two.log_density(levels)
    return np.asarray(np.exp(-np.logaddexp(0, -odds)))


def _density(samples: Sequence[float], bandwidth: float) -> Kde:
    return Kde.of(np.asarray(samples, dtype=np.float64), bandwidth, "reflect")
