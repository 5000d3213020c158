"""Whether learned thresholds keep their guarantee, and after how many examples calibration pays.

It prints:

- how often a learned threshold breaks its guarantee, which must not be more often than allowed,
  and how much the thresholds decide, by the grid that they are taken from;
- what happens to the guarantee when examples of the same scenario pass for independent;
- after how many examples calibration pays, which sets MIN_EXAMPLES and ISOTONIC_FROM.

A guarantee is broken if the lower end of the Clopper-Pearson interval of the share of violations is
above 1 - certainty.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from itertools import product

import numpy as np
from scipy import optimize, special

from alignkit.stats.arrays import Bools, Ints
from alignkit.stats.calibration import StepMap, fit_isotonic, fit_temperature, one_against_rest
from alignkit.stats.clusters import one_per_cluster
from alignkit.stats.intervals import Interval, clopper_pearson
from alignkit.stats.probability import Floats, normalise
from alignkit.stats.risk import DEFAULT_GRID, NoThreshold, learn_threshold, spaced_grid
from alignkit.stats.too_few import TooFewExamples
from benchmarks.simulated.study import SEED

SETS = 2000
"""Samples for each line about guarantees and intervals; half of an error bar is 0.01 at 0.95."""
CERTAINTY = 0.9
UNLABELLED = 100
"""Other decisions, from which the spaced grid is read."""
POPULATION = 20_000
CALIBRATION_SETS, TEST_ITEMS = 60, 1500

Relation = Callable[[Floats], Floats]


@dataclass(frozen=True)
class World:
    """How confidences are spread (Beta), and how likely a decision is wrong at each."""

    name: str
    spread: tuple[float, float]
    wrong: Relation

    def draw(self, count: int, rng: np.random.Generator) -> tuple[Floats, Bools]:
        """Confidences (count,) and whether each decision is wrong (count,)."""
        confidence = rng.beta(*self.spread, count)
        return confidence, rng.random(count) < self.wrong(confidence)

    @cached_property
    def confidences(self) -> Floats:
        """The whole world: the middles of `POPULATION` equal shares, ascending."""
        shares = (np.arange(POPULATION) + 0.5) / POPULATION
        return np.asarray(special.betaincinv(*self.spread, shares))

    @cached_property
    def errors_above(self) -> Floats:
        """For each of `confidences`, the true error rate among decisions from there up."""
        wrong = self.wrong(self.confidences)[::-1].cumsum()
        return (wrong / np.arange(1, POPULATION + 1))[::-1]

    def truth(self, threshold: float) -> tuple[float, float]:
        """The true error rate at or above `threshold`, and the true share of decisions there."""
        first = min(int(np.searchsorted(self.confidences, threshold)), POPULATION - 1)
        return float(self.errors_above[first]), 1 - first / POPULATION


def worlds(error_rate: float) -> list[World]:
    """Three to learn in and four hostile ones, where most thresholds are only just unsafe."""
    unsafe = error_rate * 1.001
    return [
        World("calibrated", (1.5, 1.0), lambda c: (1 - c) / 2),
        World("overconfident", (4.0, 1.0), lambda c: 0.35 * (1 - c**4)),
        World("low confidences", (6.0, 14.0), lambda c: np.clip(0.5 - 1.2 * c, 0.01, 1)),
        World("no information", (1.0, 1.0), lambda c: np.full(c.shape, unsafe)),
        World("surest are worst", (1.0, 1.0), lambda c: unsafe * (0.5 + c)),
        World("surest worst, next best", (1.0, 1.0), lambda c: unsafe * _bump(c)),
        World("safe above 0.5", (1.0, 1.0), lambda c: unsafe * np.where(c < 0.5, 3, 0.9)),  # noqa: PLR2004
    ]


def _bump(confidence: Floats) -> Floats:
    """High above 0.9, 0 from there to 0.75, high again: the error above crosses 1 twice."""
    return np.select([confidence > 0.9, confidence > 0.75], [2.2, 0.0], 1.3)  # noqa: PLR2004


def learned(
    confidence: Floats, wrong: Bools, error_rate: float, others: Floats | None
) -> float | None:
    """A threshold on the grid spaced by `others`, or the default one; None where none is safe."""
    grid = DEFAULT_GRID
    if others is not None:
        grid = spaced_grid(others, len(wrong), error_rate, CERTAINTY)
    try:
        return learn_threshold(confidence, wrong, error_rate, CERTAINTY, grid).value
    except (NoThreshold, TooFewExamples):
        return None


def violations(
    world: World, error_rate: float, count: int, rng: np.random.Generator, *, spaced: bool
) -> tuple[str, bool]:
    """Over `SETS` calibration sets: violations and share decided as text; was the promise kept?"""
    broken, decided = 0, 0.0
    for _ in range(SETS):
        others = world.draw(UNLABELLED, rng)[0] if spaced else None
        value = learned(*world.draw(count, rng), error_rate, others)
        if value is not None:
            error, kept = world.truth(value)
            broken += error > error_rate
            decided += kept
    interval = clopper_pearson(broken, SETS)
    return f"{_share(broken, interval)}{decided / SETS:>6.2f}", interval.low <= 1 - CERTAINTY


def report() -> tuple[str, bool]:
    """All that is printed, and whether every guarantee is kept."""
    rng, page = np.random.default_rng(SEED), StringIO()
    with redirect_stdout(page):
        kept = [guarantee(rng), clustered_guarantee(rng)]
        calibration(rng)
    return page.getvalue(), all(kept)


def guarantee(rng: np.random.Generator) -> bool:
    """Print how often learned thresholds are unsafe; whether no more often than allowed."""
    print(f"LEARNED THRESHOLDS: {SETS} calibration sets a line, certainty {CERTAINTY}.")
    print("unsafe: the true error rate is above the one asked for (allowed: 0.100)")
    print("decided: the true share of decisions at or above the threshold (0 where there is none)")
    print(f"\n{'':<34}{'spaced grid':<28}default grid")
    print(
        f"{'world':<24}{'rate':>5}{'n':>5}{'unsafe':>8}{'decided':>20}{'unsafe':>8}{'decided':>20}"
    )
    kept = True
    for rate, count in ((0.05, 250), (0.1, 60), (0.1, 250), (0.2, 100)):
        for world in worlds(rate):
            spaced, held = violations(world, rate, count, rng, spaced=True)
            default, also = violations(world, rate, count, rng, spaced=False)
            print(f"{world.name:<24}{rate:>5}{count:>5}  {spaced}  {default}")
            kept = kept and held and also
    print(f"\nThe guarantee is {'kept' if kept else 'BROKEN'}.\n")
    return kept


def clustered_guarantee(rng: np.random.Generator) -> bool:
    """Print the same where five examples share a scenario, which is all right or all wrong."""
    print("CLUSTERS: 60 scenarios of 5 examples, right or wrong together, error rate 0.1, unsafe:")
    labels = np.repeat(np.arange(60), 5)
    world = worlds(0.1)[3]
    everything = np.arange(len(labels))
    broken = {"all examples as if independent": 0, "one example per scenario": 0}
    for _ in range(SETS):
        others, _wrong = world.draw(UNLABELLED, rng)
        confidence = world.draw(len(labels), rng)[0]
        wrong = (rng.random(60) < world.wrong(np.zeros(60)))[labels]
        drawn = one_per_cluster(labels, rng)
        for name, chosen in zip(broken, (everything, drawn), strict=True):
            value = learned(confidence[chosen], wrong[chosen], 0.1, others)
            broken[name] += value is not None
    for name, count in broken.items():
        print(f"  {name:<34}{_share(count, clopper_pearson(count, SETS))}")
    print()
    return clopper_pearson(broken["one example per scenario"], SETS).low <= 1 - CERTAINTY


RELATIONS: dict[str, Relation] = {
    "already right": lambda z: special.softmax(z, axis=1),
    "temperature 1/2": lambda z: special.softmax(z * 2, axis=1),
    "temperature 2": lambda z: special.softmax(z / 2, axis=1),
    "temperature 4": lambda z: special.softmax(z / 4, axis=1),
    "never over 0.75": lambda z: 0.75 * special.softmax(z, axis=1) + 0.25 / z.shape[1],
    "levels off": lambda z: special.softmax(2 * np.tanh(z / 2), axis=1),
}
"""The true probabilities of the options, given the logits that the model reports."""


def calibration(rng: np.random.Generator) -> None:
    """Print how far raw and calibrated probabilities are from the best possible log loss."""
    print(
        f"CALIBRATION: log loss over the least possible, in nats; {CALIBRATION_SETS} sets a line."
    )
    print("better: share of sets where the temperature beats the raw probabilities")
    print("plain: isotonic regression as it is, only kept off 0 and 1\n")
    head = ("raw", "temper.", "better", "step map", "plain")
    print(f"{'options':<8}{'relation':<17}{'n':>5}" + "".join(f"{name:>9}" for name in head))
    for options, (name, relation) in product((2, 4), RELATIONS.items()):
        for count in (20, 30, 50, 100, 200, 500, 1000):
            line = [calibrated(relation, options, count, rng) for _ in range(CALIBRATION_SETS)]
            raw, temperature, step, plain = np.array(line).T
            cells = [raw, temperature, temperature < raw, step, plain]
            print(f"{options:<8}{name:<17}{count:>5}" + "".join(f"{c.mean():>9.4f}" for c in cells))
    print()


def calibrated(
    relation: Relation, options: int, count: int, rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Out of sample: the excess loss raw, with a temperature, a step map, and plain isotonic."""
    logits = 2 * rng.standard_normal((count, options))
    items = list(special.softmax(logits, axis=1))
    right = _drawn(relation(logits), rng)
    fresh = 2 * rng.standard_normal((TEST_ITEMS, options))
    true, raw = relation(fresh), special.softmax(fresh, axis=1)
    pairs = one_against_rest(items, right)
    answers = (
        raw,
        special.softmax(fresh / fit_temperature(items, right), axis=1),
        normalise(fit_isotonic(*pairs)(raw)),
        normalise(_plain_isotonic(*pairs)(raw)),
    )
    least = special.entr(true).sum(axis=1).mean()
    losses = [float(-(true * np.log(answer)).sum(axis=1).mean() - least) for answer in answers]
    return losses[0], losses[1], losses[2], losses[3]


def _plain_isotonic(raw: Floats, truth: Floats) -> StepMap:
    """Without smoothing; only 0 and 1 are kept off by the rule of succession."""
    order = np.argsort(raw)
    values = optimize.isotonic_regression(truth[order]).x
    edge = 1 / (len(raw) + 2)
    return StepMap(tuple(raw[order]), tuple(np.clip(values, edge, 1 - edge)))


def _drawn(probabilities: Floats, rng: np.random.Generator) -> Ints:
    """An option of each row, drawn by its probabilities."""
    below = probabilities.cumsum(axis=1) < rng.random((len(probabilities), 1))
    return np.asarray(np.minimum(below.sum(axis=1), probabilities.shape[1] - 1))


def _share(count: int, interval: Interval) -> str:
    return f"{count / SETS:.3f} ({interval.low:.3f} to {interval.high:.3f})"
