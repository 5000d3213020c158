"""The figures of one method for each attribute by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.evaluate.scores import Judged, showings
from alignkit.stats.intervals import Interval
from alignkit.stats.ranking import auc, auc_interval


@dataclass(frozen=True)
class AttributeFigures:
    """How well a method steers one attribute. Shares are 0 to 1."""

    items: int
    """Scenarios; twins count."""
    high: float
    """Share of right choices where the attribute is wanted high."""
    low: float
    auc: float | None
    """Area under the curve, for scenarios of the same two choices; None for others."""
    auc_interval: Interval | None
    """Its 95 % interval, for independent scenarios."""


def by_attribute(judged: Sequence[Judged]) -> dict[str, AttributeFigures]:
    """The figures of each attribute in `judged`, sorted by name."""
    shown = showings(judged)
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(one.task.item.attribute, []).append(one)
    return {
        name: AttributeFigures(
            items=len({one.task.item.scenario.id for one in group}),
            high=_share(group, "high"),
            low=_share(group, "low"),
            auc=auc(*shown[name]) if name in shown else None,
            auc_interval=auc_interval(*shown[name]) if name in shown else None,
        )
        for name, group in sorted(groups.items())
    }


def _share(group: Sequence[Judged], level: str) -> float:
    right = [one.right for one in group if one.task.level == level]
    return sum(right) / len(right) if right else float("nan")
