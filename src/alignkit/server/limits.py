"""How much the server takes on: requests at once, requests that wait, time and size of each."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alignkit.server.problems import Problem, answered

R = TypeVar("R")

_LONGEST_WAIT = 60
"""Seconds; nobody is told to come back later than that."""
_REMEMBERED = 0.9
"""How much the mean time of a request remembers of what it was."""


class Gate:
    """Lets so many requests work at once and so many wait for it, first come, first served."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        """Let `at_once` work and `waiting` wait, each for at most `seconds` in all."""
        self._room = asyncio.Semaphore(at_once)
        self._at_once = at_once
        self._most = waiting
        self._mean = 0.1
        self.seconds = seconds
        self.waiting = 0
        """Requests that wait for their turn."""
        self.working = 0
        """Requests that are worked on."""

    async def enter(self) -> float:
        """Wait for a turn; `leave` must follow. Gives the time it began.

        Raises:
            Problem: too many wait already, or the wait took too long; the client may come again.
        """
        loop = asyncio.get_running_loop()
        if self._room.locked():
            if self.waiting >= self._most:
                raise self._busy()
            self.waiting += 1
            try:
                async with asyncio.timeout(self.seconds):
                    await self._room.acquire()
            except TimeoutError:
                raise self._busy() from None
            finally:
                self.waiting -= 1
        else:
            await self._room.acquire()
        self.working += 1
        return loop.time()

    def leave(self, begun: float) -> None:
        """Let the next one in."""
        took = asyncio.get_running_loop().time() - begun
        self._mean = _REMEMBERED * self._mean + (1 - _REMEMBERED) * took
        self.working -= 1
        self._room.release()

    async def within(self, request: Request, work: Coroutine[Any, Any, R]) -> R:
        """What `work` comes to, done in turn and in time; it ends when the client goes away.

        Raises:
            Problem: too much to do, or it took too long.
        """
        try:
            begun = await self.enter()
        except BaseException:
            work.close()
            raise
        try:
            async with asyncio.timeout(self.seconds):
                return await _while_there(request, work)
        except TimeoutError:
            raise self.too_long() from None
        finally:
            self.leave(begun)

    async def stream(self, pieces: AsyncGenerator[R, None]) -> AsyncGenerator[R, None]:
        """`pieces`, made in turn; the time for all of them is that of one request.

        Raises:
            Problem: too much to do, or it took too long.
        """
        try:
            begun = await self.enter()
        except BaseException:
            await pieces.aclose()
            raise
        try:
            end = begun + self.seconds
            while True:
                try:
                    async with asyncio.timeout_at(end):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise self.too_long() from None
                yield piece
        finally:
            await pieces.aclose()
            self.leave(begun)

    def too_long(self) -> Problem:
        """The work on a request took longer than it may."""
        return Problem(504, f"Not finished within {self.seconds:g} seconds.", code="timeout")

    def _busy(self) -> Problem:
        ahead = (self.waiting + self._at_once) / self._at_once
        seconds = min(_LONGEST_WAIT, max(1, math.ceil(self._mean * ahead)))
        return Problem(
            429,
            f"Too many requests wait already; try again in {seconds} s.",
            code="busy",
            headers={"retry-after": str(seconds)},
        )


async def beating(
    pieces: AsyncGenerator[R, None], seconds: float
) -> AsyncGenerator[R | None, None]:
    """`pieces`; None whenever none has come for so many `seconds`."""
    coming: asyncio.Task[R] | None = None
    try:
        while True:
            coming = coming or asyncio.create_task(_next(pieces))
            await asyncio.wait({coming}, timeout=seconds)
            if not coming.done():
                yield None
                continue
            try:
                piece = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield piece
    finally:
        if coming is not None and not coming.done():
            coming.cancel()
            await asyncio.wait({coming})
        await pieces.aclose()


async def _next(pieces: AsyncGenerator[R, None]) -> R:
    return await anext(pieces)


async def _while_there(request: Request, work: Coroutine[Any, Any, R]) -> R:
    """What `work` comes to, unless the client goes away before."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Problem(499, "The client went away.", code="client_gone")
        return await task
    finally:
        for one in (task, gone):
            one.cancel()
        if not task.done():
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _gone(request: Request) -> None:
    """Ends when the client goes away; the body has been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class BodyLimit:
    """Refuses bodies that are too large or too slow, before they are read where that can be."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        """Let `app` have bodies of at most `most` bytes that come within `seconds`."""
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _announced(scope) > self._most:
            refused = answered(scope["path"], self._too_large(), scope.get("request_id", ""))
            await refused(scope, receive, send)
            return
        end = asyncio.get_running_loop().time() + self._seconds
        read, complete = 0, False

        async def receiving() -> Message:
            nonlocal read, complete
            if complete:  # what is waited for now is the client's leaving
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            complete = not message.get("more_body", False)
            read += len(message.get("body", b""))
            if read > self._most:
                raise self._too_large()
            return message

        await self._app(scope, receiving, send)

    def _too_slow(self) -> Problem:
        message = f"body: did not come within {self._seconds:g} seconds"
        return Problem(408, message, field="body", code="timeout", headers={"connection": "close"})

    def _too_large(self) -> Problem:
        return Problem(
            413, f"body: larger than {self._most} bytes", field="body", code="body_too_large"
        )


def _announced(scope: Scope) -> int:
    """The length of the body as the client says, 0 where it does not."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
