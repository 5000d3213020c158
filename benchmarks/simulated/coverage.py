"""How often intervals of level 0.95 hold the true value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
from scipy import special

from alignkit.stats.bias import bias_ambiguous, bias_disambiguated
from alignkit.stats.ideal_point import fit_wishes
from alignkit.stats.intervals import (
    Interval,
    bootstrap_difference,
    clopper_pearson,
    clustered_bootstrap,
    clustered_mean,
    mean_of_means,
    wilson,
)
from alignkit.stats.macro import macro_mean
from alignkit.stats.paired import clustered_interval, mcnemar
from alignkit.stats.probability import Floats
from alignkit.stats.ranking import auc_interval
from alignkit.stats.selective import area_under_risk
from alignkit.stats.share import clustered_share
from alignkit.stats.trend import item_slopes
from benchmarks.simulated import worlds
from benchmarks.simulated.study import Promise, Study

LEVEL = 0.95
FEW = 30
"""With fewer clusters, t and the bootstrap promise nothing."""
BOOTSTRAP = 400
"""Draws of lines with a bootstrap, each of `RESAMPLES`."""
RESAMPLES = 300
LEVELS = np.linspace(0, 1, 5)


def studies() -> Iterator[Study]:
    """Every interval in turn."""
    yield from _shares()
    yield from _means()
    yield from _pairs()
    yield from _areas()
    yield from _bootstraps()
    yield from _metrics()
    yield from _wishes()


def holds(interval: Interval, value: float) -> bool:
    """Whether `value` is in the interval, but for rounding."""
    return interval.low - 1e-12 <= value <= interval.high + 1e-12


def _shares() -> Iterator[Study]:
    for items in (10, 50, 200):

        def once(rng: np.random.Generator, items: int = items) -> bool:
            rate = rng.random()
            return holds(wilson(int(rng.binomial(items, rate)), items), rate)

        def exact(rng: np.random.Generator, items: int = items) -> bool:
            rate = rng.random()
            return holds(clopper_pearson(int(rng.binomial(items, rate)), items), rate)

        yield Study("wilson", f"{items} items, any rate", once, LEVEL)
        yield Study("clopper_pearson", f"{items} items, any rate", exact, LEVEL, "at least")
    for rate, clusters in product((0.5, 0.9), (10, 30, 100)):

        def clustered(rng: np.random.Generator, rate: float = rate, g: int = clusters) -> bool:
            groups = worlds.labels(g, rng)
            marks = worlds.alike_marks(groups, rate, rng)
            return holds(clustered_share(marks, groups).interval, rate)

        world = f"{clusters} clusters of 1 to 6, rate {rate}"
        promise: Promise = "limit" if clusters < FEW else "about"
        yield Study("clustered_share", world, clustered, LEVEL, promise, slack=0.02)

    for clusters in (10, 30):

        def parts(rng: np.random.Generator, g: int = clusters) -> bool:
            groups = worlds.labels(g, rng)
            center = rng.beta(8, 2, g)[groups]
            found = clustered_share(rng.beta(10 * center, 10 - 10 * center), groups)
            return holds(found.interval, 0.8)

        world = f"{clusters} clusters of 1 to 6, parts of 1, mean 0.8"
        promise: Promise = "limit" if clusters < FEW else "about"
        yield Study("clustered_share", world, parts, LEVEL, promise, slack=0.02)


def _means() -> Iterator[Study]:
    for skewed, clusters in product((False, True), (5, 10, 30, 100)):

        def once(rng: np.random.Generator, g: int = clusters, skewed: bool = skewed) -> bool:  # noqa: FBT001
            groups = worlds.labels(g, rng)
            return holds(
                clustered_mean(worlds.around_zero(groups, rng, skewed=skewed), groups).interval, 0
            )

        yield Study(
            "clustered_mean",
            f"{clusters} clusters of 1 to 6, {'skewed' if skewed else 'normal'}",
            once,
            LEVEL,
            "limit" if clusters < FEW else "about",
            slack=0.02,
        )
    for sizes in ((10, 10), (10, 30, 100)):

        def several(rng: np.random.Generator, sizes: tuple[int, ...] = sizes) -> bool:
            found = []
            for number, size in enumerate(sizes):
                groups = worlds.labels(size, rng)
                values = (number + 1) * worlds.around_zero(groups, rng)
                found.append(clustered_mean(values, groups))
            return holds(mean_of_means(found).interval, 0)

        world = f"families of {', '.join(map(str, sizes))} clusters, unequal spreads"
        promise = "limit" if max(sizes) < FEW else "about"
        yield Study("mean_of_means", world, several, LEVEL, promise, slack=0.02)
    for clusters in (10, 30, 100):

        def macro(rng: np.random.Generator, g: int = clusters) -> bool:
            """Each item is in one of three groups, of which the last is rare."""
            labels = worlds.labels(g, rng)
            parts = rng.choice(3, len(labels), p=(0.5, 0.35, 0.15))
            parts[:3] = (0, 1, 2)
            values = worlds.around_zero(labels, rng) + parts
            return holds(macro_mean(values, parts, labels).interval, 1)

        promise: Promise = "limit" if clusters < FEW else "about"
        world = f"{clusters} clusters of 1 to 6, three groups"
        yield Study("macro_mean", world, macro, LEVEL, promise, slack=0.02)
    yield from _small_groups()
    for clusters in (10, 30):

        def slope(rng: np.random.Generator, g: int = clusters) -> bool:
            groups = worlds.labels(g, rng)
            results = worlds.responses(LEVELS, groups, 1.0, rng) + 0.5 * LEVELS
            # What `trend` calls the slope, without its p-value, which takes most of the time.
            return holds(clustered_mean(item_slopes(LEVELS, results), groups).interval, 0.5)

        promise = "limit" if clusters < FEW else "about"
        world = f"{clusters} clusters of 1 to 6"
        yield Study("trend, slope", world, slope, LEVEL, promise, slack=0.02)


def _small_groups() -> Iterator[Study]:
    for each in (1, 2, 3):

        def small(rng: np.random.Generator, each: int = each) -> bool:
            parts = np.repeat(np.arange(10), each)
            values = rng.standard_normal(len(parts)) + parts / 10
            return holds(macro_mean(values, parts, np.arange(len(parts))).interval, 0.45)

        promised: Promise = "at least" if each == 1 else "about"
        world = f"ten groups of {each} cluster{'s' * (each > 1)} of 1 item"
        yield Study("macro_mean", world, small, LEVEL, promised, slack=0.02)


def _pairs() -> Iterator[Study]:
    for items, (gained, lost) in product((20, 100, 400), ((0.01, 0.02), (0.05, 0.05), (0.3, 0.15))):

        def tango(
            rng: np.random.Generator, items: int = items, gained: float = gained, lost: float = lost
        ) -> bool:
            table = mcnemar(*worlds.marked_pairs(items, gained, lost, rng))
            return holds(table.interval(), gained - lost)

        rare = items * (gained + lost) < 3  # noqa: PLR2004
        world = f"{items} items, {gained:.0%} gained, {lost:.0%} lost"
        promise: Promise = "at least" if rare else "about"
        yield Study("McNemar.interval", world, tango, LEVEL, promise, slack=0.02)
    for clusters, rate in product((20, 100), (0.01, 0.05, 0.2)):
        world = f"{clusters} clusters of 1 to 3, {rate:.0%} differ, all losses"
        for name, interval, promise in (
            ("clustered_interval", clustered_interval, "at least"),
            ("clustered_mean of rare losses", _plain, "limit"),
        ):
            once = _rare_losses(clusters, rate, interval)
            kind: Promise = "limit" if promise == "limit" or rate * clusters > 10 else "at least"  # noqa: PLR2004
            yield Study(name, world, once, LEVEL, kind)


def _plain(values: Floats, groups: worlds.Ints) -> Interval:
    return clustered_mean(values, groups).interval


def _rare_losses(
    clusters: int, rate: float, interval: Callable[[Floats, worlds.Ints], Interval]
) -> Callable[[np.random.Generator], bool]:
    """Whole clusters are lost, or not."""

    def once(rng: np.random.Generator) -> bool:
        groups = worlds.labels(clusters, rng, 3)
        lost = rng.random(clusters) < rate
        return holds(interval(-lost[groups].astype(np.float64), groups), -rate)

    return once


def _areas() -> Iterator[Study]:
    for area, (positives, negatives) in product((0.5, 0.8, 0.95), ((10, 10), (10, 40), (50, 50))):

        def once(
            rng: np.random.Generator,
            area: float = area,
            positives: int = positives,
            negatives: int = negatives,
        ) -> bool:
            positive = np.arange(positives + negatives) < positives
            shift = float(np.sqrt(2) * special.ndtri(area))
            scores = rng.standard_normal(len(positive)) + shift * positive
            return holds(auc_interval(scores, positive), area)

        world = f"area {area}, {positives} and {negatives} items"
        yield Study("auc_interval", world, once, LEVEL, draws=2000, slack=0.02)


def _bootstraps() -> Iterator[Study]:
    for clusters in (10, 30, 100):

        def area(rng: np.random.Generator, g: int = clusters) -> bool:
            groups = np.repeat(np.arange(g), 4)
            won = worlds.pairs_won(*worlds.scored(groups, 1.2, rng), groups)
            found = clustered_bootstrap(
                groups, groups, lambda rows: _area(rows, won), rng, draws=RESAMPLES
            )
            return holds(found, _true_area(1.2))

        def difference(rng: np.random.Generator, g: int = clusters) -> bool:
            groups = np.repeat(np.arange(g), 4)
            shared = rng.standard_normal(g) / 2
            # Rows of the first method have an even number, those of the second an odd one.
            won = [
                worlds.pairs_won(*worlds.scored(groups, shift, rng, shared), groups)
                for shift in (1.2, 0.6)
            ]
            found = bootstrap_difference(
                2 * groups,
                2 * groups + 1,
                groups,
                lambda rows: _area(rows // 2, won[rows[0] % 2]),
                rng,
                draws=RESAMPLES,
            )
            return holds(found, _true_area(1.2) - _true_area(0.6))

        promise: Promise = "limit" if clusters < FEW else "about"
        world = f"areas under the curve, {clusters} clusters of 4"
        for name, once in (("clustered_bootstrap", area), ("bootstrap_difference", difference)):
            yield Study(name, world, once, LEVEL, promise, BOOTSTRAP, 0.025)


def _area(rows: worlds.Ints, won: Floats) -> float:
    """The area under the curve of the items whose clusters are `rows`: 2 of 4 are positive.

    As `auc` of their scores, but quicker, as pairs of clusters are counted beforehand.
    """
    times = np.bincount(rows, minlength=len(won)) / 4
    return float(times @ won @ times) / (len(rows) / 2) ** 2


def _true_area(shift: float) -> float:
    return float(special.ndtr(shift / np.sqrt(2.5)))


def _metrics() -> Iterator[Study]:
    for clusters in (30, 100):

        def risk(rng: np.random.Generator, g: int = clusters) -> bool:
            groups = worlds.labels(g, rng)
            confidence = rng.random(len(groups))
            wrong = rng.random(len(groups)) < (1 - confidence) / 2
            rows = np.column_stack([confidence, wrong])
            found = clustered_bootstrap(
                rows, groups, lambda r: area_under_risk(r[:, 0], r[:, 1]), rng, draws=RESAMPLES
            )
            return holds(found, 1 / 8)

        world = f"area under the risk-coverage curve, {clusters} clusters of 1 to 6"
        yield Study("clustered_bootstrap", world, risk, LEVEL, "about", BOOTSTRAP, 0.025)
        for ambiguous in (True, False):
            once = _bias(clusters, ambiguous=ambiguous)
            name = "bias_ambiguous" if ambiguous else "bias_disambiguated"
            yield Study(name, f"{clusters} clusters of 1 to 6", once, LEVEL, slack=0.02)


def _bias(clusters: int, *, ambiguous: bool) -> Callable[[np.random.Generator], bool]:
    """7 of 10 answers name somebody, and 6 of 10 of these go with the stereotype."""

    def once(rng: np.random.Generator) -> bool:
        groups = worlds.labels(clusters, rng)
        named = rng.random(len(groups)) < 0.7  # noqa: PLR2004
        leanings = np.where(worlds.alike_marks(groups, 0.6, rng) > 0, 1, -1) * named
        if ambiguous:
            return holds(bias_ambiguous(leanings, groups).interval, 0.7 * 0.2)
        return holds(bias_disambiguated(leanings, groups).interval, 0.2)

    return once


def _wishes() -> Iterator[Study]:
    """Intervals of wanted levels; the truth is drawn from what is taken to hold beforehand."""
    for attributes, comparisons in ((1, 10), (2, 30), (3, 60)):

        def target(rng: np.random.Generator, k: int = attributes, n: int = comparisons) -> bool:
            person = worlds.Person.drawn(k, rng)
            found = fit_wishes(person.compares(*rng.random((2, n, k)), rng), rng)
            return holds(found.interval(0, LEVEL), round(float(person.targets[0]), 2))

        several = "s" * (attributes > 1)
        world = (
            f"a target, {attributes} attribute{several}, {comparisons} comparisons of random levels"
        )
        yield Study("fit_wishes", world, target, LEVEL, "about", BOOTSTRAP, 0.025)

    def at_the_end(rng: np.random.Generator) -> bool:
        person = worlds.Person.drawn(2, rng, targets=np.array([0.0, 0.5]))
        found = fit_wishes(person.compares(*rng.random((2, 30, 2)), rng), rng)
        return holds(found.interval(0, LEVEL), 0.0)

    world = "a target of exactly 0, 2 attributes, 30 comparisons of random levels"
    yield Study("fit_wishes", world, at_the_end, LEVEL, "limit", BOOTSTRAP)
