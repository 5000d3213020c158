"""The workbench of a command, closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alignkit.models.weights import OnProgress
from alignkit.service import Settings, Workbench


@asynccontextmanager
async def opened(settings: Settings, on_progress: OnProgress) -> AsyncIterator[Workbench]:
    """A workbench, closed at the end unless the user interrupts.

    An interrupted model may be busy with a long prompt; it ends with the program instead.
    """
    workbench = Workbench(settings, on_progress)
    try:
        yield workbench
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise
    except BaseException:
        await workbench.aclose()
        raise
    await workbench.aclose()
