"""A number that a run came to, with all that it takes to judge it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from alignkit.stats.arrays import Labels
from alignkit.stats.clusters import members
from alignkit.stats.intervals import Interval, Mean, clustered_mean, mean_of_means
from alignkit.stats.macro import macro_mean
from alignkit.stats.paired import clustered_interval, macro_interval
from alignkit.stats.probability import Floats
from alignkit.stats.share import clustered_share, score_interval

Kind = Literal["share", "paired", "mean"]

_FEWEST = 2
"""An interval takes at least so many groups."""
_NORMAL = 1.96
"""Quantile of the normal for 95 %."""
_NONE = 1e-9
"""A standard error below this is none."""
_MOST_RULES = 12
"""So many places, and so many names of choices, are tried as constant answers."""


@dataclass(frozen=True)
class Figure:
    """A mean over decisions, its 95 % interval, and what it has to be held against."""

    value: float
    interval: Interval | None
    """Clustered by group; None where there are fewer than two groups."""
    n: int
    """Decisions, or pairs of decisions for a difference."""
    groups: int
    """What counts as one: scenarios together with their twins and repetitions."""
    chance: float | None = None
    """The same for a fair die; None where that has no meaning."""
    constant: float | None = None
    """The same for the best constant answer: always the same place, or the same choice id."""
    error: float | None = None
    """Standard error."""
    over_constant: Interval | None = None
    """The interval of the difference to the best constant answer on the same items."""

    @property
    def mean(self) -> Mean | None:
        """The same for functions that combine means; None without an interval."""
        if self.interval is None or self.error is None:
            return None
        return Mean(self.value, self.error, self.interval, self.groups)


@dataclass(frozen=True)
class Scored:
    """What a decision was worth, beside what each choice would have been worth."""

    group: str
    worth: Mapping[str, float]
    """By choice, in the scenario's order."""
    taken: Mapping[str, float]
    """By choice: how much it counts as taken; empty for a failed decision, which is worth 0."""
    stratum: Hashable = field(default=None)
    """Decisions of one stratum are averaged before strata are, where that is asked for."""

    @property
    def value(self) -> float:
        """What the decision was worth."""
        return sum(share * self.worth.get(choice, 0.0) for choice, share in self.taken.items())


def mean_of(scored: Sequence[Scored]) -> Scored:
    """At least one decision on the same item as one decision, worth their mean."""
    taken: dict[str, float] = {}
    for one in scored:
        for choice, share in one.taken.items():
            taken[choice] = taken.get(choice, 0.0) + share / len(scored)
    return replace(scored[0], taken=taken)


def turned(found: Figure) -> Figure:
    """The share of the other one of two: 1 less each number.

    It has no best constant answer: the one that is best for the one is the worst for the other.
    """
    ends = found.interval
    return replace(
        found,
        value=1 - found.value,
        interval=Interval(1 - ends.high, 1 - ends.low) if ends else None,
        chance=None if found.chance is None else 1 - found.chance,
        constant=None,
        over_constant=None,
    )


def figure(values: Floats, groups: Sequence[str], kind: Kind = "mean") -> Figure:
    """The mean of `values` (n,), n at least 1, with an interval clustered by `groups` (n,).

    Args:
        values: what is averaged.
        groups: the label of each.
        kind: "share" for values in 0 to 1, whose interval stays there (`clustered_share`);
            "paired" for differences in -1 to 1, most of which may be 0 (`clustered_interval`);
            "mean" for all others (`clustered_mean`).
    """
    labels = np.array(groups)
    count = len(set(groups))
    if count < _FEWEST:
        return Figure(float(values.mean()), None, len(values), count)
    mean = clustered_mean(values, labels)
    interval = mean.interval
    if kind == "share":
        interval = clustered_share(values, labels).interval
    elif kind == "paired":
        ends = clustered_interval(values, labels)
        interval = Interval(max(ends.low, -1.0), min(ends.high, 1.0))
    return Figure(mean.value, interval, len(values), count, error=mean.standard_error)


