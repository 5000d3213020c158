"""What a running server holds open, and how a request gets at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from alignkit.schema import Record
from alignkit.server.limits import Gate
from alignkit.server.serving import Serving
from alignkit.service import Settings, Workbench
from alignkit.service.answering import Answering
from alignkit.service.served import ServedDecisions
from alignkit.store import Store

if TYPE_CHECKING:
    from alignkit.server.metrics import Metrics


@dataclass
class Opened:
    """Opened when the server starts and closed when it ends."""

    serving: Serving
    workbench: Workbench
    answering: Answering
    gate: Gate
    """Every request that asks a model goes through it: `await gate.within(request, work)`."""
    metrics: Metrics
    store: Store | None
    """None where decisions are not kept."""
    served: ServedDecisions | None
    """Keeps decisions, and finds them again; None where they are not kept."""
    troubles: dict[str, str] = field(default_factory=dict)
    """By model: why it does not answer, or that it was not asked yet."""
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the server started."""

    async def keep(self, records: Sequence[Record], by: str) -> None:
        """Count decisions, and keep that and how they were made for `by`, where any are kept."""
        self.metrics.decided([one.decision for one in records])
        if self.served is not None:
            await self.served.keep(records, by)

    @property
    def settings(self) -> Settings:
        """Library, weights and store, as for every command."""
        return self.serving.settings


ANYBODY = "anybody here"
"""Who asks where no key is needed."""


def caller_of(connection: HTTPConnection) -> str:
    """Who asks, by name; what checks access puts it into the request's state as `caller`."""
    return str(getattr(connection.state, "caller", "")) or ANYBODY


async def opened(connection: HTTPConnection) -> Opened:  # not async, it would take a thread
    """What the server of this request holds open."""
    found: Opened = connection.app.state.opened
    return found


Here = Annotated[Opened, Depends(opened)]
"""The type of a route's argument that wants what is open."""
