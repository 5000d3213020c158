"""Decisions on items, kept by content: what was decided once is not decided again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignkit.deciders.base import Decider
from alignkit.evaluate.items import Item, Level
from alignkit.evaluate.keys import examples_hash, unseen
from alignkit.evaluate.lines import Kept, Lines
from alignkit.models.together import together
from alignkit.schema import Decision, Usage


class Cell(Kept):
    """What became of one item at one level."""

    decider: str
    model: str
    family: str
    scenario: str
    attribute: str
    level: Level
    outcome: str
    choice: str | None
    probabilities: dict[str, float]
    estimates: dict[str, float]
    """By choice: the estimate of the attribute; empty where the method makes none."""
    usage: Usage
    reason: str | None = None


@dataclass(frozen=True)
class Task:
    """One item that is to be decided at one level."""

    item: Item
    level: Level


class Cells:
    """A file of cells, one JSON object a line; cells are added as they are made."""

    def __init__(self, path: Path | None = None) -> None:
        """Read the cells of `path`, and add new ones to it; without it they are not kept.

        Raises:
            FileProblem: the file cannot be read, or is something else.
        """
        self._lines = Lines(Cell, "decisions", path)

    def find(self, decider: Decider, task: Task) -> Cell | None:
        """The cell of `task`, if it was made with the wording that is in use."""
        return self._lines.find(key_of(decider, task), decider.prompts)

    def add(self, cell: Cell) -> None:
        """Keep `cell`.

        Raises:
            CannotWrite: the file cannot be written.
        """
        self._lines.add(cell)


def key_of(decider: Decider, task: Task) -> str:
    """The hash of model, method, settings, examples, calibration, scenario, profile, attributes."""
    profile, scenario = task.item.profile(task.level), task.item.scenario
    parts = {
        "model": decider.model.identity.model_dump(mode="json") if decider.model else None,
        "decider": decider.identity.model_dump(mode="json"),
        "scenario": scenario.model_dump(mode="json", exclude=unseen(scenario)),
        "profile": profile.model_dump(mode="json"),
        "attributes": [one.model_dump(mode="json") for one in decider.attributes_for(profile)],
        **_taught(decider),
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _taught(decider: Decider) -> dict[str, object]:
    """What labelled examples have to do with the decisions of `decider`; empty where nothing."""
    found: dict[str, object] = {}
    examples = examples_hash(decider)
    if examples is not None:
        found["examples"] = examples
    if decider.calibration is not None:
        found["calibration"] = decider.calibration.model_dump(mode="json", exclude={"created"})
    return found


async def decided(
    decider: Decider, tasks: Sequence[Task], cells: Cells, at_once: int
) -> AsyncIterator[Cell]:
    """The cell of each of `tasks`, from `cells` or made now, in their order.

    `at_once` tasks are decided together, so that the engine can put what they share side by side.
    """
    for start in range(0, len(tasks), at_once):
        part = tasks[start : start + at_once]
        for cell in await together(_cell(decider, task, cells) for task in part):
            yield cell


async def _cell(decider: Decider, task: Task, cells: Cells) -> Cell:
    known = cells.find(decider, task)
    if known is not None:
        return known
    decision = await decider.decide(task.item.scenario, task.item.profile(task.level))
    cell = _made(decider, task, decision)
    if decision.outcome != "failed":  # a failure may be the service's; it is tried again
        cells.add(cell)
    return cell


def _made(decider: Decider, task: Task, decision: Decision) -> Cell:
    item = task.item
    return Cell(
        key=key_of(decider, task),
        templates={one.name: one.sha256 for one in decision.evidence.templates},
        decider=decision.decider,
        model=decision.model,
        family=item.family,
        scenario=item.scenario.id,
        attribute=item.attribute,
        level=task.level,
        outcome=decision.outcome,
        choice=decision.choice,
        probabilities={key: round(share, 6) for key, share in decision.probabilities.items()},
        estimates={
            choice: round(levels[item.attribute].mean, 6)
            for choice, levels in decision.estimates.items()
            if item.attribute in levels
        },
        usage=decision.usage,
        reason=decision.reason,
    )