def figure_of(scored: Sequence[Scored], *, macro: bool = False, lowest: bool = False) -> Figure:
    """What decisions were worth on average, with chance and the best constant answer.

    Args:
        scored: at least one, each worth 0 to 1.
        macro: let every stratum count alike, however many decisions it has.
        lowest: whether less is better, so that the best constant answer is the one worth least.
    """
    values = np.clip([one.value for one in scored], 0.0, 1.0)
    groups = [one.group for one in scored]
    strata = [one.stratum for one in scored]
    weights = _weights(strata) if macro else np.ones(len(scored))
    plain = figure(values, groups, "share")
    if macro and len(set(strata)) > 1:
        plain = _macro(values, strata, plain, groups)
    rule = _constant(scored, weights, lowest=lowest)
    chances = np.array([sum(one.worth.values()) / len(one.worth) for one in scored])
    return replace(
        plain,
        chance=float((weights * chances).mean()),
        constant=float((weights * rule).mean()),
        over_constant=_over(values - rule, strata if macro else [None] * len(scored), groups),
    )


def _macro(
    values: Floats, strata: Sequence[Hashable], plain: Figure, groups: Sequence[str]
) -> Figure:
    """The mean over `strata` of their means, in place of the `plain` one."""
    numbers = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
    labels = np.array([numbers[stratum] for stratum in strata])
    if plain.interval is None:
        means = [values[labels == number].mean() for number in numbers.values()]
        return replace(plain, value=float(np.mean(means)))
    found = macro_mean(values, labels, np.array(groups))
    below, above = _reach(values, labels, np.array(groups))
    ends = Interval(
        max(min(found.interval.low, found.value - below), 0.0),
        min(max(found.interval.high, found.value + above), 1.0),
    )
    if found.standard_error < _NONE:  # all of a stratum alike: no width would claim too much
        low, high = plain.interval.low, plain.interval.high
        ends = Interval(min(low, found.value), max(high, found.value))
    return replace(plain, value=found.value, interval=ends, error=found.standard_error)


def _reach(values: Floats, strata: Labels, groups: Labels) -> tuple[float, float]:
    """How far below and above its mean of stratum means a share reaches at the least.

    Where a few answers of a stratum are all alike, their spread says nothing of what others would
    be. So each stratum is taken for as many independent answers as it has groups, with Wilson's
    interval, and the reaches are put together as those of independent shares (Newcombe, 1998,
    doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, method 10).
    """
    below, above = [], []
    for positions in members(strata):
        share = float(values[positions].mean())
        ends = score_interval(share, len(set(groups[positions].tolist())), _NORMAL)
        below.append(share - ends.low)
        above.append(ends.high - share)
    return math.hypot(*below) / len(below), math.hypot(*above) / len(above)


def difference(one: Figure, other: Figure) -> Figure:
    """`one` less `other`, which rest on different groups (Welch's interval)."""
    a, b = one.mean, other.mean
    n, groups = one.n + other.n, one.groups + other.groups
    if a is None or b is None:
        return Figure(one.value - other.value, None, n, groups)
    turned = Mean(
        -b.value, b.standard_error, Interval(-b.interval.high, -b.interval.low), b.clusters
    )
    half = mean_of_means([a, turned])
    return Figure(
        2 * half.value,
        Interval(2 * half.interval.low, 2 * half.interval.high),
        n,
        groups,
        error=2 * half.standard_error,
    )


def _weights(strata: Sequence[Hashable]) -> Floats:
    """What each decision counts, with a mean of 1."""
    counts: dict[Hashable, int] = {}
    for stratum in strata:
        counts[stratum] = counts.get(stratum, 0) + 1
    return np.array([len(strata) / (len(counts) * counts[stratum]) for stratum in strata])


def _over(
    differences: Floats, strata: Sequence[Hashable], groups: Sequence[str]
) -> Interval | None:
    """The interval of the mean over strata of `differences`, -1 to 1 each; None for one group."""
    if len(set(groups)) < _FEWEST:
        return None
    numbers = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
    labels = np.array([numbers[stratum] for stratum in strata])
    found = macro_interval(np.clip(differences, -1.0, 1.0), labels, np.array(groups))
    return Interval(max(found.low, -1.0), min(found.high, 1.0))


def _constant(scored: Sequence[Scored], weights: Floats, *, lowest: bool) -> Floats:
    """By decision: what the best rule brings, always the same place or the choice of one id."""
    rows = [list(one.worth.items()) for one in scored]
    places = range(min(max(map(len, rows)), _MOST_RULES))
    rules = [[row[min(place, len(row) - 1)][1] for row in rows] for place in places]
    ids = {choice for one in scored for choice in one.worth}
    if len(ids) <= _MOST_RULES:
        rules += [[one.worth.get(choice, 0.0) for one in scored] for choice in sorted(ids)]
    best = min if lowest else max
    return np.array(best(rules, key=lambda rule: float((weights * np.array(rule)).mean())))
