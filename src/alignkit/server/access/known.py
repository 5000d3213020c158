"""Which keys a server knows: looked up in the store, and remembered for a moment."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from functools import partial

from alignkit.server.access.rates import Rates
from alignkit.server.access.sessions import Sessions
from alignkit.store import Key, Store

REMEMBERED = 2.0
"""Seconds until a key is looked up again: so long may one that was revoked go on."""
_MOST = 5_000


class Access:
    """What a server knows of who asks it."""

    def __init__(
        self, store: Store | None, *, needs_key: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Look keys up in `store`; off loopback a request `needs_key`."""
        self.needs_key = needs_key
        self.sessions = Sessions(clock)
        self.rates = Rates(clock)
        self._store = store
        self._clock = clock
        self._known: dict[bytes, tuple[float, Key | None]] = {}

    async def by_text(self, text: str) -> Key | None:
        """The key whose text this is; None where there is none, or it was revoked."""
        if self._store is None or not text:
            return None
        name = hashlib.sha256(b"text" + text.encode("utf-8", "replace")).digest()
        return await self._looked_up(name, partial(self._store.keys.find, text))

    async def by_id(self, key: str) -> Key | None:
        """The key with this id; None where it was revoked."""
        if self._store is None:
            return None
        return await self._looked_up(b"id" + key.encode(), partial(self._store.keys.named, key))

    async def log_sign_in(self, key: Key) -> None:
        """Put into the audit log that somebody signed in."""
        if self._store is not None:
            await asyncio.to_thread(self._store.log.add, key.name, "sign in", key.id)

    async def _looked_up(self, name: bytes, look: Callable[[], Key | None]) -> Key | None:
        now = self._clock()
        known = self._known.get(name)
        if known is not None and known[0] > now:
            return known[1]
        found = await asyncio.to_thread(look)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = (now + REMEMBERED, found)
        return found
