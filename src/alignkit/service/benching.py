"""Deciders side by side on labelled items: what `align bench methods` measures."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignkit.catalog import shown_spec
from alignkit.deciders.base import Decider
from alignkit.deciders.making import named
from alignkit.errors import UsageError
from alignkit.evaluate.cells import Cells, Task, decided
from alignkit.evaluate.items import FAMILIES, LEVELS, Family, Half, Item, items_of
from alignkit.evaluate.margins import Margin, margins
from alignkit.evaluate.scores import Figures, Judged, figures
from alignkit.examples import Pool
from alignkit.service.settings import Settings
from alignkit.service.workbench import Workbench

METHODS = (
    "chooser_judge",
    "chooser_judge?ask=trait,person,origin",
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
_NO_MODEL = "none"
_OTHER = {"first": "second", "second": "first"}


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
    """Fixed scenarios a family, more where they are spread; None for all."""
    half: Half = "both"
    """Which half of the items, split by scenario."""
    cells: Path | None = None
    """The file that keeps decisions."""
    against: str | None = None
    """A method that the others are compared with, item by item."""


@dataclass(frozen=True)
class Row:
    """One decider on one family with one model."""

    decider: str
    model: str
    """As it was asked for."""
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
    margins: Sequence[Margin] = ()
    """At the end: how the deciders compare with the one that is named for it."""


async def bench(wanted: Bench, workbench: Workbench) -> AsyncGenerator[Step, None]:
    """Measure what is `wanted`, row after row; a step is given for every decision.

    Raises:
        UsageError: there is no such family or decider, or no folder of data.
        FileProblem: the data is not there.
        ModelError: a model cannot be had or started.
    """
    specs = _specs(wanted)
    for spec in specs:
        named(spec)  # a misspelt one is told before the first of them has measured for an hour
    groups = _groups(wanted, workbench.settings.data)
    cells = Cells(wanted.cells)
    tasks_of = {name: _tasks(items) for name, items in groups.items()}
    ways = [(model, spec) for model in wanted.models for spec in specs]
    total = len(ways) * sum(map(len, tasks_of.values()))
    done = 0
    rows: list[Row] = []
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
                name = (shown_spec(model) if model else identity.name) if identity else _NO_MODEL
                sha256 = identity.sha256 if identity else None
                rows.append(Row(spec, name, sha256, family, figures(judged), judged))
                yield Step(done, total, rows[-1])
    compared = [] if wanted.against is None else _margins(rows, wanted.against)
    yield Step(done, total, margins=compared)


def _specs(wanted: Bench) -> list[str]:
    """What is measured: the deciders, and the one that they are compared with."""
    given = [*wanted.deciders, *([wanted.against] if wanted.against is not None else [])]
    return list(dict.fromkeys(given))


def _margins(rows: Sequence[Row], against: str) -> list[Margin]:
    """How the other deciders compare with `against`, model by model."""
    results: dict[str, dict[str, dict[str, Sequence[Judged]]]] = {}
    for row in rows:
        results.setdefault(row.model, {}).setdefault(row.decider, {})[row.family] = row.judged
    controls = results.pop(_NO_MODEL, {})
    if against in controls:  # two controls are compared once, and not with every model
        base = {against: controls[against]}
        blocks = {model: {**found, **base} for model, found in results.items()}
        blocks[_NO_MODEL] = controls
    else:
        blocks = {model: {**found, **controls} for model, found in results.items()}
    return [one for model, found in blocks.items() for one in margins(model, found, against)]


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
        found[name] = items_of(_family(name), data, wanted.limit, wanted.half)
    return found


def _family(name: str) -> Family:
    known = {family.name: family for family in FAMILIES}
    if name not in known:
        raise UsageError(f"There is no family {name!r}.", f"There are: {', '.join(known)}.")
    return known[name]


def _tasks(items: Sequence[Item]) -> list[Task]:
    return [Task(item, level) for item in items for level in LEVELS]
