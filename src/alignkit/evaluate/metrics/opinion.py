"""How far answers are from those of a group of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.alignment.divergence import jensen_shannon
from alignkit.evaluate.metrics.figure import Figure, figure
from alignkit.evaluate.metrics.kinds import SCALE, Formats, is_opinion
from alignkit.evaluate.metrics.pairs import Method, Pair, attributes_in, choices_of, group_of
from alignkit.evaluate.metrics.responsible import by_who
from alignkit.schema.run import Cell
from alignkit.stats.distributions import even_levels, wasserstein
from alignkit.stats.probability import Floats, normalise


@dataclass(frozen=True)
class GroupDistance:
    """How far the probabilities of a method are from a group's answers."""

    method: Method
    profile: str | None
    group: str
    meant: bool
    """Whether the profile wants to answer as this group does."""
    divergence: Figure
    """Mean Jensen-Shannon distance, 0 (equal) to 1 (nothing shared), lower is better; chance is an
    even guess."""
    moved: Figure | None
    """Mean Wasserstein distance over ordered answers in shares of the whole scale, 0 to 1, lower
    is better; None where no answers are ordered."""
    answers: tuple[tuple[float, float], ...]
    """The mean share of the group and of the method at the group's first, second, ... answer by
    support."""


def group_distances(pairs: Sequence[Pair], formats: Formats) -> list[GroupDistance]:
    """A line for each method, profile and group whose answers are known."""
    asked = [pair for pair in pairs if is_opinion(pair[0], formats) and pair[1].probabilities]
    groups = sorted(attributes_in(asked))
    lines = []
    for (method, profile), part in by_who(asked):
        for group in groups:
            points = [one for pair in part if (one := _point(pair, group)) is not None]
            if points:
                lines.append(_distance(method, profile, group, points))
    return lines


def meant_groups(pairs: Sequence[Pair], formats: Formats) -> list[str]:
    """Groups whose answers are known and as which some profile wants to answer."""
    asked = [pair for pair in pairs if is_opinion(pair[0], formats)]
    groups = sorted(attributes_in(asked))
    return [group for group in groups if any(is_meant(cell, group) for cell, _ in asked)]


def distance_to(group: str, formats: Formats, pair: Pair) -> float | None:
    """The Jensen-Shannon distance, 0 to 1, of a decision from the answers of `group`.

    None where it is no opinion, or it failed.
    """
    if not is_opinion(pair[0], formats) or not pair[1].probabilities:
        return None
    point = _point(pair, group)
    return None if point is None else min(jensen_shannon(point.group, point.ours), 1.0)


def is_meant(cell: Cell, group: str) -> bool:
    """Whether the profile of `cell` wants to answer as `group` does."""
    return group in cell.targets or (cell.profile or "").replace("-", "_") == group


@dataclass(frozen=True)
class _Point:
    pair: Pair
    group: Floats
    ours: Floats

    @property
    def ordered(self) -> bool:
        return SCALE in self.pair[0].tags


def _point(pair: Pair, group: str) -> _Point | None:
    cell, result = pair
    support = [cell.truths.get(key, {}).get(group) for key in choices_of(cell, result)]
    known = [value for value in support if value is not None]
    if len(known) != len(support) or not sum(known):
        return None
    ours = np.array(list(result.probabilities.values()))
    return _Point(pair, normalise(np.array(known)), normalise(ours))


def _distance(
    method: Method, profile: str | None, group: str, points: Sequence[_Point]
) -> GroupDistance:
    groups = [group_of(one.pair[0]) for one in points]
    even = [
        jensen_shannon(one.group, np.full(len(one.group), 1 / len(one.group))) for one in points
    ]
    far = figure(np.array([jensen_shannon(one.group, one.ours) for one in points]), groups, "share")
    ordered = [one for one in points if one.ordered]
    return GroupDistance(
        method,
        profile,
        group,
        is_meant(points[0].pair[0], group),
        Figure(far.value, far.interval, far.n, far.groups, float(np.mean(even)), None, far.error),
        _moved(ordered) if ordered else None,
        _ranked(points),
    )


def _moved(points: Sequence[_Point]) -> Figure:
    levels = [even_levels(len(one.group)) for one in points]
    pairs = list(zip(levels, points, strict=True))
    far = [wasserstein(scale, one.group, one.ours) for scale, one in pairs]
    even = [
        wasserstein(scale, one.group, np.full(len(scale), 1 / len(scale))) for scale, one in pairs
    ]
    found = figure(np.array(far), [group_of(one.pair[0]) for one in points], "share")
    chance = float(np.mean(even))
    return Figure(found.value, found.interval, found.n, found.groups, chance, None, found.error)


def _ranked(points: Sequence[_Point]) -> tuple[tuple[float, float], ...]:
    most = max(len(one.group) for one in points)
    sums = np.zeros((most, 2))
    for one in points:
        order = np.argsort(-one.group, kind="stable")
        sums[: len(order), 0] += one.group[order]
        sums[: len(order), 1] += one.ours[order]
    return tuple((float(a), float(b)) for a, b in sums / len(points))
