"""What an experiment would cost, and how many items an effect takes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from alignkit.catalog import parse_spec
from alignkit.evaluate.planner import Cost, Estimate, Speed, estimates
from alignkit.evaluate.standing import Stock, stocks
from alignkit.schema import Frozen, ModelIdentity, Run, Usage
from alignkit.service.experiments.identifying import identity_of, is_embedded
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
_ENOUGH = 50
"""Decisions of an earlier run that make its speed worth more than a guess."""


class Plan(Frozen):
    """An experiment before it runs."""

    name: str
    parts: tuple[Estimate, ...]
    skipped: dict[str, int]
    """By data set: items that cannot be read."""
    unidentified: tuple[str, ...] = ()
    """Models that the store has runs of, but that cannot be told from others without opening them:
    all their cells count as left to decide."""

    @property
    def whole(self) -> Cost:
        """What all cells take together, as if none were known."""
        return _sum(self.parts)

    @property
    def left(self) -> Cost:
        """What the cells take together that are to be decided."""
        return _sum([part.left for part in self.parts])

    @property
    def stock(self) -> Stock:
        """How many cells need not be decided."""
        return sum((Stock(part.known, part.erased) for part in self.parts), Stock())


def _sum(costs: Sequence[Cost]) -> Cost:
    prices = [cost.money for cost in costs if cost.money is not None]
    return Cost(
        cells=sum(cost.cells for cost in costs),
        calls=sum(cost.calls for cost in costs),
        tokens_submitted=sum(cost.tokens_submitted for cost in costs),
        tokens_evaluated=sum(cost.tokens_evaluated for cost in costs),
        tokens_generated=sum(cost.tokens_generated for cost in costs),
        minutes=sum(cost.minutes for cost in costs),
        money=sum(prices) if prices else None,
    )


async def plan(read: Read, workbench: Workbench, store: Store | None = None) -> Plan:
    """What the experiment would cost, without opening a model.

    `store` may hold results of its cells, which are not decided again, and earlier runs, whose
    speed is better than a guess.

    Raises:
        AlignkitError: the experiment cannot be run as it stands.
    """
    found = await prepared(
        read, workbench, dry=True, identify=partial(_identified, workbench, store)
    )
    at_once = found.experiment.at_once or 1
    speeds = {
        model: _measured(model, store, at_once) or _guessed(model, workbench, at_once)
        for model in found.experiment.models
    }
    speeds["none"] = Speed(tokens=1e9)
    parts = await estimates(found.matrix, found.totals, speeds.__getitem__, found.prices, store)
    return Plan(
        name=found.experiment.name,
        parts=tuple(parts),
        skipped={name: len(rows) for name, rows in found.skipped.items()},
        unidentified=tuple(
            model
            for model in found.experiment.models
            if _identified(workbench, store, model) is None and _has_run(store, model)
        ),
    )


def _identified(workbench: Workbench, store: Store | None, model: str) -> ModelIdentity | None:
    """Which model it is, where there is a store with results that may be its own."""
    return identity_of(model, workbench) if store is not None and store.runs() else None


def _has_run(store: Store | None, model: str) -> bool:
    return any(_names(run, model) for run in (store.runs() if store else ()))


def _names(run: Run, model: str) -> bool:
    return model in run.experiment.get("models", ())


def stock_of(found: Prepared, store: Store, *, new: bool = False) -> Stock:
    """What `store` holds of the cells already; a `new` run makes again what was erased."""
    return sum(stocks(found.matrix, store, remaking=new).values(), Stock())


def _measured(model: str, store: Store | None, at_once: int) -> Speed | None:
    """The speed of `model` in the latest run that has enough of it.

    The seconds of a service's calls count each call for itself, though they wait together.
    """
    for run in reversed(store.runs() if store else []):
        if not _names(run, model):
            continue
        usage, decisions = _used(store, run, model)
        if decisions >= _ENOUGH and usage.seconds > 0 and usage.tokens_evaluated > 0:
            speed = usage.tokens_evaluated / usage.seconds
            embedded = is_embedded(model)
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
    if not is_embedded(model):
        return _SERVICE.model_copy(update={"together": at_once})
    size = _size(name) or 1e9
    cores = workbench.settings.threads or os.cpu_count() or 1
    return Speed(tokens=cores * _BYTES_A_SECOND / size, call=_CALL, shares=True)


def _size(name: str) -> float | None:
    """Bytes of the weights, where they are known without fetching them."""
    from alignkit.models.weights import shipped

    if Path(name).is_file():
        return float(Path(name).stat().st_size)
    sizes = [one.size for one in shipped().models if one.name == name]
    return float(sizes[0]) if sizes and sizes[0] else None
