"""Ends the work for a page when nobody looks at it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nicegui import Client

GRACE = 5.0
"""Seconds in which a browser whose connection broke can come back."""


def when_left(client: Client, stop: Callable[[], None]) -> None:
    """Call `stop` when the page of `client` is left; at times more than once."""

    async def look() -> None:
        await asyncio.sleep(GRACE)
        if not client.has_socket_connection:
            stop()

    client.on_disconnect(look)
    client.on_delete(stop)
