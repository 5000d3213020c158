"""How far two distributions over the same levels are apart."""

from __future__ import annotations

import math

import numpy as np

from alignkit.stats.probability import Floats


def jensen_shannon(one: Floats, two: Floats) -> float:
    """The Jensen-Shannon distance of two distributions (n,): 0 (equal) to 1 (nothing shared).

    The square root of the mean Kullback-Leibler divergence, in bits, from their average (Lin,
    1991, doi:10.1109/18.61115). The root makes it a metric (Endres and Schindelin, 2003,
    doi:10.1109/TIT.2003.813506).
    """
    middle = (one + two) / 2
    bits = (_bits(one, middle) + _bits(two, middle)) / 2
    return math.sqrt(max(0.0, bits))  # equal distributions can come out below 0 by rounding


def _bits(one: Floats, middle: Floats) -> float:
    """Kullback-Leibler divergence of `one` from `middle`, in bits."""
    there = (one > 0) & (middle > 0)  # half of the smallest number above 0 is 0
    return float((one[there] * np.log2(one[there] / middle[there])).sum())
