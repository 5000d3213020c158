"""Takes an open page away from a visitor whose key was revoked, or whose session ended.

Requests are checked one by one, but what is done on a page goes through a socket that was opened
while the visitor was still allowed to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import Client, background_tasks, ui

EVERY = 3.0
"""Seconds between two looks."""
_MOMENT = 0.5
"""Seconds for the browser to hear that it is to load the page anew."""


def leave_in_time() -> None:
    """Watch over the page that is made now, where a key is needed."""
    client = ui.context.client
    state = client.request.scope.get("state", {})
    still: Callable[[], Awaitable[bool]] | None = state.get("still")
    if still is None:
        return

    async def look() -> None:
        if not await still():
            watch.deactivate()
            background_tasks.create(_leave(client), name="leave")

    watch = ui.timer(EVERY, look, immediate=False)


async def _leave(client: Client) -> None:
    """Lead the browser to where one signs in; one that stays finds nothing here any more."""
    client.run_javascript("location.reload()")
    await asyncio.sleep(_MOMENT)
    if not client.is_deleted:
        client.delete()
