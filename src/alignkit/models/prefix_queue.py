"""One engine, many askers: jobs run one at a time, next always what shares most with the last.

The engine keeps the state of the last prompt; what the next prompt shares with it from the start
is not evaluated again. Waiting jobs are kept sorted by their tokens, where the neighbours of the
last prompt are those that share most with it. Walking a set of prompts this way evaluates every
node of their prefix tree once, which is the least possible with one slot.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from alignkit.errors import EngineFailed

R = TypeVar("R")
Tokens = tuple[int, ...]


class _Job(Generic[R]):
    """Work for the engine and the future that waits for it."""

    def __init__(self, tokens: Tokens, number: int, work: Callable[[], R]) -> None:
        self.key = (tokens, number)
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[R] = self.loop.create_future()

    def run(self) -> None:
        """Do the work, unless nobody waits for it any more, and hand over what came of it."""
        if self.future.cancelled():
            return
        try:
            result = self.work()
        except Exception as error:  # noqa: BLE001  whatever it is belongs to the one who waits
            self._deliver(partial(self.future.set_exception, error))
        else:
            self._deliver(partial(self.future.set_result, result))

    def cancel(self) -> None:
        """Tell the one who waits that the work will not be done."""
        self._deliver(self.future.cancel)

    def _deliver(self, hand_over: Callable[[], object]) -> None:
        def deliver() -> None:
            if not self.future.done():
                hand_over()

        with suppress(RuntimeError):  # the asker's loop is closed: nobody waits any more
            self.loop.call_soon_threadsafe(deliver)


class PrefixQueue:
    """Runs jobs on a thread of its own, in the order that shares most."""

    def __init__(self) -> None:
        self._waiting: list[_Job[Any]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._last: Tokens = ()
        # A daemon, so that an interrupted program ends without waiting for a long prompt.
        self._thread = threading.Thread(target=self._work, name="alignkit-engine", daemon=True)
        self._thread.start()

    async def run_all(self, jobs: Sequence[tuple[Tokens, Callable[[], R]]]) -> list[R]:
        """What each of `jobs` (its prompt's tokens, its work) returned, in their order.

        Raises the error of the first job that failed; the others of this call are given up.

        Raises:
            EngineFailed: the queue was closed before.
        """
        queued = [_Job(tokens, next(self._numbers), work) for tokens, work in jobs]
        with self._changed:
            if self._closed:
                raise EngineFailed("The model was closed and answers no more.")
            self._waiting.extend(queued)
            self._waiting.sort(key=lambda job: job.key)
            self._changed.notify()
        try:
            return list(await asyncio.gather(*(job.future for job in queued)))
        except BaseException:
            for job in queued:
                job.future.cancel()
            raise

    def close(self) -> None:
        """Stop after the job at hand; those that still wait are cancelled."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.run()

    def _next(self) -> _Job[Any] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                for job in self._waiting:
                    job.cancel()
                return None
            job = self._waiting.pop(self._nearest())
        if not job.future.cancelled():
            self._last = job.key[0]
        return job

    def _nearest(self) -> int:
        """Index of the waiting job that shares the longest prefix with the last one."""
        at = bisect.bisect_left(self._waiting, (self._last, -1), key=lambda job: job.key)
        after = min(at, len(self._waiting) - 1)
        before = max(at - 1, 0)
        if shared(self._waiting[before].key[0], self._last) > shared(
            self._waiting[after].key[0], self._last
        ):
            return before
        return after


def shared(a: Tokens, b: Tokens) -> int:
    """How many tokens `a` and `b` have in common from the start."""
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
