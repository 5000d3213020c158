"""What samples are drawn from: items in clusters that share something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from alignkit.stats.arrays import Bools, Ints
from alignkit.stats.ideal_point import WEIGHT_CENTRE, WEIGHT_SPREAD, Compared
from alignkit.stats.probability import Floats

LARGEST = 6
"""Clusters have 1 to this many items, drawn evenly."""


def labels(clusters: int, rng: np.random.Generator, largest: int = LARGEST) -> Ints:
    """The cluster of each item, where clusters have 1 to `largest` items."""
    return np.repeat(np.arange(clusters), rng.integers(1, largest + 1, clusters))


def around_zero(groups: Ints, rng: np.random.Generator, *, skewed: bool = False) -> Floats:
    """A value per item with mean 0: what its cluster shares, normal or skewed, and its own."""
    count = int(groups.max()) + 1
    common = rng.exponential(1, count) - 1 if skewed else rng.standard_normal(count)
    return np.asarray(common[groups] + rng.standard_normal(len(groups)))


def alike_marks(groups: Ints, rate: float, rng: np.random.Generator) -> Floats:
    """A mark 0 or 1 per item, likely as `rate` on average, alike within clusters (beta-binomial).

    The correlation within clusters is 1/4.
    """
    likely = rng.beta(3 * rate, 3 * (1 - rate), int(groups.max()) + 1)
    return np.asarray(rng.random(len(groups)) < likely[groups], dtype=np.float64)


def marked_pairs(
    items: int, gained: float, lost: float, rng: np.random.Generator
) -> tuple[Bools, Bools]:
    """Right or wrong by two methods: of pairs that do not differ 2/3 are right."""
    draw = rng.random(items)
    same = rng.random(items) < 2 / 3
    first, second = draw < gained, (draw >= gained) & (draw < gained + lost)
    return first | (~second & same), second | (~first & same)


def scored(
    groups: Ints, shift: float, rng: np.random.Generator, shared: Floats | None = None
) -> tuple[Floats, Bools]:
    """Scores that share a normal part within clusters; every second item positive, by `shift` up.

    The area under the curve is that of a normal difference with mean `shift` and variance 2.5.
    """
    common = rng.standard_normal(int(groups.max()) + 1) / 2 if shared is None else shared
    positive = np.arange(len(groups)) % 2 == 0
    return common[groups] + rng.standard_normal(len(groups)) + shift * positive, positive


def pairs_won(scores: Floats, positive: Bools, groups: Ints) -> Floats:
    """How many positives of each cluster score above how many negatives of each: (g, g)."""
    high, low = groups[positive], groups[~positive]
    won = (scores[positive][:, None] > scores[~positive]).astype(np.float64)
    count = int(groups.max()) + 1
    return np.eye(count)[:, high] @ won @ np.eye(count)[low]


def responses(
    levels: Floats, groups: Ints, spread: float, rng: np.random.Generator, *, skewed: bool = False
) -> Floats:
    """Results (n, k) whose slope is 0 on average and differs between clusters by `spread`."""
    count = int(groups.max()) + 1
    tilt = rng.exponential(1, count) - 1 if skewed else rng.standard_normal(count)
    start = rng.standard_normal(len(groups))
    noise = rng.standard_normal((len(groups), len(levels)))
    return start[:, None] + spread * tilt[groups, None] * levels + noise


@dataclass(frozen=True)
class Person:
    """Somebody who likes what is near their targets, as the model of ideal points has it."""

    targets: Floats
    """(k,), 0 to 1."""
    weights: Floats
    """(k,), in units of their noise."""

    @classmethod
    def drawn(
        cls, attributes: int, rng: np.random.Generator, targets: Floats | None = None
    ) -> Person:
        """Drawn as the model takes people to be beforehand, or with these targets."""
        weights = WEIGHT_CENTRE * np.exp(WEIGHT_SPREAD * rng.standard_normal(attributes))
        return cls(rng.random(attributes) if targets is None else targets, weights)

    def compares(self, first: Floats, second: Floats, rng: np.random.Generator) -> Compared:
        """What they say of each of n pairs with levels (n, k)."""
        away = (second - self.targets) ** 2 - (first - self.targets) ** 2
        likes = rng.random(len(first)) < special.expit(away @ self.weights)
        return Compared(first, second, likes.astype(np.float64), np.ones(len(first)))
