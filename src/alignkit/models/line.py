"""The wire to one service: a limited number of requests, and second tries where they can help."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError

from alignkit.errors import ModelError
from alignkit.models.patience import Patience
from alignkit.models.reach import Reach
from alignkit.models.service_errors import Service, out_of_time, translated, unexpected

C = TypeVar("C")
R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)

_LONGEST_PAUSE = 8.0
_LONGEST_WAIT = 60.0
"""Seconds; a service that asks for more is a matter for the run, or for whoever asked."""
_LONGEST_STREAM = 60
"""A reply in pieces may take so many times the time of a whole one: a local model writes slowly."""


class Access(Protocol[C]):
    """Makes clients for one service. They are bound to event loops; this is not."""

    errors: tuple[type[Exception], ...]
    """What the library raises."""

    def client(self) -> C:
        """A client of its own; nothing is sent yet."""

    async def close(self, client: C) -> None:
        """Close `client` and its connections."""


@dataclass(frozen=True)
class Held(Generic[C]):
    """A client of the running event loop, and how to ask with it."""

    client: C
    line: Line[C]

    async def patiently(self, call: Callable[[C], Awaitable[R]]) -> R:
        """What `call` gives, with second tries.

        Raises:
            ModelError: the last try failed, or trying again does not help.
        """
        failed = 0
        while True:
            try:
                with translated(self.line.service, *self.line.access.errors):
                    return await call(self.client)
            except ModelError as error:
                failed += 1
                wait = self.line.patience.wait(error, failed, self.line.rng)
                if wait is None:
                    raise
            await asyncio.sleep(wait)


@dataclass(frozen=True)
class _Loop(Generic[C]):
    """What is bound to one event loop: open connections, and the limit on requests."""

    client: C
    limit: asyncio.Semaphore


class Line(Generic[C]):
    """Sends requests to one service."""

    def __init__(self, access: Access[C], client: C, service: Service, reach: Reach) -> None:
        """Ask through `client` first, and through others of `access` in further event loops."""
        self.access = access
        self.service = service
        self.patience = Patience(
            tries=reach.max_retries + 1, longest_pause=_LONGEST_PAUSE, longest_wait=_LONGEST_WAIT
        )
        self.rng = random.Random()  # noqa: S311  pauses
        self._concurrency = reach.concurrency
        self._spare: C | None = client
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop[C]] = WeakKeyDictionary()
        self._closed = False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Held[C]]:
        """A client, when it is this request's turn.

        Raises:
            ModelError: this line is closed.
        """
        loop = self._loop()
        async with loop.limit:
            yield Held(loop.client, self)

    async def exchange(
        self, send: Callable[[C], Awaitable[str]], shape: type[M]
    ) -> tuple[M, float]:
        """The reply to what `send` sends, read as `shape`, and the seconds that it took.

        Raises:
            ModelError: the last try failed, or the reply is of another shape.
        """
        async with self.held() as held:
            start = time.perf_counter()
            text = await held.patiently(send)
            seconds = time.perf_counter() - start
        try:
            return shape.model_validate_json(text), seconds
        except ValidationError as error:
            raise unexpected(self.service, text) from error

    async def in_time(self, reply: Awaitable[R]) -> R:
        """The `reply` to one request.

        The libraries only limit the time from one byte to the next.

        Raises:
            TimedOut: it took longer than a reply may.
        """
        seconds = self.service.timeout
        try:
            async with asyncio.timeout(seconds):
                return await reply
        except TimeoutError as error:
            raise out_of_time(self.service, seconds) from error

    async def pieces(self, stream: AsyncIterator[R]) -> AsyncGenerator[R, None]:
        """The pieces of a reply, as they come.

        Raises:
            TimedOut: all of them took far longer than a reply may.
        """
        seconds = self.service.timeout * _LONGEST_STREAM
        end = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                async with asyncio.timeout_at(end):
                    piece = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise out_of_time(self.service, seconds) from error
            yield piece

    async def aclose(self) -> None:
        """Close what this event loop has open; connections of ended loops are gone with them."""
        self._closed = True
        loop = self._loops.pop(asyncio.get_running_loop(), None)
        for client in (loop.client if loop else None, self._spare):
            if client is not None:
                await self.access.close(client)
        self._spare = None

    def _loop(self) -> _Loop[C]:
        """What the running event loop has.

        A program that decides from synchronous code starts a loop each time, and neither
        connections nor semaphores outlive theirs.
        """
        if self._closed:
            raise ModelError(f"The model {self.service.model!r} is closed.", "Open it again.")
        running = asyncio.get_running_loop()
        if running not in self._loops:
            client, self._spare = self._spare or self.access.client(), None
            self._loops[running] = _Loop(client, asyncio.Semaphore(self._concurrency))
        return self._loops[running]
