"""What an OpenAI-compatible server offers for a choice among labels, found out by asking it.

Servers pass over fields that they don't know, and say nothing. So a way of guiding counts only when
the reply to "Say hello." is one of two words that nobody would greet with.
"""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

from pydantic import BaseModel, ValidationError

from alignkit.errors import ModelError
from alignkit.models.openai_connection import Connection
from alignkit.models.openai_dialect import JSON, PLAIN, WAYS, Ask, Way, chosen
from alignkit.schema import Prompt, Segment

_HELLO = Prompt(segments=(Segment(role="user", depends="nothing", text="Say hello."),))
_ODD = ("kiwi", "plum")


class _Served(BaseModel):
    owned_by: str | None = None


class _Models(BaseModel):
    data: tuple[_Served, ...] = ()


class Probe:
    """Finds out, once, how a server guides a choice among labels."""

    def __init__(self, connection: Connection, max_tokens: int) -> None:
        """Ask through `connection`; a reply may have `max_tokens`."""
        self._connection = connection
        self._max_tokens = max_tokens
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = (
            WeakKeyDictionary()
        )
        self.found: Way | None = None
        """The way; None before it is known."""

    async def way(self) -> Way:
        """How the server guides a choice; asked when this is first called.

        Raises:
            ModelError: it cannot be asked.
        """
        if self.found is None:
            async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
                self.found = self.found or await self._find()
        return self.found

    async def _find(self) -> Way:
        for way in (*WAYS.get(await self._kind(), ()), JSON):
            if await self._works(way):
                return way
        return PLAIN

    async def _works(self, way: Way) -> bool:
        ask = Ask(_HELLO, self._max_tokens, temperature=0.0, one_of=_ODD, way=way)
        try:
            reply, _ = await self._connection.complete(ask)
        except ModelError as error:
            if type(error) is ModelError:  # it rejected the request, and not us or the service
                return False
            raise
        return chosen(reply.choice.message.content or "") in _ODD

    async def _kind(self) -> str:
        """What the server calls the owner of its models, by which servers can be told apart."""
        try:
            listed = _Models.model_validate_json(await self._connection.models())
        except (ModelError, ValidationError):  # it need not list them
            return ""
        return next((one.owned_by for one in listed.data if one.owned_by), "")
