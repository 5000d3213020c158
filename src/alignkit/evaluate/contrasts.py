"""Which of two is better, on the items that both decided, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.equivalents import Equivalent, equivalents
from alignkit.evaluate.measures import ASKED_FOR, MEASURES, Measure
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.pairs import Pair, grouped
from alignkit.evaluate.pairing import Columns, Paired, columns, paired, parted
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
    equivalent: Equivalent | None = None
    """Whether both are less than a margin apart, where that was asked."""

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
    margin: float | None = None,
) -> list[Contrast]:
    """All comparisons of `sides` (first and second of each), adjusted together.

    For each pair of sides and measure: over all items first, then by each of `by`. Items are those
    that both decided, as `paired` has it.

    Args:
        sides: what is compared; the difference is the second less the first.
        formats: of the data sets.
        by: fields of `FIELDS`.
        measures: names of `MEASURES`; None for all but those in `ASKED_FOR`.
        margin: say also whether the sides are less than this apart, above 0.
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
    adjusted = holm(np.array([one.contrast.p_value for one in found]))
    lines = [
        _adjusted(one, float(p_value), len(found))
        for one, p_value in zip(found, adjusted, strict=True)
    ]
    if margin is None:
        return lines
    judged = equivalents([one.columns for one in found], margin)
    return [replace(line, equivalent=one) for line, one in zip(lines, judged, strict=True)]


@dataclass(frozen=True)
class _Line:
    """A comparison, and what it rests on."""

    contrast: Contrast
    columns: Columns


def _adjusted(line: _Line, p_value: float, family: int) -> Contrast:
    needed = None
    if p_value >= ALPHA:
        spread = cluster_spread(line.columns.differences, line.columns.groups)
        needed = _needed(line.contrast, spread, ALPHA / family)
    return replace(line.contrast, p_value=p_value, family=family, needed=needed)


def _measured(
    a: Side, b: Side, measure: Measure, formats: Formats, by: Sequence[str]
) -> list[_Line]:
    one, other = measure.points(a.pairs, formats), measure.points(b.pairs, formats)
    found = paired(one, other)
    lines = [_contrast(a, b, measure, None, found)]
    for field in by:
        parts = grouped(found, lambda one, field=field: one.part(field))  # type: ignore[misc]
        if len(parts) > 1:
            lines += [_contrast(a, b, measure, name, part) for name, part in sorted(parts.items())]
    shared, left_out = parted(one, other)
    return [
        replace(line, contrast=replace(line.contrast, shared=shared, left_out=left_out))
        for line in lines
        if line is not None
    ]


def _contrast(
    a: Side, b: Side, measure: Measure, part: str | None, items: Sequence[Paired]
) -> _Line | None:
    held = columns(items)
    if len(set(held.groups.tolist())) < _FEWEST:
        return None
    found = compare_pairs(held.other, held.one, held.groups, np.random.default_rng(SEED))
    line = Contrast(
        measure=measure.name,
        title=measure.title,
        a=a.name,
        b=b.name,
        part=part,
        value_a=float(held.one.mean()),
        value_b=float(held.other.mean()),
        difference=found.difference,
        interval=Interval(max(found.interval.low, -1.0), min(found.interval.high, 1.0)),
        p_value=found.p_value,
        family=1,
        items=found.items,
        groups=found.clusters,
        needed=None,
        looked_for=abs(found.difference) or SMALLEST,
    )
    return _Line(line, held)


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


def rivals(pairs: Sequence[Pair]) -> Sequence[Pair]:
    """Those decided under a profile, where there are some: the plain model's decider is no rival.

    Deciders and models of one run are compared on these.
    """
    return [pair for pair in pairs if pair[0].profile is not None] or pairs


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
