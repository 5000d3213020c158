"""Keeps the decisions that a server makes: soon after they were made, in a run of their own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from alignkit.errors import CannotWrite, StoreError
from alignkit.evaluate.runner import result_of
from alignkit.schema import Cell, Record, Run, Writing
from alignkit.service.deciding import versions
from alignkit.store import Kept, Store

NAME = "served"
"""Name of the runs in which they are kept."""
_GATHERED = 0.5
"""Seconds that the first decision of a group waits for others: large groups cost half as much."""
_AT_ONCE = 200
"""Decisions in one transaction."""
_MOST = 1_000
"""With so many decisions waiting, who brings more waits too: each takes about 20 kB of memory."""
_PATIENCE = 60.0
"""Seconds that somebody waits so; then the store does not work, and that is said."""
_BREATH = 0.001
"""Seconds between two decisions that are made ready to be stored: requests are answered in them."""
_BUSY = 400
"""With so many decisions waiting, storing them comes first."""
_PAUSE = 1.0
"""Seconds before a store that refused is tried again."""
_LOG = logging.getLogger("alignkit.server")


class ServedDecisions:
    """Writes decisions to a store in groups, on a thread of its own."""

    def __init__(self, store: Store) -> None:
        """Keep them in `store`; call `work` to have them written."""
        self._store = store
        self._run = new_run()
        self._started = False
        self._waiting: dict[str, tuple[Record | Writing, str]] = {}
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alignkit-served")

    @property
    def waiting(self) -> int:
        """Decisions and texts that are not stored yet."""
        return len(self._waiting)

    async def keep(self, records: Sequence[Record], by: str) -> None:
        """Have `records` stored soon, and that they were asked for `by` somebody.

        Waits only where too many wait already.

        Raises:
            CannotWrite: the store has taken none for too long; nothing of `records` is kept.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                while len(self._waiting) >= _MOST:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise CannotWrite(
                f"{len(self._waiting)} decisions wait to be stored, and the store takes none."
            ) from None
        for record in records:
            self._waiting[record.decision.id] = (record, by)
        self._wake.set()

    def keep_writing(self, writing: Writing, by: str) -> None:
        """Have a text that a model wrote stored soon, and that it was asked for `by` somebody."""
        self._waiting[writing.id] = (writing, by)
        self._wake.set()

    async def writing(self, name: str) -> Writing:
        """The text with this id, stored or not yet.

        Raises:
            UnknownName: there is none.
            BadRecord: it was erased, or kept without its record.
            StoreError: the store cannot be read.
        """
        found, _ = self._waiting.get(name, (None, ""))
        if isinstance(found, Writing):
            return found
        return await asyncio.to_thread(self._store.writings.one, name)

    async def record(self, decision: str) -> Record:
        """The record of the decision whose id is or begins with `decision`, stored or not yet.

        Raises:
            UnknownName: there is none, or there are several; the message names what comes near.
            BadRecord: it was erased, or kept without its record.
            StoreError: the store cannot be read.
        """
        found, _ = self._waiting.get(decision, (None, ""))
        if isinstance(found, Record):
            return found
        return await asyncio.to_thread(self._store.record, decision)

    async def work(self) -> None:
        """Store what comes until `aclose` is called and all is stored."""
        try:
            while self._waiting or not self._closed:
                await self._wake.wait()
                if not self._closed:
                    await asyncio.sleep(_GATHERED)
                    self._wake.clear()
                while self._waiting and await self._write(list(self._waiting)[:_AT_ONCE]):
                    pass
                if self._closed:
                    return
        finally:
            self._thread.shutdown(wait=False)

    def close(self) -> None:
        """Let `work` end once everything is stored, or could not be."""
        self._closed = True
        self._wake.set()

    async def _write(self, ids: Sequence[str]) -> bool:
        """Store the decisions with these `ids`; False where the store refused."""
        group = [self._waiting[one] for one in ids]
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._add, group)
        except Exception as error:  # noqa: BLE001  whatever it is, the next try may do
            _LOG.error(
                "decisions are not stored",
                # A message of another kind may hold what was to be stored.
                extra={
                    "error": str(error) if isinstance(error, StoreError) else type(error).__name__,
                    "count": len(ids),
                },
                exc_info=None if isinstance(error, StoreError) else error,
            )
            await asyncio.sleep(0 if self._closed else _PAUSE)
            self._wake.set()
            return False
        for one in ids:
            del self._waiting[one]
        self._room.set()
        return True

    def _add(self, group: Sequence[tuple[Record | Writing, str]]) -> None:
        decisions = [kept(one, by) for one, by in group if isinstance(one, Record)]
        writings = [(one, by) for one, by in group if isinstance(one, Writing)]
        if decisions and not self._started:
            self._store.start(self._run)
            self._started = True
        if decisions:
            self._store.add(self._run.id, self._one_by_one(decisions))
        if writings:
            self._store.writings.add(writings)

    def _one_by_one(self, decisions: Iterable[Kept]) -> Iterator[Kept]:
        """`decisions`, each after a moment in which the server's own thread can work."""
        for one in decisions:
            if len(self._waiting) < _BUSY:
                time.sleep(_BREATH)
            yield one


def kept(record: Record, by: str, name: str = NAME) -> Kept:
    """`record` as a cell of its own: equal questions are asked again, and each answer is kept."""
    decision, profile = record.decision, record.profile
    targets = profile.targets if profile else {}
    cell = Cell(
        key=hashlib.sha256(f"{name} {decision.id}".encode()).hexdigest(),
        dataset=name,
        scenario=record.scenario.id,
        group=record.scenario.belongs_to,
        tags=record.scenario.tags,
        truths={one.id: one.values for one in record.scenario.choices if one.values},
        profile=decision.profile,
        targets={name: target.value for name, target in targets.items()},
        decider=decision.decider,
        model=decision.model,
    )
    return Kept(cell, result_of(cell, decision), record, by)


def new_run(name: str = NAME) -> Run:
    """A run for decisions that are asked for one by one; nobody knows how many there will be."""
    now = datetime.now(UTC)
    return Run(
        id=f"{name}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
        name=name,
        created=now,
        experiment={},
        versions=versions(),
        cells=0,
    )
