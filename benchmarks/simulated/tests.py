"""How often tests find what is not there, and how often they find what is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from scipy import special

from alignkit.stats.comparison import chi_square_fit, holm, paired_difference
from alignkit.stats.intervals import clustered_mean
from alignkit.stats.margin import equivalence, macro_non_inferiority, non_inferiority
from alignkit.stats.paired import compare_pairs, mcnemar
from alignkit.stats.power import (
    cautious_spread,
    cluster_spread,
    clusters_for_equivalence,
    clusters_needed,
    detectable,
    paired_power,
)
from alignkit.stats.probability import Floats
from alignkit.stats.trend import trend
from benchmarks.simulated import worlds
from benchmarks.simulated.coverage import LEVELS
from benchmarks.simulated.study import Promise, Study

ALPHA = 0.05
ONE_SIDED = 0.025
SLOW = 1000
"""Draws of lines with random sign flips."""
MARGIN = 0.05


def studies() -> Iterator[Study]:
    """Every test in turn."""
    yield from _no_difference()
    yield from _no_trend()
    yield from _margins()
    yield from _families()
    yield from _power()


def _no_difference() -> Iterator[Study]:
    for items in (20, 100, 400):

        def exact(rng: np.random.Generator, items: int = items) -> bool:
            return mcnemar(*worlds.marked_pairs(items, 0.1, 0.1, rng)).p_value <= ALPHA

        yield Study("mcnemar", f"{items} items, 20% differ", exact, ALPHA, "at most")
    for skewed, clusters in ((False, 6), (False, 10), (False, 30), (True, 10), (True, 30)):

        def flips(rng: np.random.Generator, g: int = clusters, skewed: bool = skewed) -> bool:  # noqa: FBT001
            groups = worlds.labels(g, rng)
            difference = worlds.around_zero(groups, rng, skewed=skewed)
            return _paired(difference, groups, rng) <= ALPHA

        kind = "skewed" if skewed else "symmetric"
        world = f"{clusters} clusters of 1 to 6, {kind}"
        promise: Promise = "limit" if skewed else "at most"
        draws = 2000 if clusters <= 10 else SLOW  # noqa: PLR2004
        yield Study("paired_difference", world, flips, ALPHA, promise, draws)

    def marks(rng: np.random.Generator) -> bool:
        groups = worlds.labels(12, rng, 3)
        a, b = (worlds.alike_marks(groups, 0.6, rng) for _ in range(2))
        return compare_pairs(a, b, groups, rng).p_value <= ALPHA

    world = "12 clusters of 1 to 3, right or wrong"
    yield Study("compare_pairs", world, marks, ALPHA, "at most", SLOW)


def _paired(differences: Floats, groups: worlds.Ints, rng: np.random.Generator) -> float:
    return paired_difference(differences, np.zeros(len(groups)), groups, rng).p_value


def _no_trend() -> Iterator[Study]:
    worlds_of = (
        (6, 0.0, False),
        (10, 0.0, False),
        (10, 2.0, False),
        (30, 2.0, False),
        (10, 2.0, True),
    )
    for clusters, spread, skewed in worlds_of:

        def once(
            rng: np.random.Generator,
            g: int = clusters,
            spread: float = spread,
            skewed: bool = skewed,  # noqa: FBT001
        ) -> bool:
            groups = worlds.labels(g, rng)
            results = worlds.responses(LEVELS, groups, spread, rng, skewed=skewed)
            return trend(LEVELS, results, groups, rng).slope.p_value <= ALPHA

        kind = "no effect" if not spread else "slopes differ, mean 0"
        world = f"{clusters} clusters of 1 to 6, {kind}{', skewed' if skewed else ''}"
        promise: Promise = "limit" if skewed else "at most"
        draws = 2000 if clusters <= 10 else SLOW  # noqa: PLR2004
        yield Study("trend", world, once, ALPHA, promise, draws)


def _margins() -> Iterator[Study]:
    for items in (100, 400, 1000):
        draw = _marks(items)
        world = f"{items} independent items, truly {MARGIN:g} worse"
        slack = 0.01 if items < 400 else 0.005  # noqa: PLR2004
        for verdict in ("non-inferior", "inferior"):
            once = _verdict(draw, MARGIN, verdict)
            yield Study(f"non_inferiority, {verdict}", world, once, ONE_SIDED, "about", 2000, slack)
    for clusters in (30, 100):
        draw = _clustered(clusters)
        world = f"{clusters} clusters of 1 to 6, truly {MARGIN:g} worse"
        for verdict in ("non-inferior", "inferior"):
            once = _verdict(draw, MARGIN, verdict)
            yield Study(f"non_inferiority, {verdict}", world, once, ONE_SIDED, "about", SLOW, 0.01)
        yield Study("equivalence", world, _equivalent(draw, MARGIN), ALPHA, "about", draws=SLOW)
    yield Study(
        "equivalence",
        f"400 independent items, truly {MARGIN:g} apart",
        _equivalent(_marks(400), MARGIN),
        ALPHA,
        "about",
        draws=2000,
    )
    for verdict in ("non-inferior", "inferior"):
        once = _verdict(_rare, 0.02, verdict)
        world = "100 clusters of 1 to 3, truly 0.02 worse, 2% of clusters lost"
        yield Study(f"non_inferiority, {verdict}", world, once, ONE_SIDED, "at most", SLOW)
    yield Study(
        "macro_non_inferiority, non-inferior",
        f"ten groups of 12 clusters, truly {MARGIN:g} worse",
        _subjects,
        ONE_SIDED,
        "about",
        SLOW,
        0.01,
    )


def _subjects(rng: np.random.Generator) -> bool:
    groups = np.repeat(np.arange(10), 12)
    change = rng.standard_normal(len(groups)) / 10 + (groups - 4.5) / 100 - MARGIN
    change = np.clip(change, -1, 1)
    found = macro_non_inferiority(
        change, np.zeros(len(groups)), groups, np.arange(len(groups)), MARGIN
    )
    return found.verdict == "non-inferior"


Draw = Callable[[np.random.Generator], tuple[Floats, Floats, worlds.Ints]]
"""New results, those of the reference, and the clusters."""


def _marks(items: int) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Floats, Floats, worlds.Ints]:
        new, old = worlds.marked_pairs(items, 0.05, 0.05 + MARGIN, rng)
        return new.astype(np.float64), old.astype(np.float64), np.arange(items)

    return draw


def _clustered(clusters: int) -> Draw:
    def draw(rng: np.random.Generator) -> tuple[Floats, Floats, worlds.Ints]:
        groups = worlds.labels(clusters, rng)
        change = worlds.around_zero(groups, rng) / 20 - MARGIN
        return change, np.zeros(len(groups)), groups

    return draw


def _rare(rng: np.random.Generator) -> tuple[Floats, Floats, worlds.Ints]:
    groups = worlds.labels(100, rng, 3)
    lost = rng.random(100) < 0.02  # noqa: PLR2004
    return -lost[groups].astype(np.float64), np.zeros(len(groups)), groups


def _verdict(draw: Draw, margin: float, verdict: str) -> Callable[[np.random.Generator], bool]:
    def once(rng: np.random.Generator) -> bool:
        return non_inferiority(*draw(rng), margin).verdict == verdict

    return once


def _equivalent(draw: Draw, margin: float) -> Callable[[np.random.Generator], bool]:
    def once(rng: np.random.Generator) -> bool:
        return equivalence(*draw(rng), margin).verdict == "equivalent"

    return once


def _families() -> Iterator[Study]:
    def family(rng: np.random.Generator) -> bool:
        """Six methods against one: their differences share what the one did."""
        groups = np.arange(8)
        common = rng.standard_normal(8)
        p_values = [_paired(rng.standard_normal(8) - common, groups, rng) for _ in range(6)]
        return bool(holm(np.array(p_values)).min() <= ALPHA)

    yield Study("holm", "6 dependent tests, none true", family, ALPHA, "at most", SLOW)
    for count in (50, 500):

        def fit(rng: np.random.Generator, count: int = count) -> bool:
            shares = np.array([0.4, 0.3, 0.2, 0.07, 0.03])
            return chi_square_fit(rng.multinomial(count, shares), shares).p_value <= ALPHA

        yield Study("chi_square_fit", f"{count} answers of 5 kinds", fit, ALPHA, slack=0.01)


def _power() -> Iterator[Study]:
    for effect in (0.3, 0.5, 0.8):
        clusters = clusters_needed(effect, 1.0, 0.8)
        stated = paired_power(effect, 1.0, clusters)
        world = f"effect {effect} spreads, {clusters} clusters, for a power of 0.8"
        yield Study("clusters_needed, t test", world, _found(effect, clusters), stated, slack=0.0)
        flips = _found_by_flips(effect, clusters)
        yield Study("clusters_needed, sign flips", world, flips, stated, "about", SLOW, slack=0.03)
    for clusters, power in ((10, 0.9), (50, 0.8)):
        once = _found(detectable(1.0, clusters, power), clusters)
        world = f"{clusters} clusters, power {power}"
        yield Study("detectable, t test", world, once, power, slack=0.0)

    def planned(rng: np.random.Generator) -> bool:
        """Right or wrong answers in clusters, the number of clusters from a large pilot."""
        found = compare_pairs(*_better(_planned(), rng), rng)
        return found.p_value <= ALPHA

    world = f"marks that differ by 0.1, {_planned()} clusters of 1 to 6, from a pilot"
    yield Study("clusters_needed, marks", world, planned, 0.8, "about", SLOW, slack=0.03)
    for spread in (0.05, 0.1, 0.2):
        clusters = clusters_for_equivalence(MARGIN, spread, 0.8)
        world = f"clusters vary by {spread:g}, margin {MARGIN:g}, {clusters} clusters"
        same = _equivalent(_varying(clusters, spread), MARGIN)
        yield Study("clusters_for_equivalence", world, same, 0.8, "at least", draws=2000)
    for pilot in (10, 30):

        def cautious(rng: np.random.Generator, pilot: int = pilot) -> bool:
            found = cluster_spread(rng.standard_normal(pilot), np.arange(pilot))
            return cautious_spread(found, pilot) >= 1

        world = f"pilot of {pilot} clusters, certainty 0.8"
        yield Study("cautious_spread", world, cautious, 0.8, slack=0.0)


def _varying(clusters: int, spread: float) -> Draw:
    """Clusters of one item, whose differences vary by `spread` around 0."""

    def draw(rng: np.random.Generator) -> tuple[Floats, Floats, worlds.Ints]:
        change = spread * rng.standard_normal(clusters)
        return change, np.zeros(clusters), np.arange(clusters)

    return draw


def _found(effect: float, clusters: int) -> Callable[[np.random.Generator], bool]:
    """Whether the t test, read from the interval, finds the effect."""

    def once(rng: np.random.Generator) -> bool:
        values = effect + rng.standard_normal(clusters)
        ends = clustered_mean(values, np.arange(clusters)).interval
        return ends.low > 0 or ends.high < 0

    return once


def _found_by_flips(effect: float, clusters: int) -> Callable[[np.random.Generator], bool]:
    def once(rng: np.random.Generator) -> bool:
        values = effect + rng.standard_normal(clusters)
        return _paired(values, np.arange(clusters), rng) <= ALPHA

    return once


def _better(clusters: int, rng: np.random.Generator) -> tuple[Floats, Floats, worlds.Ints]:
    """Marks of which the first are right in 0.7 and the second in 0.6, alike within clusters."""
    groups = worlds.labels(clusters, rng)
    common = rng.standard_normal(clusters)[groups]
    noise = rng.standard_normal((2, len(groups)))
    limits = np.array([[0.7], [0.6]])
    latent = common + noise
    marks = (latent / math.sqrt(2) < special.ndtri(limits)).astype(np.float64)
    return marks[0], marks[1], groups


@cache
def _planned() -> int:
    """Clusters for a difference of 0.1 between marks, from a large pilot."""
    a, b, groups = _better(20_000, np.random.default_rng(0))
    return clusters_needed(0.1, cluster_spread(a - b, groups), 0.8)
