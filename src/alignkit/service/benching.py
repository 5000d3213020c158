"""Deciders side by side on labelled items: what `align bench methods` measures."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alignkit.deciders.base import Decider
from alignkit.deciders.making import named
from alignkit.errors import UsageError
from alignkit.evaluate.cells import Cells, Task, decided
from alignkit.evaluate.items import FAMILIES, LEVELS, Family, Item, items_of
from alignkit.evaluate.scores import Figures, Judged, figures
from alignkit.examples import Pool
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench

METHODS = (
    "comparative_regression",
    "direct_regression",
    "direct_regression?focus=true",
    "direct_regression?shots=4&examples=family",
    "comparative_regression?shots=4&examples=family",
    "statement_judge",
    "statement_judge?focus=true",
    "most_and_least",
    "most_and_least?exchange_names=true",
    "value_judge",
    "relevance_weighted",
    "staged",
    "instructed",
    "contrastive",
    "self_consistency",
    "persona",
    "ensemble",
    "baseline",
    "oracle",
    "random",
    "first",
)
"""Deciders that are compared when none are named. `examples=family` stands for labelled scenarios
of the family that is measured, never the item itself or its twin."""

_FAMILY = "family"
_OTHER = {"first": "second", "second": "first"}

Half = Literal["first", "second", "both"]


def default_cells(settings: Settings) -> Path:
    """The file in the user's cache that keeps decisions."""
    return settings.models_folder.parent / "bench" / "cells.jsonl"


@dataclass(frozen=True)
class Bench:
    """What is to be measured."""

    deciders: Sequence[str] = METHODS
    models: Sequence[str | None] = (None,)
    families: Sequence[str] = tuple(family.name for family in FAMILIES)
    limit: int | None = 10
    """Fixed scenarios a family; None for all."""
    half: Half = "both"
    """Which half of the items, split by scenario."""
    cells: Path | None = None
    """The file that keeps decisions."""


@dataclass(frozen=True)
class Row:
    """One decider on one family with one model."""

    decider: str
    model: str
    sha256: str | None
    family: str
    figures: Figures
    judged: Sequence[Judged]


@dataclass(frozen=True)
class Step:
    """How far the measuring is."""

    done: int
    total: int
    row: Row | None = None
    """The row that is now complete, if one is."""
    skipped: str | None = None
    """A row that cannot be had, and why."""


async def bench(wanted: Bench, workbench: Workbench) -> AsyncGenerator[Step, None]:
    """Measure what is `wanted`, row after row; a step is given for every decision.

    Raises:
        UsageError: there is no such family or decider, or no folder of data.
        FileProblem: the data is not there.
        ModelError: a model cannot be had or started.
    """
    for spec in wanted.deciders:
        named(spec)  # a misspelt one is told before the first of them has measured for an hour
    groups = _groups(wanted, workbench.settings.data)
    cells = Cells(wanted.cells)
    tasks_of = {name: _tasks(items) for name, items in groups.items()}
    ways = [(model, spec) for model in wanted.models for spec in wanted.deciders]
    total = len(ways) * sum(map(len, tasks_of.values()))
    done = 0
    for model, spec in ways:
        for family, tasks in tasks_of.items():
            decider = _decider(wanted, workbench, spec, model, family)
            identity = decider.model.identity if decider.model else None
            judged: list[Judged] = []
            before = done
            try:
                async for cell in decided(decider, tasks, cells, workbench.settings.at_once):
                    judged.append(Judged(tasks[len(judged)], cell))
                    done += 1
                    yield Step(done, total)
            except UsageError as error:  # such as too few examples: the other rows can be had
                done = before + len(tasks)
                yield Step(done, total, skipped=f"{spec} on {family}: {error}")
                continue
            if judged:
                name = identity.name if identity else "none"
                sha256 = identity.sha256 if identity else None
                found = figures(judged)
                yield Step(done, total, Row(spec, name, sha256, family, found, judged))


def _decider(
    wanted: Bench, workbench: Workbench, spec: str, model: str | None, family: str
) -> Decider:
    """The decider for `family`, as it is without any calibration."""
    given: dict[str, object] = {}
    if getattr(named(spec).settings, "examples", None) == _FAMILY:
        other = _OTHER.get(wanted.half, "all")
        given["examples"] = source = f"{_FAMILY}:{family}:{other}"
        workbench.keep_pool(source, _pool(family, other, workbench))
    decider = workbench.decider(spec, model, given=given)
    decider.calibration = None
    return decider


def _pool(family: str, half: str, workbench: Workbench) -> Pool:
    """The labelled scenarios of `family` with their twins: of one half, or all."""
    data = workbench.settings.data
    items = items_of(_family(family), data, None) if data else []
    kept = {one.scenario.id: one.scenario for one in items if half in {"all", one.half}}
    return Pool(kept.values())


def _groups(wanted: Bench, data: Path | None) -> dict[str, list[Item]]:
    if data is None:
        raise UsageError(
            "The public data sets are needed to compare methods.",
            "Set ALIGN_DATA to the folder that holds mta/, align_phase2/ and persona_statements/.",
        )
    found = {}
    for name in wanted.families:
        items = items_of(_family(name), data, wanted.limit)
        found[name] = [one for one in items if wanted.half in {"both", one.half}]
    return found


def _family(name: str) -> Family:
    known = {family.name: family for family in FAMILIES}
    if name not in known:
        raise UsageError(f"There is no family {name!r}.", f"There are: {', '.join(known)}.")
    return known[name]


def _tasks(items: Sequence[Item]) -> list[Task]:
    return [Task(item, level) for item in items for level in LEVELS]
