"""What figures are made of: cells with what became of them, and how they are told apart."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from alignkit.evaluate.metrics.figure import Scored
from alignkit.evaluate.rightness import extreme, taken
from alignkit.schema.run import Cell, Result

Pair = tuple[Cell, Result]
Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing")

MIDDLE = 0.5
"""At this level neither end is right."""


@dataclass(frozen=True, order=True)
class Method:
    """A way to decide: a decider with a model."""

    decider: str
    model: str

    def __str__(self) -> str:
        return f"{self.decider} · {self.model}"


def method_of(cell: Cell) -> Method:
    """The way in which `cell` is decided."""
    return Method(cell.decider, cell.model)


def grouped(things: Iterable[Thing], key: Callable[[Thing], Key]) -> dict[Key, list[Thing]]:
    """`things` by `key`, in the order in which keys come first."""
    found: dict[Key, list[Thing]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return found


def item_of(cell: Cell) -> tuple[str, str, int]:
    """What makes two cells comparable: data set, scenario, seed."""
    return cell.dataset, cell.scenario, cell.seed


def group_of(cell: Cell) -> str:
    """The label under which decisions count as one."""
    return f"{cell.dataset}\x1f{cell.group}"


def choices_of(cell: Cell, result: Result) -> tuple[str, ...]:
    """The ids of the choices: in the scenario's order, where the decision has probabilities."""
    return tuple(result.probabilities or cell.truths)


def truths_of(cell: Cell, result: Result, attribute: str) -> dict[str, float] | None:
    """By choice: the true value of `attribute`; None where one is unknown or all are alike."""
    found = {
        choice: cell.truths[choice][attribute]
        for choice in choices_of(cell, result)
        if attribute in cell.truths.get(choice, {})
    }
    known = len(found) == len(choices_of(cell, result))
    return found if known and len(set(found.values())) > 1 else None


def taken_of(result: Result) -> dict[str, float]:
    """By choice: how much it counts as taken."""
    return taken(result.choice, result.probabilities)


def right_for(cell: Cell, result: Result, truths: dict[str, float], *, high: bool = True) -> Scored:
    """Whether the choice is among those with the highest (or lowest) of `truths`: 1 or 0."""
    best = extreme(truths, high=high)
    worth = {choice: float(choice in best) for choice in truths}
    return Scored(group_of(cell), worth, taken_of(result))


def attributes_in(pairs: Sequence[Pair]) -> set[str]:
    """Every attribute whose true values are known of some choice."""
    return {name for cell, _ in pairs for values in cell.truths.values() for name in values}
