"""The wire to one OpenAI-compatible server: chat completions, each in the server's dialect."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from alignkit.errors import ContextTooLong, Refused
from alignkit.models.line import Line
from alignkit.models.openai_client import OpenAIAccess, OpenAISettings
from alignkit.models.openai_dialect import Ask, Dialect
from alignkit.models.openai_reply import Reply
from alignkit.models.service_errors import message_of, translate, translated, unexpected
from alignkit.schema import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionChunk

R = TypeVar("R")


class Connection:
    """Sends chat completions to one model of a server."""

    def __init__(self, access: OpenAIAccess, model: str, settings: OpenAISettings) -> None:
        """Prepare for `model`; nothing is sent yet.

        Raises:
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        self.service = access.service(model)
        self._line = Line(access, access.client(), self.service, settings)
        self.dialect = Dialect(top_logprobs=settings.top_logprobs if settings.logprobs else 0)
        self.served_as: str | None = None
        """The id that the server gave for the model it answered with last."""

    async def complete(self, ask: Ask) -> tuple[Reply, Usage]:
        """The reply to `ask`, and what it cost.

        Raises:
            ModelError: there is none.
        """
        async with self._line.held() as held:
            start = time.perf_counter()
            reply = await held.patiently(lambda client: self._reply(client, ask))
            return reply, reply.cost(time.perf_counter() - start)

    async def stream(self, ask: Ask) -> AsyncGenerator[ChatCompletionChunk, None]:
        """The pieces of the reply to `ask`, as they come.

        Raises:
            ModelError: there is none, or it broke off.
        """
        async with self._line.held() as held:
            begun = await held.patiently(
                lambda client: self._put(
                    ask, lambda body: client.chat.completions.create(**body, stream=True)
                )
            )
            with translated(self.service, *self._line.access.errors):
                async with begun as chunks:
                    async for chunk in self._line.pieces(chunks):
                        self.served_as = chunk.model or self.served_as
                        yield chunk

    async def models(self) -> str:
        """What the server says of its models, in one try.

        Raises:
            ModelError: it says nothing.
        """
        async with self._line.held() as held:
            with translated(self.service, *self._line.access.errors):
                listed = held.client.models.with_raw_response.list()
                return (await self._line.in_time(listed)).text

    async def aclose(self) -> None:
        """Close what this event loop has open."""
        await self._line.aclose()

    async def _reply(self, client: AsyncOpenAI, ask: Ask) -> Reply:
        create = client.chat.completions.with_raw_response.create
        raw = await self._put(ask, lambda body: create(**body))
        try:
            reply = Reply.model_validate_json(raw.content)
        except ValidationError as error:
            raise unexpected(self.service, raw.text) from error
        self.served_as = reply.model or self.served_as
        return reply

    async def _put(self, ask: Ask, send: Callable[[dict[str, Any]], Awaitable[R]]) -> R:
        """What `send` returns for `ask`, put in the fullest form that the server understands."""
        from openai import BadRequestError, UnprocessableEntityError

        while True:
            body = self.dialect.body(ask)
            try:
                return await self._line.in_time(send({"model": self.service.model, **body}))
            except (BadRequestError, UnprocessableEntityError) as error:
                if isinstance(translate(error, self.service), ContextTooLong | Refused):
                    raise
                if not self.dialect.learn(message_of(error), ask, body):
                    raise
