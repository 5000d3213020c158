"""What the cells of one method on one family of items come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from alignkit.evaluate.cells import Cell, Task
from alignkit.evaluate.items import Item, Level
from alignkit.evaluate.rightness import taken
from alignkit.schema import Usage
from alignkit.stats.arrays import Bools
from alignkit.stats.macro import macro_mean
from alignkit.stats.probability import Floats, log_odds
from alignkit.stats.ranking import auc

_STATEMENTS = ("persona",)
"""Families whose scenarios are statements with the choices yes and no."""


@dataclass(frozen=True)
class Judged:
    """A task and the cell it came to."""

    task: Task
    cell: Cell

    @property
    def right(self) -> float:
        """Whether the choice is among those with the best true value: 1 or 0.

        Of an escalated decision the likeliest choice counts, of several equally likely ones the
        share that is right; a failed one is wrong.
        """
        best = self.task.item.best(self.task.level)
        found = taken(self.cell.choice, self.cell.probabilities)
        return sum(share for choice, share in found.items() if choice in best)

    @property
    def missed(self) -> float:
        """The squared probability that was not on a right choice, 0 to 1; 1 for a failure."""
        best = self.task.item.best(self.task.level)
        return (1 - sum(self.cell.probabilities.get(choice, 0.0) for choice in best)) ** 2


@dataclass(frozen=True)
class Figures:
    """How well a method steers on a family of items. Shares are 0 to 1."""

    items: int
    """Scenarios with their attributes; twins count."""
    high: float
    """Share of right choices where the attribute is wanted high."""
    low: float
    macro: float
    """The mean over attributes and levels of the share of right choices."""
    macro_low: float | None
    """Low end of the 95 % interval of `macro`, by clusters; None where there is one cluster."""
    macro_high: float | None
    chance: float
    """The same for a fair die."""
    constant: float
    """The same for the best constant answer: always the same text, or the same place."""
    order: float
    """Of two choices with different true values, how often the right one is estimated higher;
    for methods without estimates, which gains more probability from low to high."""
    auc: float | None
    """Mean over attributes of the area under the curve of how much a choice shows of it, over
    scenarios of the same two choices that differ in which one is right; None for others."""
    brier: float
    """Mean squared probability that was not on a right choice; 0.25 for an even guess of two."""
    undecided: int
    """Decisions without a choice: escalated or failed."""
    calls: float
    """Per decision, as tokens and seconds are."""
    tokens: float
    """Evaluated."""
    seconds: float


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of one method on one family.

    Raises:
        ValueError: there is nothing to judge.
    """
    if not judged:
        raise ValueError("there is nothing to judge")
    usage = sum((one.cell.usage for one in judged), Usage())
    count = len(judged)
    right = np.array([one.right for one in judged])
    levels = np.array([one.task.level for one in judged])
    ends = _ends(judged, right)
    return Figures(
        items=len({(one.task.item.scenario.id, one.task.item.attribute) for one in judged}),
        high=float(right[levels == "high"].mean()),
        low=float(right[levels == "low"].mean()),
        macro=_macro(judged, right),
        macro_low=ends[0],
        macro_high=ends[1],
        chance=_macro(judged, np.array([_chance(one.task.item, one.task.level) for one in judged])),
        constant=_constant(judged),
        order=order_accuracy(judged),
        auc=mean_auc(judged),
        brier=float(np.mean([one.missed for one in judged])),
        undecided=sum(one.cell.choice is None for one in judged),
        calls=usage.calls / count,
        tokens=usage.tokens_evaluated / count,
        seconds=usage.seconds / count,
    )


def _macro(judged: Sequence[Judged], values: Floats) -> float:
    """The mean over (attribute, level) of the means of `values` (n_judged,)."""
    groups: dict[tuple[str, Level], list[float]] = {}
    for one, value in zip(judged, values.tolist(), strict=True):
        groups.setdefault((one.task.item.attribute, one.task.level), []).append(value)
    return float(np.mean([np.mean(group) for group in groups.values()]))


def _ends(judged: Sequence[Judged], values: Floats) -> tuple[float, float] | tuple[None, None]:
    """Where the macro-average of `values` (n_judged,) of other scenarios may lie, within 0 to 1."""
    clusters = np.array([one.task.item.cluster for one in judged])
    if len(set(clusters.tolist())) == 1:
        return None, None
    groups = np.array([f"{one.task.level} {one.task.item.attribute}" for one in judged])
    found = macro_mean(values, groups, clusters).interval
    return max(found.low, 0.0), min(found.high, 1.0)


