"""Maps that make probabilities mean what they say: 0.7 is right 7 times out of 10.

A temperature is one number and needs few examples, but can only make all probabilities bolder or
all of them more modest. A step map follows any rising curve and needs many. `make simulate`
measures both out of sample; the numbers below are from its table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np

from alignkit.stats.arrays import Ints, Labels
from alignkit.stats.clusters import members
from alignkit.stats.probability import Floats, normalise, softmax
from alignkit.stats.scoring import FLOOR, check_right
from alignkit.stats.too_few import TooFewExamples

Map = TypeVar("Map")
Prediction = TypeVar("Prediction")

MIN_EXAMPLES = 30
ISOTONIC_FROM = 500
LARGEST_TEMPERATURE = 20.0
"""Temperatures are sought from 1 / this to this."""
RAW_SHARE = 0.001
"""How much of the raw probability a step map mixes in, so that no two become equal."""


@dataclass(frozen=True)
class StepMap:
    """A rising map from raw to calibrated probabilities: straight lines between knots."""

    x: tuple[float, ...]
    """Raw probabilities, each larger than the one before."""
    y: tuple[float, ...]
    """What they become, 0 to 1, none smaller than the one before."""

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y) or not self.x:
            raise ValueError(f"{len(self.x)} knots do not fit {len(self.y)} values")
        if any(a >= b for a, b in pairwise(self.x)):
            raise ValueError("the knots must rise")
        if any(a > b for a, b in pairwise((0.0, *self.y, 1.0))):
            raise ValueError("the values must lie in 0 to 1 and never fall")

    def __call__(self, raw: Floats) -> Floats:
        """`raw` probabilities, of any shape, mapped.

        Below the first and above the last knot the map is level. A share of `RAW_SHARE` of the raw
        probability is mixed in, which moves none by more than that and keeps different ones
        different, so the map never makes a tie.
        """
        level = np.interp(raw, self.x, self.y)
        return np.asarray((1 - RAW_SHARE) * level + RAW_SHARE * raw, dtype=np.float64)


def calibration_kind(n_groups: int) -> Literal["temperature", "isotonic"]:
    """Which map `n_groups` labelled scenarios are enough for.

    Measured out of sample on relations that fit a temperature and others that don't, with 2 and 4
    options (`make simulate`):

    - `MIN_EXAMPLES` = 30: a temperature has a smaller log loss than the raw probabilities in at
      least 9 of 10 samples, wherever these are off by a factor of 2 or do not fit a temperature at
      all. It costs 0.02 nats where they were right. With 20 it is down to 6 of 10 in one case.
    - `ISOTONIC_FROM` = 500: a step map is at most 0.006 nats worse than a temperature, and up to
      0.016 better where a temperature does not fit. With 200 it is up to 0.008 worse.

    Raises:
        TooFewExamples: there are fewer than `MIN_EXAMPLES`.
    """
    if n_groups < MIN_EXAMPLES:
        raise TooFewExamples(MIN_EXAMPLES, n_groups)
    return "temperature" if n_groups < ISOTONIC_FROM else "isotonic"


def fit_temperature(probabilities: Sequence[Floats], right: Ints) -> float:
    """The temperature that makes the right options likeliest: over 1 modest, under 1 bold.

    Temperature scaling is from Guo et al. (2017, section 4.2, arXiv:1706.04599). Here sharpness
    b = 1 / temperature has a Gamma prior with its mode at 1 and the weight of about one example:
    the sum of log losses gets b - 1 - log b added. Without it a handful of examples that are all
    right ask for a temperature of 0. The sum is convex in b, so there is one minimum.

    Args:
        probabilities: for each item, of its options, (n_options,). For logits give their softmax,
            which has the same temperature.
        right: the position of the right option of each item, (n,).

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    from scipy import optimize, special

    check_right(probabilities, right)
    logs = np.full((len(right), max(map(len, probabilities))), -np.inf)
    for row, p in zip(logs, probabilities, strict=True):
        row[: len(p)] = np.log(np.maximum(p, FLOOR))
    of_right = logs[np.arange(len(right)), right]

    def loss(log_sharpness: float) -> float:
        sharpness = math.exp(log_sharpness)
        fit = special.logsumexp(sharpness * logs, axis=1) - sharpness * of_right
        return float(fit.sum() + sharpness - 1 - log_sharpness)

    end = math.log(LARGEST_TEMPERATURE)
    best = optimize.minimize_scalar(loss, bounds=(-end, end), options={"xatol": 1e-7})
    return math.exp(-float(best.x))


def at_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities (n_options,) raised to 1 / `temperature` and scaled to sum to 1: (n_options,).

    The order of the options stays.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError("temperature must be above 0")
    return softmax(np.log(np.maximum(probabilities, FLOOR)) / temperature)


