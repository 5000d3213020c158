"""Text that a thread writes, piece by piece, for whoever reads it in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any

PassOn = Callable[[str], bool]
"""Takes a piece from the writing thread; whether more is wanted."""


async def pieces_from(write: Callable[[PassOn], Awaitable[Any]]) -> AsyncGenerator[str, None]:
    """The pieces that `write` passes on, as they come; who stops reading stops the writing."""
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    left = threading.Event()

    def pass_on(piece: str) -> bool:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(pieces.put_nowait, piece)
        return not left.is_set()

    task = asyncio.ensure_future(write(pass_on))
    task.add_done_callback(lambda _: pieces.put_nowait(None))
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
        await task
    finally:
        left.set()
        task.cancel()
