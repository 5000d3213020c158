"""An answer as chat clients are told it: whole, or as a stream of server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from typing import Any, TypeVar

from alignkit.errors import AlignkitError
from alignkit.server.problems import Problem, problem_of
from alignkit.server.wire.chat_shapes import Applied, AssistantMessage, ChatChoice, ChatReply
from alignkit.service.chatting import Conversation
from alignkit.service.verifying import Verified

R = TypeVar("R")
ALIVE = b": nothing is ready yet\n\n"
"""A comment in a stream of events, which clients pass over."""


class Told:
    """What clients are told of a conversation."""

    def __init__(self, talk: Conversation | Verified, model: str) -> None:
        """Of `talk` with what the client calls `model`."""
        self._talk = talk
        self._model = model
        self._created = int(time.time())

    def reply(self, pieces: list[str]) -> ChatReply:
        """The whole answer."""
        message = AssistantMessage(content="".join(pieces))
        return ChatReply(
            id=self._talk.id,
            created=self._created,
            model=self._model,
            choices=(ChatChoice(message=message, finish_reason=self._talk.ending(len(pieces))),),
            align=self._applied,
        )

    def chunk(self, delta: dict[str, str], end: str | None = None) -> bytes:
        """One event of a stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
        return event(
            {
                "id": self._talk.id,
                "object": "chat.completion.chunk",
                "created": self._created,
                "model": self._model,
                "choices": [choice],
                "align": self._applied.model_dump() if "role" in delta else None,
            }
        )

    def end(self, pieces: int) -> bytes:
        """The last event, after so many pieces: why it ended."""
        return self.chunk({}, self._talk.ending(pieces))

    @property
    def _applied(self) -> Applied:
        profile = self._talk.profile
        return Applied(
            profile=profile.name if profile else None,
            instructions=self._talk.instructions,
            record=self._talk.id,
            verified=isinstance(self._talk, Verified),
            turns_left_out=self._talk.turns_left_out,
        )


def event(body: dict[str, Any]) -> bytes:
    """`body` as a server-sent event."""
    return f"data: {json.dumps(body)}\n\n".encode()


async def events_of(
    told: Told, first: str | None, rest: AsyncGenerator[str | None, None], request_id: str
) -> AsyncGenerator[bytes, None]:
    """The stream: who speaks, each piece, why it ended; a comment whenever nothing is ready."""
    count = 0
    try:
        async for piece in _led_by(first, rest):
            if piece is None:
                yield ALIVE
                continue
            yield told.chunk({"content": piece} if count else _begun_with(piece))
            count += 1
    except (AlignkitError, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error, request_id)
        body = {"message": problem.detail, "type": "server_error", "code": problem.code}
        yield event({"error": body})
        return
    finally:
        await rest.aclose()
    if not count:
        yield told.chunk(_begun_with(""))
    yield told.end(count)
    yield b"data: [DONE]\n\n"


def _begun_with(piece: str) -> dict[str, str]:
    return {"role": "assistant", "content": piece}


async def _led_by(first: R, rest: AsyncGenerator[R, None]) -> AsyncGenerator[R, None]:
    yield first
    async for one in rest:
        yield one
