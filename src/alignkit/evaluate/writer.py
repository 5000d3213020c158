"""Puts decisions into the store in groups, on a thread of its own, never long after they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from alignkit.errors import StoreBusy
from alignkit.store import Kept, Store

P = ParamSpec("P")
R = TypeVar("R")

GATHERED = 0.05
"""Seconds that the first decision of a group waits for others: commits are at most 100 ms apart."""
_MOST = 500
"""With so many decisions waiting, those who bring more wait too."""
_TRIES = 6
_PAUSE = 0.2
"""Seconds before a busy store is tried again, twice as long each time."""


class Writer:
    """Keeps the decisions of one run; `on_stored` is told of each group once it is safe."""

    def __init__(self, store: Store, run: str, on_stored: Callable[[Sequence[Kept]], None]) -> None:
        """Write to `store` for the run with this id."""
        self._store = store
        self._run = run
        self._on_stored = on_stored
        self._pending: list[Kept] = []
        self._room = asyncio.Semaphore(_MOST)
        self._wake = asyncio.Event()
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="alignkit-store")

    async def put(self, kept: Kept) -> None:
        """Keep `kept` soon."""
        await self._room.acquire()
        self._pending.append(kept)
        self._wake.set()

    def close(self) -> None:
        """Let `work` end once nothing is pending."""
        self._closed = True
        self._wake.set()

    async def work(self) -> None:
        """Write groups until the writer is closed and all is written.

        Raises:
            StoreError: the store does not take them; what it took before is safe.
        """
        try:
            while self._pending or not self._closed:
                await self._wake.wait()
                if not self._closed:
                    await asyncio.sleep(GATHERED)
                    self._wake.clear()
                group, self._pending = self._pending, []
                if group:
                    await self.call(self._store.add, self._run, group)
                    self._on_stored(group)
                for _ in group:
                    self._room.release()
        finally:
            self._closed = True
            self._thread.shutdown(wait=False)

    async def call(self, ask: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What the store answers, asked on its thread; a busy store is asked again.

        Raises:
            StoreError: it cannot do it, or stays busy.
        """
        loop = asyncio.get_running_loop()
        for failed in range(1, _TRIES):
            try:
                return await loop.run_in_executor(self._thread, lambda: ask(*args, **kwargs))
            except StoreBusy:
                await asyncio.sleep(_PAUSE * 2 ** (failed - 1))
        return await loop.run_in_executor(self._thread, lambda: ask(*args, **kwargs))
