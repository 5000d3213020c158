"""What an experiment would cost, and how many items an effect takes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from alignkit.catalog import parse_spec
from alignkit.evaluate.planner import Estimate, Speed, estimates
from alignkit.schema import Frozen, Run, Usage
from alignkit.service.experiments.preparing import Prepared, prepared
from alignkit.service.experiments.reading import Read
from alignkit.service.workbench import Workbench
from alignkit.store import Store

_BYTES_A_SECOND = 2.5e10
"""Bytes of weights that a processor core multiplies with a token a second, about: 45 tokens a
second of a file of 1.1 GB on two cores."""
_SERVICE = Speed(tokens=5000.0, call=0.5)
"""A guess at a model behind a service."""
_CALL = 0.01
"""Seconds of an embedded call beside its tokens."""
_KEYS = 500
"""Cells that a store is asked about together."""
_ENOUGH = 50
"""Decisions of an earlier run that make its speed worth more than a guess."""


class Plan(Frozen):
    """An experiment before it runs."""

    name: str
    cells: int
    parts: tuple[Estimate, ...]
    skipped: dict[str, int]
    """By data set: items that cannot be read."""

    @property
    def minutes(self) -> float:
        """All minutes together."""
        return sum(part.minutes for part in self.parts)

    @property
    def money(self) -> float | None:
        """All prices together; None where there is none."""
        prices = [part.money for part in self.parts if part.money is not None]
        return sum(prices) if prices else None


async def plan(read: Read, workbench: Workbench, store: Store | None = None) -> Plan:
    """What the experiment would cost, without opening a model.

    `store` may hold earlier runs, whose speed is better than a guess.

    Raises:
        AlignkitError: the experiment cannot be run as it stands.
    """
    found = await prepared(read, workbench, dry=True)
    at_once = found.experiment.at_once or 1
    speeds = {
        model: _measured(model, store, at_once) or _guessed(model, workbench, at_once)
        for model in found.experiment.models
    }
    speeds["none"] = Speed(tokens=1e9)
    parts = await estimates(found.matrix, found.totals, speeds.__getitem__, found.prices)
    return Plan(
        name=found.experiment.name,
        cells=found.totals.cells,
        parts=tuple(parts),
        skipped={name: len(rows) for name, rows in found.skipped.items()},
    )


@dataclass(frozen=True)
class Stock:
    """What a store holds of the cells of an experiment."""

    known: int
    """Cells with a result."""
    erased: int
    """Cells that are not decided again, as their result was erased."""


def stock_of(found: Prepared, store: Store, *, new: bool = False) -> Stock:
    """What `store` holds of the cells already; a `new` run makes again what was erased."""
    keys = (planned.cell.key for planned in found.matrix)
    known = erased = 0
    while some := list(islice(keys, _KEYS)):
        known += len(store.known(some))
        erased += 0 if new else len(store.erased(some))
    return Stock(known, erased)


def _measured(model: str, store: Store | None, at_once: int) -> Speed | None:
    """The speed of `model` in the latest run that has enough of it.

    The seconds of a service's calls count each call for itself, though they wait together.
    """
    for run in reversed(store.runs() if store else []):
        if model not in run.experiment.get("models", ()):
            continue
        usage, decisions = _used(store, run, model)
        if decisions >= _ENOUGH and usage.seconds > 0 and usage.tokens_evaluated > 0:
            speed = usage.tokens_evaluated / usage.seconds
            embedded = _embedded(model)
            together = 1 if embedded else at_once
            return Speed(tokens=speed, together=together, shares=embedded, measured=True)
    return None


def _used(store: Store | None, run: Run, model: str) -> tuple[Usage, int]:
    total, decisions = Usage(), 0
    for held in store.held(run.id) if store else ():
        if held.result is not None and held.cell.model == model:
            total += held.result.usage
            decisions += 1
    return total, decisions


def _guessed(model: str, workbench: Workbench, at_once: int) -> Speed:
    name, given = parse_spec(model)
    if name == "fake":
        return Speed(tokens=1e6, call=float(given.get("latency_ms", 0)) / 1000, together=at_once)
    if not _embedded(model):
        return _SERVICE.model_copy(update={"together": at_once})
    size = _size(name) or 1e9
    cores = workbench.settings.threads or os.cpu_count() or 1
    return Speed(tokens=cores * _BYTES_A_SECOND / size, call=_CALL, shares=True)


def _embedded(model: str) -> bool:
    kind, colon, _ = parse_spec(model)[0].partition(":")
    return model.partition("?")[0] != "fake" and (not colon or kind == "hf")


def _size(name: str) -> float | None:
    """Bytes of the weights, where they are known without fetching them."""
    from alignkit.models.weights import shipped

    if Path(name).is_file():
        return float(Path(name).stat().st_size)
    sizes = [one.size for one in shipped().models if one.name == name]
    return float(sizes[0]) if sizes and sizes[0] else None
