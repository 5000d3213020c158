"""How good probabilities are once it is known what was right.

Items may have different numbers of options, so their probabilities come as one array (n_options,)
per item, and `right` holds the position of the right option of each item.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.stats.arrays import Bools, Ints
from alignkit.stats.intervals import Interval, wilson
from alignkit.stats.probability import Floats

FLOOR = 1e-12
"""Smaller probabilities count as this in logarithms."""

Binning = Literal["width", "mass"]
"""Bins of equal width between 0 and 1, or bins with about equally many items."""


@dataclass(frozen=True)
class Bin:
    """One point of a reliability diagram: items with a prediction above `low`, up to `high`."""

    low: float
    high: float
    predicted: float
    """The mean prediction, 0 to 1."""
    share: float
    """The share of items where it happened, 0 to 1."""
    count: int
    interval: Interval
    """Wilson's interval of the share."""


def accuracy(probabilities: Sequence[Floats], right: Ints) -> float:
    """The share of items whose likeliest option is the right one, 0 to 1.

    Where k options are likeliest together and the right one is among them, the item counts 1/k:
    what drawing one of them would give on average, whatever the order of the options.

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    check_right(probabilities, right)
    likeliest = [p == p.max() for p in probabilities]
    return float(np.mean([top[r] / top.sum() for top, r in zip(likeliest, right, strict=True)]))


def brier(probabilities: Sequence[Floats], right: Ints) -> float:
    """The mean over items of the squared differences, summed over the options: 0 (best) to 2.

    This is Brier's own definition (1950, doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2).
    With two options it is twice `brier_binary`. Guessing among n options scores 1 - 1/n.

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    check_right(probabilities, right)
    misses = [float((p**2).sum() - 2 * p[r] + 1) for p, r in zip(probabilities, right, strict=True)]
    return float(np.mean(misses))


def brier_binary(predicted: Floats, happened: Bools) -> float:
    """The mean squared difference between a probability and what happened: 0 (best) to 1.

    Args:
        predicted: the probability that it happens, (n,), each 0 to 1.
        happened: whether it did, (n,).

    Raises:
        ValueError: there is no item, the lengths differ, or a prediction is outside 0 to 1.
    """
    _check_predicted(predicted, happened)
    return float(np.mean((predicted - happened) ** 2))


def log_loss(probabilities: Sequence[Floats], right: Ints, floor: float = FLOOR) -> float:
    """The mean of -log p(right option), in nats: 0 is best, log(n) is guessing among n options.

    Probabilities under `floor` count as `floor`, so that one item cannot make the mean infinite.

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    check_right(probabilities, right)
    given = np.array([p[r] for p, r in zip(probabilities, right, strict=True)], dtype=np.float64)
    return float(-np.log(np.maximum(given, floor)).mean())


def reliability(
    predicted: Floats,
    happened: Bools,
    bins: int = 10,
    binning: Binning = "width",
    level: float = 0.95,
) -> tuple[Bin, ...]:
    """The points of a reliability diagram: predictions in bins beside what happened. No empty bins.

    A prediction on the border of two bins is in the lower one, as in Guo et al. (2017). Bins of
    equal mass have the quantiles of the predictions as borders; equal predictions are never parted,
    so there can be fewer bins than asked for.

    Args:
        predicted: the probability that it happens, (n,), each 0 to 1. To judge choices: the
            probability of the chosen option, with `happened` saying whether it was right.
        happened: whether it did, (n,).
        bins: how many, at least 1.
        binning: "width" or "mass".
        level: of the intervals, between 0 and 1.

    Raises:
        ValueError: there is no item or no bin, the lengths differ, or a prediction is outside 0
            to 1.
    """
    _check_predicted(predicted, happened)
    if bins < 1:
        raise ValueError("there must be at least 1 bin")
    shares = np.linspace(0, 1, bins + 1)
    edges = shares if binning == "width" else np.unique(np.quantile(predicted, shares))
    numbers = np.maximum(1, np.searchsorted(edges, predicted, side="left"))
    found = []
    for number in np.unique(numbers):
        inside = numbers == number
        count, hits = int(inside.sum()), int(happened[inside].sum())
        found.append(
            Bin(
                low=float(edges[number - 1]),
                high=float(edges[min(number, len(edges) - 1)]),
                predicted=float(predicted[inside].mean()),
                share=hits / count,
                count=count,
                interval=wilson(hits, count, level),
            )
        )
    return tuple(found)


def expected_calibration_error(
    predicted: Floats, happened: Bools, bins: int = 10, binning: Binning = "width"
) -> float:
    """The mean distance between prediction and observed share over bins, by count: 0 to 1.

    With bins of equal width it is the ECE of Guo et al. (2017, eq. 3, arXiv:1706.04599), after
    Naeini et al. (2015, doi:10.1609/aaai.v29i1.9602); with bins of equal mass that of Nguyen and
    O'Connor (2015, arXiv:1508.05154). A perfectly calibrated sample of n items does not score 0:
    chance alone gives about sqrt(bins / n) / 3, so compare only equal n and bins.

    Args:
        predicted: the probability that it happens, (n,), each 0 to 1.
        happened: whether it did, (n,).
        bins: how many, at least 1.
        binning: "width" or "mass".

    Raises:
        ValueError: as `reliability`.
    """
    points = reliability(predicted, happened, bins, binning)
    gaps = [point.count * abs(point.predicted - point.share) for point in points]
    return sum(gaps) / len(predicted)


def check_right(probabilities: Sequence[Floats], right: Ints) -> None:
    """Refuse what cannot be scored.

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    if len(probabilities) != len(right) or not len(right):
        raise ValueError(f"{len(probabilities)} items do not fit {len(right)} right options")
    for number, (p, r) in enumerate(zip(probabilities, right, strict=True)):
        if not 0 <= r < len(p):
            raise ValueError(f"item {number} has {len(p)} options, and number {r} is to be right")


def _check_predicted(predicted: Floats, happened: Bools) -> None:
    if len(predicted) != len(happened) or not len(predicted):
        raise ValueError(f"{len(predicted)} predictions do not fit {len(happened)} outcomes")
    if not np.all((predicted >= 0) & (predicted <= 1)):
        raise ValueError("predictions must lie in 0 to 1")
