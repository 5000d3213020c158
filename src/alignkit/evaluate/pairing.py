"""Which decisions of two sides are held against each other: those on the same items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.evaluate.measures import Point
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.stats.arrays import Labels
from alignkit.stats.probability import Floats

_ALWAYS = ("dataset", "scenario", "attribute")
_WHERE_SHARED = ("profile", "decider", "model", "seed")


@dataclass(frozen=True)
class Paired:
    """An item that both sides decided, and what that was worth."""

    point: Point
    one: float
    other: float

    def part(self, field: str) -> str:
        """What `field` is on this item, such as its dataset."""
        return str(getattr(self.point, field))


@dataclass(frozen=True)
class Columns:
    """Paired items as arrays, (n,) each."""

    one: Floats
    other: Floats
    groups: Labels

    @property
    def differences(self) -> Floats:
        """The other less the one."""
        return self.other - self.one


def columns(found: Sequence[Paired]) -> Columns:
    """The items as arrays, in their order."""
    return Columns(
        np.array([one.one for one in found]),
        np.array([one.other for one in found]),
        np.array([one.point.group for one in found]),
    )


def paired(one: Sequence[Point], other: Sequence[Point]) -> list[Paired]:
    """Items that both decided: the same scenario, data set and attribute.

    Where the sides have some in common, the same profile, decider, model and seed, too. Where one
    side has several decisions on an item, their mean counts.
    """
    shared = [
        field
        for field in _WHERE_SHARED
        if {getattr(p, field) for p in one} & {getattr(p, field) for p in other}
    ]

    def key(point: Point) -> tuple[object, ...]:
        return tuple(getattr(point, field) for field in (*_ALWAYS, *shared))

    theirs = grouped(other, key)
    return [
        Paired(points[0], _mean(points), _mean(theirs[name]))
        for name, points in grouped(one, key).items()
        if name in theirs
    ]


def parted(one: Sequence[Point], other: Sequence[Point]) -> tuple[str, str]:
    """What both have, and what one alone has, of fields of which they share a part."""
    shared, left_out = [], []
    for field in _WHERE_SHARED:
        first, second = ({str(getattr(p, field)) for p in side} for side in (one, other))
        if first & second and first != second:
            shared.append(f"{field} {', '.join(sorted(first & second))}")
            left_out.append(f"{field} {', '.join(sorted(first ^ second))}")
    return "; ".join(shared), "; ".join(left_out)


def _mean(points: Sequence[Point]) -> float:
    return math.fsum(point.value for point in points) / len(points)
