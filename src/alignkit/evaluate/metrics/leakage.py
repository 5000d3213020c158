"""What steering one attribute does to the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, figure
from alignkit.evaluate.metrics.kinds import ALWAYS_HIGH, SCALE
from alignkit.evaluate.metrics.pairs import (
    MIDDLE,
    Method,
    Pair,
    attributes_in,
    group_of,
    grouped,
    item_of,
    method_of,
    taken_of,
    truths_of,
)
from alignkit.evaluate.metrics.plain import borrowed

_Item = tuple[str, str, int]


@dataclass(frozen=True)
class Leak:
    """How the choices change in `measured` when `steered` goes from low to high."""

    method: Method
    steered: str
    measured: str
    change: Figure
    """Mean difference of the chosen true values on the same items, -1 to 1. On the diagonal it is
    the steering effect; elsewhere 0 is best, but attributes may go together in the items."""
    against: str
    """What it is the difference of: "high - low", "high - none" or "none - low"."""


def leakage(pairs: Sequence[Pair]) -> list[Leak]:
    """A line for each method, attribute steered by itself, and attribute with true values.

    Only profiles that want a single attribute count. Where it was steered in one direction alone,
    the plain model stands in for the other. Questionnaires and right answers have figures of their
    own.
    """
    lines = []
    for method, ours in sorted(grouped(pairs, lambda pair: method_of(pair[0])).items()):
        alone = [pair for pair in ours if len(pair[0].targets) == 1 and SCALE not in pair[0].tags]
        for name, part in sorted(grouped(alone, lambda pair: next(iter(pair[0].targets))).items()):
            sides = _sides(name, part, pairs)
            if sides is not None:
                lines += _leaks(method, name, *sides)
    return [one for one in lines if one.change.n]


def _sides(
    name: str, part: Sequence[Pair], pairs: Sequence[Pair]
) -> tuple[list[Pair], list[Pair], str] | None:
    levels = {level for cell, _ in part if (level := cell.targets[name]) is not None}
    high = max((level for level in levels if level > MIDDLE), default=None)
    low = min((level for level in levels if level < MIDDLE), default=None)
    up = [pair for pair in part if pair[0].targets[name] == high] if high is not None else None
    down = [pair for pair in part if pair[0].targets[name] == low] if low is not None else None
    if up and down:
        return up, down, "high - low"
    plain = borrowed(pairs, part)
    if up and plain:
        return up, plain, "high - none"
    if down and plain:
        return plain, down, "none - low"
    return None


def _leaks(
    method: Method, name: str, up: Sequence[Pair], down: Sequence[Pair], against: str
) -> list[Leak]:
    groups = {item_of(cell): group_of(cell) for cell, _ in up}
    lines = []
    for measured in sorted(attributes_in(up) - set(ALWAYS_HIGH)):
        high, low = _values(up, measured), _values(down, measured)
        both = {item: high[item] - low[item] for item in high if item in low}
        if both:
            change = figure(
                np.array(list(both.values())), [groups[item] for item in both], "paired"
            )
            line = Leak(method, name, measured, replace(change, chance=0.0), against)
            lines.append(line)
    return lines


def _values(pairs: Sequence[Pair], attribute: str) -> Mapping[_Item, float]:
    """By item: the mean true value of what was chosen."""
    found: dict[_Item, list[float]] = {}
    for cell, result in pairs:
        truths, shares = truths_of(cell, result, attribute), taken_of(result)
        if truths is not None and shares:
            value = sum(share * truths[choice] for choice, share in shares.items())
            found.setdefault(item_of(cell), []).append(value)
    return {item: float(np.mean(values)) for item, values in found.items()}
