"""Which of two is better, on the items that both decided, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.measures import ASKED_FOR, MEASURES, Measure, Point
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.pairs import Pair, grouped
from alignkit.stats.comparison import holm
from alignkit.stats.intervals import Interval
from alignkit.stats.paired import compare_pairs
from alignkit.stats.power import cautious_spread, cluster_spread, clusters_needed

SEED = 0
"""Of random sign flips."""
ALPHA = 0.05
"""A difference is told from chance where its adjusted p-value is below."""
POWER = 0.8
SMALLEST = 0.05
"""The effect that items are counted for where the data show none at all."""
FIELDS = ("dataset", "attribute", "profile", "decider", "model")
"""What a comparison can be broken down by."""
_ALWAYS = ("dataset", "scenario", "attribute")
_WHERE_SHARED = ("profile", "decider", "model", "seed")
_FEWEST = 2


@dataclass(frozen=True)
class Contrast:
    """How much better `b` is than `a` in one measure on one part of the items."""

    measure: str
    title: str
    """Of the measure."""
    a: str
    b: str
    part: str | None
    """What the items have in common; None for all of them."""
    value_a: float
    value_b: float
    difference: float
    """`b` less `a`, -1 to 1."""
    interval: Interval
    """At 95 %."""
    p_value: float
    """Adjusted by Holm's method over `family`."""
    family: int
    """So many comparisons are adjusted for together."""
    items: int
    """Paired items."""
    groups: int
    needed: int | None
    """About so many items would show a difference like this (or of 0.05, where there is none) with
    power 0.8, at a level of 0.05 over `family`, with what the spread is at most (80 %); None where
    it is told from chance already, or no number would."""
    looked_for: float
    """The difference that `needed` is for."""
    shared: str = ""
    """What both have of profiles, deciders, models or seeds, where one side has more of them: the
    comparison is over these alone."""
    left_out: str = ""
    """What only one of them has of those."""

    @property
    def told(self) -> bool:
        """Whether the difference is told from chance."""
        return self.p_value < ALPHA


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called, and its decisions."""

    name: str
    pairs: Sequence[Pair]


def contrasts(
    sides: Sequence[tuple[Side, Side]],
    formats: Formats,
    by: Sequence[str] = ("dataset",),
    measures: Sequence[str] | None = None,
) -> list[Contrast]:
    """All comparisons of `sides` (first and second of each), adjusted together.

    For each pair of sides and measure: over all items first, then by each of `by`. Items are those
    that both decided: the same scenario, data set and attribute, and where the sides have some in
    common the same profile, decider, model and seed. Where one side has several decisions on an
    item, their mean counts.

    Args:
        sides: what is compared; the difference is the second less the first.
        formats: of the data sets.
        by: fields of `FIELDS`.
        measures: names of `MEASURES`; None for all but those in `ASKED_FOR`.
    """
    names = measures or [name for name in MEASURES if name not in ASKED_FOR]
    found = [
        one
        for a, b in sides
        for name in names
        for one in _measured(a, b, MEASURES[name], formats, by)
    ]
    if not found:
        return []
    adjusted = holm(np.array([one.p_value for one, _ in found]))
    return [
        _adjusted(one, spread, float(p_value), len(found))
        for (one, spread), p_value in zip(found, adjusted, strict=True)
    ]


_Spread = tuple[Contrast, float]
"""A comparison, and the spread of its clusters."""


def _adjusted(one: Contrast, spread: float, p_value: float, family: int) -> Contrast:
    needed = None if p_value < ALPHA else _needed(one, spread, ALPHA / family)
    return replace(one, p_value=p_value, family=family, needed=needed)


def _measured(
    a: Side, b: Side, measure: Measure, formats: Formats, by: Sequence[str]
) -> list[_Spread]:
    one, other = measure.points(a.pairs, formats), measure.points(b.pairs, formats)
    paired = _paired(one, other)
    lines = [_contrast(a, b, measure, None, paired)]
    for field in by:
        parts = grouped(paired, lambda one, field=field: one.part(field))  # type: ignore[misc]
        if len(parts) > 1:
            lines += [_contrast(a, b, measure, name, part) for name, part in sorted(parts.items())]
    shared, left_out = _parted(one, other)
    return [
        (replace(line[0], shared=shared, left_out=left_out), line[1])
        for line in lines
        if line is not None
    ]


def _parted(one: Sequence[Point], other: Sequence[Point]) -> tuple[str, str]:
    """What both have, and what one alone has, of fields of which they share a part."""
    shared, left_out = [], []
    for field in _WHERE_SHARED:
        first, second = ({str(getattr(p, field)) for p in side} for side in (one, other))
        if first & second and first != second:
            shared.append(f"{field} {', '.join(sorted(first & second))}")
            left_out.append(f"{field} {', '.join(sorted(first ^ second))}")
    return "; ".join(shared), "; ".join(left_out)


@dataclass(frozen=True)
class _Paired:
    """An item that both sides decided."""

    point: Point
    one: float
    other: float

    def part(self, field: str) -> str:
        return str(getattr(self.point, field))


def _paired(one: Sequence[Point], other: Sequence[Point]) -> list[_Paired]:
    shared = [
        field
        for field in _WHERE_SHARED
        if {getattr(p, field) for p in one} & {getattr(p, field) for p in other}
    ]

    def key(point: Point) -> tuple[object, ...]:
        return tuple(getattr(point, field) for field in (*_ALWAYS, *shared))

    theirs = grouped(other, key)
    return [
        _Paired(points[0], _mean(points), _mean(theirs[name]))
        for name, points in grouped(one, key).items()
        if name in theirs
    ]


def _mean(points: Sequence[Point]) -> float:
    return math.fsum(point.value for point in points) / len(points)


def _contrast(
    a: Side, b: Side, measure: Measure, part: str | None, paired: Sequence[_Paired]
) -> _Spread | None:
    labels = np.array([one.point.group for one in paired])
    if len(set(labels.tolist())) < _FEWEST:
        return None
    first = np.array([one.one for one in paired])
    second = np.array([one.other for one in paired])
    found = compare_pairs(second, first, labels, np.random.default_rng(SEED))
    line = Contrast(
        measure=measure.name,
        title=measure.title,
        a=a.name,
        b=b.name,
        part=part,
        value_a=float(first.mean()),
        value_b=float(second.mean()),
        difference=found.difference,
        interval=Interval(max(found.interval.low, -1.0), min(found.interval.high, 1.0)),
        p_value=found.p_value,
        family=1,
        items=found.items,
        groups=found.clusters,
        needed=None,
        looked_for=abs(found.difference) or SMALLEST,
    )
    return line, cluster_spread(second - first, labels)


def _needed(one: Contrast, spread: float, alpha: float) -> int | None:
    """About how many items show the difference at `alpha`, if they vary as these do, or more.

    Never fewer than what makes so small a p-value possible at all: where all of G groups differ the
    same way, flips of signs give 2 / 2^G. And more than there are, as these did not show it.
    """
    least = math.floor(math.log2(2 / alpha)) + 1
    if not one.difference:  # an effect of this size is one in so many groups that differ fully
        least = math.ceil(least / one.looked_for)
    groups = least
    if spread > 0:
        cautious = cautious_spread(spread, one.groups)
        try:
            groups = max(least, clusters_needed(one.looked_for, cautious, POWER, alpha))
        except ValueError:  # more than anyone could decide
            return None
    return max(math.ceil(groups * one.items / one.groups), one.items + 1)


def sides_by(
    field: str, pairs: Sequence[Pair], against: str | None = None
) -> list[tuple[Side, Side]]:
    """Every value of `field` in `pairs` held against the one called `against`.

    Args:
        field: "profile", "decider" or "model".
        pairs: decisions of one run.
        against: None for the plain model among profiles, else for the first.

    Raises:
        KeyError: there is no such value.
    """
    value: Callable[[Pair], str] = lambda pair: getattr(pair[0], field) or "none"  # noqa: E731
    found = grouped(pairs, value)
    first = "none" if field == "profile" and "none" in found else next(iter(found), "")
    chosen = against if against is not None else first
    reference = found[chosen]
    return [
        (Side(chosen, reference), Side(name, part))
        for name, part in found.items()
        if name != chosen
    ]
