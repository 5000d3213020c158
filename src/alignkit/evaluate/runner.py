"""Decides the cells of a matrix: many at a time, each stored soon after, none twice.

What is counted in a `Progress` is in the store. So a run that is killed loses at most what nobody
was told of, and the next call of the same run asks for the rest only.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from alignkit.deciders.base import Decider
from alignkit.errors import DataError, ModelError, UsageError
from alignkit.evaluate.matrix import Matrix, Planned
from alignkit.evaluate.progress import Counter, Ended, Ending, Progress, spent
from alignkit.evaluate.standing import standing
from alignkit.evaluate.writer import Writer
from alignkit.models.patient import Patient
from alignkit.schema import Cell, Decision, Profile, Record, Result, Run, Scenario
from alignkit.schema.experiment import Budget, Price
from alignkit.store import Kept, Store

_CHUNK = 256
"""Cells whose results are looked for together."""
_TICK = 1.0
"""Seconds after which progress is told even if nothing was stored."""

Recording = Callable[[Decider, Scenario, Profile | None, Decision], Record]
"""Makes the record of a decision."""


async def _nothing(_: str) -> None:
    """Leave models as they are."""


@dataclass(frozen=True)
class Going:
    """How a run goes, without a say in what comes out."""

    at_once: int = 8
    """Decisions of one model under way at the same time."""
    budget: Budget = field(default_factory=Budget)
    prices: Mapping[str, Price] = field(default_factory=dict)
    """By model, as the experiment names it."""
    remaking: bool = False
    """Make cells again whose result was erased; else they stay gone, as whoever erased them wanted,
    whichever run held them."""
    leaving: Callable[[str], Awaitable[None]] = _nothing
    """Is told the name of each model when the last of its cells is decided."""


class Runner:
    """Runs a matrix once; `events` does the work and says how far it is."""

    def __init__(
        self,
        matrix: Matrix,
        store: Store,
        run: Run,
        recording: Recording,
        going: Going | None = None,
    ) -> None:
        """Decide what `store` does not know yet, for the `run` that it has started."""
        self._matrix = matrix
        self._store = store
        self._run = run.id
        self._recording = recording
        self._how = going or Going()
        self._counter = Counter(run.cells, self._how.prices)
        self._queue: asyncio.Queue[Planned] = asyncio.Queue(self._how.at_once)
        self._told: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._ending: Ending = "complete"
        self._said = ""
        self._gone: ModelError | None = None
        self._under_way: set[asyncio.Future[Decision]] = set()

    def stop(self) -> None:
        """Begin nothing more; what is under way is finished and stored."""
        self._end("stopped")

    async def events(self) -> AsyncGenerator[Progress | Ended, None]:
        """Where the run stands, after every group that was stored and at least every second.

        The last one is an `Ended`. Closing the generator before stops at once; what was not told
        of may be lost.

        Raises:
            ModelError: a model is gone; everything that it answered before is stored.
            StoreError: the store does not take more; everything that was told of is stored.
        """
        self._writer = Writer(self._store, self._run, self._stored)
        work = asyncio.create_task(self._all())
        work.add_done_callback(lambda _: self._told.put_nowait(None))
        try:
            yield self._counter.progress()
            while (progress := await self._next()) is not None:
                yield progress
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if self._gone is not None:
            raise self._gone
        yield Ended(self._ending, self._counter.progress(), self._said)

    async def _next(self) -> Progress | None:
        try:
            return await asyncio.wait_for(self._told.get(), _TICK)
        except TimeoutError:
            self._check_budget()
            return self._counter.progress()

    async def _all(self) -> None:
        """Decide and store everything, or stop at the first defect."""
        writing = asyncio.create_task(self._writer.work())
        workers = [asyncio.create_task(self._work()) for _ in range(self._how.at_once)]
        feeding = asyncio.create_task(self._feed())
        tasks = {writing, feeding, *workers}
        try:
            while not feeding.done():
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                tasks -= done
            for worker in workers:
                worker.cancel()
            self._writer.close()
            await writing
        except BaseException:
            # Whatever is wrong, what was decided before is worth keeping, if the store can.
            self._writer.close()
            if not writing.done():
                await asyncio.wait({writing}, timeout=5)
            raise
        finally:
            for task in (writing, feeding, *workers):
                task.cancel()
            await asyncio.gather(writing, feeding, *workers, return_exceptions=True)

    async def _feed(self) -> None:
        """Hand every cell without a result to the workers, one model after another."""
        for model, planned in groupby(self._matrix, key=lambda one: one.way.model):
            while self._going and (chunk := await asyncio.to_thread(_chunk, planned)):
                for one in await self._unknown(chunk):
                    if not self._going:
                        break
                    await self._queue.put(one)
            await self._queue.join()
            if not self._going:
                return
            await self._how.leaving(model)

    async def _unknown(self, chunk: Sequence[Planned]) -> list[Planned]:
        """Those of `chunk` that have no result; the others become part of this run."""
        keys = [one.cell.key for one in chunk]
        held = await self._writer.call(standing, self._store, keys, remaking=self._how.remaking)
        found = [one.cell for one in chunk if one.cell.key in held.known]
        if found:
            await self._writer.call(self._store.link, self._run, found)
        if found or held.erased:
            self._counter.found(len(found))
            self._counter.gone(len(held.erased))
            self._told.put_nowait(self._counter.progress())
        return [one for one in chunk if one.cell.key not in held.known | held.erased]

    async def _work(self) -> None:
        while True:
            planned = await self._queue.get()
            try:
                if self._going:
                    await self._decide(planned)
            finally:
                self._queue.task_done()

    async def _decide(self, planned: Planned) -> None:
        decider = planned.way.decider
        deciding = asyncio.ensure_future(decision_on(planned))
        self._under_way.add(deciding)
        try:
            decision = await deciding
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._gone is None or (task and task.cancelling()):
                raise
            return  # it would have failed; the next call decides it
        finally:
            self._under_way.discard(deciding)
        gone = decider.model.gone if isinstance(decider.model, Patient) else None
        if decision.outcome == "failed" and gone is not None:
            self._give_up(gone)
            return
        self._counter.used(planned.cell.model, decision.usage)
        self._check_budget()
        record = self._recording(decider, planned.scenario, planned.profile, decision)
        await self._writer.put(Kept(planned.cell, result_of(planned.cell, decision), record))

    def _stored(self, group: Sequence[Kept]) -> None:
        self._counter.stored([kept.result for kept in group])
        self._told.put_nowait(self._counter.progress())

    def _check_budget(self) -> None:
        said = spent(self._how.budget, self._counter.progress())
        if said is not None and self._going:
            self._end("budget")
            self._said = said

    def _give_up(self, gone: ModelError) -> None:
        """The model answers no more: what still waits for it is called back, not failed."""
        self._gone = self._gone or gone
        for deciding in self._under_way:
            deciding.cancel()

    @property
    def _going(self) -> bool:
        return self._ending == "complete" and self._gone is None

    def _end(self, ending: Ending) -> None:
        if self._ending == "complete":
            self._ending = ending


def _chunk(planned: Iterator[Planned]) -> list[Planned]:
    return list(islice(planned, _CHUNK))


async def decision_on(planned: Planned) -> Decision:
    """The decision on a cell; a scenario or profile that the method cannot work with fails."""
    decider = planned.way.decider
    try:
        return await decider.decide(planned.scenario, planned.profile)
    except (DataError, UsageError) as error:
        return Decision(
            id=uuid.uuid4().hex,
            scenario=planned.scenario.id,
            profile=planned.cell.profile,
            decider=decider.label,
            model=planned.cell.model,
            outcome="failed",
            choice=None,
            probabilities={},
            confidence=0.0,
            reason=str(error),
        )


def result_of(cell: Cell, decision: Decision) -> Result:
    """What `decision` comes to, for figures."""
    return Result(
        key=cell.key,
        decision=decision.id,
        outcome=decision.outcome,
        choice=decision.choice,
        confidence=decision.confidence,
        probabilities=decision.probabilities,
        estimates={
            choice: {name: estimate.mean for name, estimate in levels.items()}
            for choice, levels in decision.estimates.items()
        },
        usage=decision.usage,
        reason=decision.reason,
    )