def _chance(item: Item, level: Level) -> float:
    return len(item.best(level)) / len(item.scenario.choices)


def _constant(judged: Sequence[Judged]) -> float:
    """The macro-average of the best rule that always takes the same place or the same text."""
    texts = {choice.text for one in judged for choice in one.task.item.scenario.choices}
    places = range(max(len(one.task.item.scenario.choices) for one in judged))
    rules = [[_takes_place(one, place) for one in judged] for place in places]
    if len(texts) < len(judged):
        rules += [[_takes_text(one, text) for one in judged] for text in sorted(texts)]
    return max(_macro(judged, np.array(rule, dtype=np.float64)) for rule in rules)


def _takes_place(one: Judged, place: int) -> bool:
    ids = one.task.item.scenario.choice_ids
    return ids[min(place, len(ids) - 1)] in one.task.item.best(one.task.level)


def _takes_text(one: Judged, text: str) -> bool:
    best = one.task.item.best(one.task.level)
    return any(c.text == text and c.id in best for c in one.task.item.scenario.choices)


def steered(judged: Sequence[Judged]) -> dict[tuple[str, str], dict[str, float]]:
    """By scenario and attribute: how much the method finds that each choice shows of it.

    That is its estimate, or where it makes none the log-odds of the choice when the attribute is
    wanted high, less those when it is wanted low.
    """
    found: dict[tuple[str, str], dict[Level, Cell]] = {}
    for one in judged:
        key = one.task.item.scenario.id, one.task.item.attribute
        found.setdefault(key, {})[one.task.level] = one.cell
    return {
        key: _shown(cells) for key, cells in found.items() if len(cells) == len(("high", "low"))
    }


def _shown(cells: Mapping[Level, Cell]) -> dict[str, float]:
    high, low = cells["high"], cells["low"]
    if high.estimates and low.estimates:
        return {key: (value + low.estimates[key]) / 2 for key, value in high.estimates.items()}
    both = high.probabilities.keys() & low.probabilities.keys()
    return {
        key: log_odds(high.probabilities[key]) - log_odds(low.probabilities[key]) for key in both
    }


def mean_auc(judged: Sequence[Judged]) -> float | None:
    """The mean over attributes of `aucs`; None where there are none."""
    found = aucs(judged)
    return float(np.mean(list(found.values()))) if found else None


def aucs(judged: Sequence[Judged]) -> dict[str, float]:
    """By attribute: the area under the curve of `showings`."""
    return {name: auc(*found) for name, found in showings(judged).items()}


def showings(judged: Sequence[Judged]) -> dict[str, tuple[Floats, Bools]]:
    """By attribute: how much more the first choice of each scenario shows of it than the second.

    Only for attributes whose scenarios all offer the same two choices, such as yes and no, with
    true values 1 and 0 in either order: (n_scenarios,), and whether the first is the one with 1.
    """
    items = {(one.task.item.scenario.id, one.task.item.attribute): one.task.item for one in judged}
    points: dict[str, list[tuple[float, bool]]] = {}
    for key, shown in steered(judged).items():
        item = items[key]
        if item.family in _STATEMENTS and shown:
            first, second = item.scenario.choice_ids
            points.setdefault(item.attribute, []).append(
                (shown[first] - shown[second], item.truths[0] > item.truths[1])
            )
    return {
        name: (np.array([score for score, _ in pairs]), np.array([high for _, high in pairs]))
        for name, pairs in points.items()
        if len({high for _, high in pairs}) == len((True, False))
    }


def order_accuracy(judged: Sequence[Judged]) -> float:
    """Of pairs of choices with different true values, the share shown in the right order.

    Equal showings count half; not-a-number where there is no pair.
    """
    items = {(one.task.item.scenario.id, one.task.item.attribute): one.task.item for one in judged}
    points = []
    for key, shown in steered(judged).items():
        item = items[key]
        pairs = zip(item.scenario.choice_ids, item.truths, strict=True)
        for (one, truth), (other, second) in combinations(pairs, 2):
            if truth != second and one in shown and other in shown:
                gain = (shown[one] - shown[other]) * (truth - second)
                points.append(0.5 if gain == 0 else float(gain > 0))
    return float(np.mean(points)) if points else float("nan")