def fit_isotonic(raw: Floats, truth: Floats, weights: Floats | None = None) -> StepMap:
    """The rising map from `raw` to `truth` with the least squared error, smoothed.

    Isotonic regression (Zadrozny and Elkan, 2002, doi:10.1145/775047.775151) gives blocks of equal
    values. Two things are done to it, which make its excess log loss out of sample smaller, with
    500 scenarios by a factor of 1.3 to 3 (`make simulate`). A block with sum s and weight w gets
    (s + 1/2) / (w + 1) rather than s / w, as the Jeffreys prior has it, so that no end claims 0 or
    1. And the map goes straight from the middle of one block to the middle of the next, where the
    plain one jumps.

    Args:
        raw: probabilities, (n,), each 0 to 1.
        truth: what they should have been, (n,), each 0 to 1: 1 where it happened, 0 where not.
        weights: as how many examples each counts, above 0, (n,); all 1 if left out.

    Raises:
        ValueError: there is no item, the lengths differ, or a number is out of its range.
    """
    from scipy import optimize

    weights = np.ones(len(raw)) if weights is None else weights
    _check_isotonic(raw, truth, weights)
    # Knots closer than this could change places when the middle of a block is rounded.
    x, numbers = np.unique(np.round(raw, 12), return_inverse=True)
    mass = np.bincount(numbers, weights)
    means = np.bincount(numbers, weights * truth) / mass
    starts = optimize.isotonic_regression(means, weights=mass).blocks[:-1]
    masses = np.add.reduceat(mass, starts)
    middles = np.add.reduceat(mass * x, starts) / masses
    smooth = (np.add.reduceat(mass * means, starts) + 0.5) / (masses + 1)
    values = optimize.isotonic_regression(smooth, weights=masses).x
    return StepMap(tuple(middles.tolist()), tuple(values.tolist()))


def one_against_rest(probabilities: Sequence[Floats], right: Ints) -> tuple[Floats, Floats]:
    """All options of all items as single predictions: `raw` and `truth` for `fit_isotonic`.

    Raises:
        ValueError: there is no item, the lengths differ, or an item lacks its right option.
    """
    check_right(probabilities, right)
    truths = [np.arange(len(p)) == r for p, r in zip(probabilities, right, strict=True)]
    return np.concatenate(probabilities), np.concatenate(truths).astype(np.float64)


def mapped(probabilities: Floats, step_map: StepMap) -> Floats:
    """Probabilities (n_options,), each mapped on its own, then scaled to sum to 1: (n_options,).

    The order of the options stays. Scaling moves each by the same factor, so that with more than
    two options a probability is no longer exactly what the map says (Zadrozny and Elkan,
    2002); with two it hardly matters, because a map fitted on both options of each item treats
    p and 1 - p alike.
    """
    return normalise(step_map(probabilities))


def cross_validated(
    fit: Callable[[Ints], Map],
    apply: Callable[[Map, Ints], Sequence[Prediction]],
    groups: Labels,
    folds: int,
    rng: np.random.Generator,
) -> list[Prediction]:
    """For each item, what is predicted by a map that was fitted without the item's whole group.

    Args:
        fit: takes the positions of the items to learn from and gives what was learned.
        apply: takes that and the positions of other items and gives a prediction for each.
        groups: the label of each item, (n,), such as its scenario.
        folds: into how many parts the groups are dealt, at random and as evenly as can be; from 2
            to the number of groups.
        rng: deals them.

    Returns:
        The predictions in the order of the items, (n,).

    Raises:
        ValueError: the number of folds does not fit the number of groups.
    """
    parts = members(groups)
    if not 2 <= folds <= len(parts):  # noqa: PLR2004
        raise ValueError(f"{len(parts)} groups cannot be dealt into {folds} folds")
    found: dict[int, Prediction] = {}
    for fold in np.array_split(rng.permutation(len(parts)), folds):
        held_out = np.sort(np.concatenate([parts[number] for number in fold]))
        learned = fit(np.setdiff1d(np.arange(len(groups)), held_out))
        found |= zip(held_out.tolist(), apply(learned, held_out), strict=True)
    return [found[position] for position in range(len(groups))]


def _check_isotonic(raw: Floats, truth: Floats, weights: Floats) -> None:
    if not len(raw) == len(truth) == len(weights) or not len(raw):
        raise ValueError(f"{len(raw)} raw, {len(truth)} true and {len(weights)} weights do not fit")
    for name, values in (("raw", raw), ("true", truth)):
        if not np.all((values >= 0) & (values <= 1)):
            raise ValueError(f"{name} probabilities must lie in 0 to 1")
    if not np.all(weights > 0):
        raise ValueError("weights must be above 0")
