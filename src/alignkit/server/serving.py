"""What a server is started with: where it listens, what it serves, and how much it takes on."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import Field

from alignkit.schema import Frozen
from alignkit.service.settings import Settings

PORT = 8000
"""Where the server listens when nothing else is said."""


class Serving(Frozen):
    """Settings of one server."""

    settings: Settings = Settings()
    """Library, weights and store, as for every command."""
    host: str = "127.0.0.1"
    """Address to listen at."""
    port: Annotated[int, Field(ge=0, le=65535)] = PORT
    """0 takes one that is free."""
    models: tuple[str, ...] = ()
    """Models that may be asked for, the default first; without any, the one of the settings."""
    decider: str | None = None
    """Method under a profile; the default one where none is named."""
    at_once: Annotated[int, Field(ge=1, le=1000)] = 32
    """Requests that are worked on together."""
    waiting: Annotated[int, Field(ge=0, le=100_000)] = 512
    """Requests that may wait for their turn; what comes then is told to come again later."""
    seconds: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    """Longest time for one request, its wait included."""
    keep_alive: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Seconds after which a stream with nothing to tell yet shows that it is alive."""
    body_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    """Largest body of a request."""
    questions: Annotated[int, Field(ge=1, le=400)] = 400
    """Most questions in one request."""
    pages: bool = True
    """Serve the pages, where the extra `ui` is installed."""
    keep: bool = True
    """Keep decisions in the store: their reasons can be looked up, and escalated ones reviewed."""

    @property
    def served(self) -> tuple[str, ...]:
        """The models that may be asked for, the default first."""
        return self.models or (self.settings.model,)

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
