"""What steering does to the choices: high against low, and along the whole scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, Kind, figure
from alignkit.evaluate.metrics.pairs import Method, group_of, grouped
from alignkit.evaluate.metrics.steered import Steered, singled
from alignkit.stats.comparison import cluster_sums, holm, sign_flips
from alignkit.stats.trend import trend

Item = tuple[str, str, int]
"""Data set, scenario and seed."""
SEED = 0
"""Of random sign flips."""
ALPHA = 0.05
_FEWEST_LEVELS = 3
"""A dose-response has at least so many levels."""
_FEWEST_GROUPS = 2


@dataclass(frozen=True)
class Effect:
    """How much more of an attribute is chosen when it is wanted high than when it is wanted low."""

    method: Method
    attribute: str
    high: float
    """The highest level that was asked for."""
    low: float
    effect: Figure
    """Mean difference of the chosen true values on the same items, -1 to 1: 0 is no effect,
    higher is better."""
    most: float
    """The largest effect that the items allow."""
    p_value: float
    """That chance alone makes an effect as large, either way: sign flips, adjusted by Holm's method
    over all effects of the run."""

    @property
    def told(self) -> bool:
        """Whether it is told from chance."""
        return self.p_value < ALPHA


@dataclass(frozen=True)
class Dose:
    """How the chosen value answers to the wanted level."""

    method: Method
    attribute: str
    points: tuple[tuple[float, Figure], ...]
    """The wanted level, 0 to 1, and the mean true value that was chosen there; levels rise."""
    slope: Figure
    """Chosen value for each unit of wanted level, over the same items: 1 follows exactly, 0 not at
    all."""
    trend: float
    """P-value of no trend, two-sided."""
    rises: bool
    """Whether no step from one level to the next goes down, in this sample."""


def effects(found: Sequence[Steered]) -> list[Effect]:
    """The steering effect of each method on each attribute that was wanted at two levels."""
    lines = unadjusted(found)
    if not lines:
        return []
    adjusted = holm(np.array([line.p_value for line in lines]))
    return [replace(line, p_value=float(p)) for line, p in zip(lines, adjusted, strict=True)]


def unadjusted(found: Sequence[Steered]) -> list[Effect]:
    """The same, each with its own p-value: for who adjusts them together with others."""
    parts = [pair for pair in _parts(found) if len({one.level for one in pair[1]}) > 1]
    return [line for key, part in parts if (line := _effect(*key, part)) is not None]


def doses(found: Sequence[Steered]) -> list[Dose]:
    """The dose-response of each method and attribute that was wanted at three levels or more."""
    lines = []
    for key, part in _parts(found):
        levels = sorted({one.level for one in part if one.value is not None})
        if len(levels) >= _FEWEST_LEVELS:
            line = _dose(*key, part, levels)
            lines += [line] if line else []
    return lines


def _parts(found: Sequence[Steered]) -> list[tuple[tuple[Method, str], list[Steered]]]:
    parts = grouped(found, lambda one: (one.method, one.attribute))
    return [(key, singled(part)) for key, part in sorted(parts.items())]


def values_by_level(part: Sequence[Steered]) -> dict[Item, dict[float, float]]:
    """By item: the mean chosen value at each level, without failed decisions."""
    return {
        item: {
            level: float(np.mean([one.value for one in same]))
            for level, same in grouped(ones, lambda one: one.level).items()
        }
        for item, ones in grouped(
            (one for one in part if one.value is not None), lambda one: one.item
        ).items()
    }


def _effect(method: Method, attribute: str, part: Sequence[Steered]) -> Effect | None:
    levels = {one.level for one in part}
    high, low = max(levels), min(levels)
    groups = _groups(part)
    both = {
        item: (values[high] - values[low])
        for item, values in values_by_level(part).items()
        if high in values and low in values
    }
    if not both:
        return None
    spans = {one.item: max(one.truths.values()) - min(one.truths.values()) for one in part}
    sums = cluster_sums(np.array(list(both.values())), np.array([groups[item] for item in both]))
    return Effect(
        method,
        attribute,
        high,
        low,
        _plain(both, groups, "paired"),
        float(np.mean([spans[item] for item in both])),
        sign_flips(sums, np.random.default_rng(SEED)) if len(sums) > 1 else 1.0,
    )


def _dose(
    method: Method, attribute: str, part: Sequence[Steered], levels: Sequence[float]
) -> Dose | None:
    groups = _groups(part)
    values = values_by_level(part)
    whole = {item: found for item, found in values.items() if len(found) == len(levels)}
    labels = np.array([groups[item] for item in whole])
    if len(set(labels.tolist())) < _FEWEST_GROUPS:
        return None
    results = np.array([[found[level] for level in levels] for found in whole.values()])
    found = trend(np.array(levels), results, labels, np.random.default_rng(SEED))
    slope = found.slope.difference
    return Dose(
        method,
        attribute,
        tuple(
            (level, _plain({item: v[level] for item, v in values.items() if level in v}, groups))
            for level in levels
        ),
        Figure(
            slope.value,
            slope.interval,
            len(whole),
            slope.clusters,
            chance=0.0,
            constant=0.0,
            error=slope.standard_error,
        ),
        found.slope.p_value,
        found.rises_throughout,
    )


def _groups(part: Sequence[Steered]) -> dict[Item, str]:
    return {one.item: group_of(one.cell) for one in part}


def _plain(
    values: Mapping[Item, float], groups: Mapping[Item, str], kind: Kind = "share"
) -> Figure:
    """The mean of `values` by item, at least one. No effect is 0."""
    found = figure(np.array(list(values.values())), [groups[item] for item in values], kind)
    return replace(found, chance=0.0, constant=0.0) if kind == "paired" else found
