"""Takes items from an iterator that may block, while decisions go on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class Reader(Generic[T]):
    """Hands out items one at a time, each read on a thread.

    The next line of standard input may be minutes away; what was read before is decided meanwhile.
    """

    def __init__(self, items: Iterable[T]) -> None:
        """Take from `items`, never more than were asked for."""
        self._items = iter(items)

    def next(self) -> asyncio.Future[T | None]:
        """The next item, or None at the end; ask again only when this one is there."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T | None] = loop.create_future()

        def deliver(hand_over: Callable[[], object]) -> None:
            if not future.done():
                hand_over()

        def read() -> None:
            try:
                done = partial(future.set_result, next(self._items, None))
            except Exception as error:  # noqa: BLE001  whatever it is belongs to the one who waits
                done = partial(future.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(deliver, done)

        # A daemon, so that an interrupted program ends without waiting for a line.
        threading.Thread(target=read, name="alignkit-reader", daemon=True).start()
        return future
