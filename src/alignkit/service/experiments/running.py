"""Runs an experiment into a store: begun, gone on with, told about, stopped."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from alignkit.errors import ModelError
from alignkit.evaluate.progress import Ended, Progress
from alignkit.evaluate.runner import Going, Runner
from alignkit.schema import Run
from alignkit.schema.experiment import Experiment
from alignkit.service.deciding import record_of, versions
from alignkit.service.experiments.preparing import Prepared
from alignkit.service.workbench import Workbench
from alignkit.store import Store

_DIGEST = 12
"""Characters of the cells' hash in a run's id."""


@dataclass(frozen=True)
class Begun:
    """A run that starts or goes on."""

    run: Run
    resumed: bool
    """It was started before, and its cells are the same."""
    notes: tuple[str, ...] = ()
    """What whoever runs it should know: rows that were skipped, data that has changed."""


Event = Begun | Progress | Ended


@dataclass
class Running:
    """One call of a run; iterate `events`, and `stop` it if need be."""

    prepared: Prepared
    workbench: Workbench
    store: Store
    new: bool = False
    """A fresh run, although one of the same cells is there; known results become part of it, and
    what was erased is made again."""
    _runner: Runner | None = field(default=None, repr=False)

    def stop(self) -> None:
        """Finish what is under way and begin nothing more."""
        if self._runner is not None:
            self._runner.stop()

    async def events(self) -> AsyncGenerator[Event, None]:
        """What goes on: how it begins, where it stands, how it ended.

        Raises:
            ModelError: a model is gone; what it answered before is stored, and the hint says how to
                go on.
            StoreError: the store does not take more; what was told of is stored.
        """
        begun = begin(self.prepared, self.store, new=self.new)
        experiment = self.prepared.experiment
        going = Going(
            at_once=experiment.at_once or 1,
            budget=experiment.budget,
            prices=self.prepared.prices,
            remaking=self.new,
            leaving=self._leave,
        )
        self._runner = Runner(self.prepared.matrix, self.store, begun.run, record_of, going)
        yield begun
        progress: Progress | None = None
        try:
            async with aclosing(self._runner.events()) as events:
                async for event in events:
                    progress = event if isinstance(event, Progress) else event.progress
                    yield event
        except ModelError as error:
            raise _going_on(error, progress) from error

    async def _leave(self, model: str) -> None:
        """Close a model whose cells are all decided, so that one is in memory at a time."""
        if model in self.prepared.experiment.models:
            await self.workbench.close(model)


def begin(prepared: Prepared, store: Store, *, new: bool) -> Begun:
    """The run of the experiment in `store`, started unless one of the same cells is there.

    Raises:
        StoreError: the store cannot be read or written.
    """
    experiment, totals = prepared.experiment, prepared.totals
    earlier = [run for run in store.runs() if run.name == experiment.name]
    suffix = uuid.uuid4().hex if new else totals.digest
    run_id = f"{experiment.name}-{suffix[:_DIGEST]}"
    notes = (*_skipped(prepared), *(_changed(earlier, prepared, run_id)))
    found = next((run for run in earlier if run.id == run_id), None)
    run = found or Run(
        id=run_id,
        name=experiment.name,
        created=datetime.now(UTC),
        experiment=as_run(experiment, prepared.files),
        versions=versions(),
        cells=totals.cells,
    )
    store.start(run)
    return Begun(run, found is not None, notes)


def as_run(experiment: Experiment, files: dict[str, str]) -> dict[str, Any]:
    """What a run keeps of its experiment: everything, and the fingerprints of its `files`."""
    return {**experiment.model_dump(mode="json", exclude_none=True), "files": files}


def _skipped(prepared: Prepared) -> list[str]:
    return [
        f"Data set {name!r}: {len(found)} items cannot be read and are left out, the first: "
        f"{found[0]}"
        for name, found in prepared.skipped.items()
    ]


def _changed(earlier: list[Run], prepared: Prepared, run_id: str) -> list[str]:
    """Files that were others when the experiment was last run."""
    last = max(earlier, key=lambda run: run.created, default=None)
    if last is None or last.id == run_id:
        return []
    before: dict[str, str] = last.experiment.get("files", {})
    return [
        f"{name}: has changed since the run {last.id}. Scenarios that are as they were keep their "
        "results; the others are decided anew."
        for name, sha256 in prepared.files.items()
        if before.get(name, sha256) != sha256
    ]


def _going_on(error: ModelError, progress: Progress | None) -> ModelError:
    """`error` with what is safe and how to go on."""
    stored = (
        f"; {progress.done:,} of {progress.total:,} cells are decided and stored"
        if progress
        else ""
    )
    told = type(error)(
        f"{error.message} The run stops{stored}.",
        f"{error.hint} Run the same command again to go on.",
    )
    told.step = error.step
    return told
