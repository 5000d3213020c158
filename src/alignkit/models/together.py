"""Several things at once, all or nothing: how backends that wait for a service do requests."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

R = TypeVar("R")


async def together(work: Iterable[Coroutine[Any, Any, R]]) -> list[R]:
    """What each piece of `work` returned, in order; they run at the same time.

    Raises the error of the first that failed. Then, and when this call is cancelled, the others
    are stopped before it returns.
    """
    pieces = list(work)
    if len(pieces) == 1:
        return [await pieces[0]]
    tasks = [asyncio.ensure_future(piece) for piece in pieces]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
