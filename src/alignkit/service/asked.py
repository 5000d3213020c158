"""Keeps decisions that are asked for at a terminal, in a run of their own."""

from __future__ import annotations

import asyncio

from alignkit.schema import Record
from alignkit.service.served import kept, new_run
from alignkit.store import Store

NAME = "asked"
"""Name of the runs in which they are kept."""


class AskedDecisions:
    """Puts each decision into a store as soon as it is made; escalated ones wait there."""

    def __init__(self, store: Store, by: str) -> None:
        """Keep them in `store`; the audit log says that they were asked for `by` somebody."""
        self._store = store
        self._by = by
        self._run = new_run(NAME)
        self._started = False
        self.waiting = 0
        """Decisions that were left to a person."""

    async def keep(self, record: Record) -> None:
        """Keep one decision; it is stored when this returns.

        Raises:
            StoreError: the store does not take it.
        """
        await asyncio.to_thread(self._keep, record)
        self.waiting += record.decision.outcome == "escalated"

    def _keep(self, record: Record) -> None:
        if not self._started:
            self._store.start(self._run)
            self._started = True
        self._store.add(self._run.id, [kept(record, self._by, NAME)])
