"""The wire to one OpenAI-compatible server: a limited number of requests, each in its dialect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from pydantic import ValidationError

from alignkit.errors import ContextTooLong, ModelError, Refused
from alignkit.models.openai_client import Access, OpenAISettings, service_of
from alignkit.models.openai_dialect import Ask, Dialect
from alignkit.models.openai_errors import message_of, no_completion, translate, translated
from alignkit.models.openai_reply import Reply
from alignkit.schema import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionChunk

R = TypeVar("R")


@dataclass(frozen=True)
class _Line:
    """What is bound to one event loop: open connections, and the limit on requests."""

    client: AsyncOpenAI
    limit: asyncio.Semaphore


class Connection:
    """Sends chat completions to one model of a server."""

    def __init__(self, access: Access, model: str, settings: OpenAISettings) -> None:
        """Prepare for `model`; nothing is sent yet.

        Raises:
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        self._access = access
        self._concurrency = settings.concurrency
        self._spare: AsyncOpenAI | None = access.client()
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()
        self._closed = False
        self.service = service_of(self._spare, model, settings.timeout)
        self.dialect = Dialect(top_logprobs=settings.top_logprobs if settings.logprobs else 0)
        self.served_as: str | None = None
        """The id that the server gave for the model it answered with last."""

    async def complete(self, ask: Ask) -> tuple[Reply, Usage]:
        """The reply to `ask`, and what it cost.

        Raises:
            ModelError: there is none.
        """
        line = self._line()
        async with line.limit:
            start = time.perf_counter()
            with translated(self.service):
                reply = await self._reply(line.client, ask)
            return reply, reply.cost(time.perf_counter() - start)

    async def stream(self, ask: Ask) -> AsyncGenerator[ChatCompletionChunk, None]:
        """The pieces of the reply to `ask`, as they come.

        Raises:
            ModelError: there is none, or it broke off.
        """
        line = self._line()
        create = line.client.chat.completions.create
        async with line.limit:
            with translated(self.service):
                async with await self._put(ask, lambda body: create(**body, stream=True)) as chunks:
                    async for chunk in chunks:
                        self.served_as = chunk.model or self.served_as
                        yield chunk

    async def aclose(self) -> None:
        """Close what this event loop has open; connections of ended loops are gone with them."""
        self._closed = True
        line = self._lines.pop(asyncio.get_running_loop(), None)
        for client in (line.client if line else None, self._spare):
            if client is not None:
                await client.close()

    def _line(self) -> _Line:
        """The line of the running event loop.

        A program that decides from synchronous code starts a loop each time, and neither
        connections nor semaphores outlive theirs.
        """
        if self._closed:
            raise ModelError(f"The model {self.service.model!r} is closed.", "Open it again.")
        loop = asyncio.get_running_loop()
        if loop not in self._lines:
            client, self._spare = self._spare or self._access.client(), None
            self._lines[loop] = _Line(client, asyncio.Semaphore(self._concurrency))
        return self._lines[loop]

    async def _reply(self, client: AsyncOpenAI, ask: Ask) -> Reply:
        create = client.chat.completions.with_raw_response.create
        raw = await self._put(ask, lambda body: create(**body))
        try:
            reply = Reply.model_validate_json(raw.content)
        except ValidationError as error:
            raise no_completion(self.service, raw.text) from error
        self.served_as = reply.model or self.served_as
        return reply

    async def _put(self, ask: Ask, send: Callable[[dict[str, Any]], Awaitable[R]]) -> R:
        """What `send` returns for `ask`, put in the fullest form that the server understands."""
        from openai import BadRequestError, UnprocessableEntityError

        while True:
            body = self.dialect.body(ask)
            try:
                return await send({"model": self.service.model, **body})
            except (BadRequestError, UnprocessableEntityError) as error:
                if isinstance(translate(error, self.service), ContextTooLong | Refused):
                    raise
                if not self.dialect.learn(message_of(error), ask, body):
                    raise
