"""A limit on what a service may send for one reply, for both HTTP libraries that clients use."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

C = TypeVar("C")

_MEGABYTE = 2**20
_MOST = 16
"""Megabytes of a reply, which is held as a whole; honest ones have some kilobytes."""
_MOST_IN_PIECES = 64
"""Megabytes of a reply that comes in pieces, each with a few hundred bytes around a word."""
_IN_PIECES = "text/event-stream"


class TooLarge(Exception):
    """A service sends more than any honest reply has."""


def limit_size(client: C, stream: type) -> C:
    """`client`, an asynchronous one of httpx or httpx2, which then reads no more than it may.

    `stream` is the library's own `AsyncByteStream`. Reading on raises `TooLarge`, which the
    libraries of services may wrap.
    """
    limit = _limiting(stream)
    hooks: dict[str, list[Any]] = client.event_hooks  # type: ignore[attr-defined]
    if limit not in hooks["response"]:
        client.event_hooks = {  # type: ignore[attr-defined]
            **hooks,
            "response": [*hooks["response"], limit],
        }
    return client


@cache
def _limiting(stream: type) -> Any:  # noqa: ANN401  what a client calls with each response
    """Makes responses limited before they are read."""
    kind = type("LimitedStream", (_Limited, stream), {})

    async def limit(response: Any) -> None:  # noqa: ANN401  httpx's or httpx2's
        in_pieces = response.headers.get("content-type", "").startswith(_IN_PIECES)
        most = _MOST_IN_PIECES if in_pieces else _MOST
        # What comes counts, and what it is when it is unpacked, which another response does.
        packed = kind(response.stream, response.stream.aclose, most)
        unpacking = type(response)(response.status_code, headers=response.headers, stream=packed)
        response.stream = kind(unpacking.aiter_bytes(), unpacking.aclose, most)
        response.headers.pop("content-encoding", None)

    return limit


class _Limited:
    """The bytes of a response, up to so many megabytes."""

    def __init__(
        self, parts: AsyncIterable[bytes], close: Callable[[], Awaitable[None]], most: int
    ) -> None:
        self._parts = parts
        self._close = close
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most * _MEGABYTE
        async for part in self._parts:
            left -= len(part)
            if left < 0:
                raise TooLarge(f"more than {self._most} MB")
            yield part

    async def aclose(self) -> None:
        await self._close()
