"""`POST /v1/chat/completions`: free text under a profile, in the shape that chat clients know."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StrictStr, Tag

from alignkit.errors import AlignkitError
from alignkit.models.protocols import Sampling
from alignkit.schema import Writing
from alignkit.schema.base import Text
from alignkit.server.api.base import names
from alignkit.server.asking import way_named
from alignkit.server.opened import Here, caller_of
from alignkit.server.problems import OF_OPENAI, Problem, problem_of, request_id_of
from alignkit.server.reading import JsonRoute
from alignkit.server.wire.base import Reply, Wire
from alignkit.service.chatting import Conversation, Turn, conversation

router = APIRouter(route_class=JsonRoute, tags=["chat"])

_DEFAULT_TOKENS = 512


class TextPart(Wire):
    """A piece of text."""

    type: Literal["text"]
    text: Text


def _shape_of(given: Any) -> str | None:  # noqa: ANN401  pydantic passes what it was given
    if isinstance(given, str):
        return "text"
    return "parts" if isinstance(given, list | tuple) else None


Content = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[Annotated[tuple[TextPart, ...], Field(min_length=1)], Tag("parts")],
    Discriminator(
        _shape_of,
        custom_error_type="content",
        custom_error_message="must be a text or a list of parts of the type text",
    ),
]


class Message(Wire):
    """What somebody said."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: Content

    @property
    def turn(self) -> Turn:
        """The message as part of a conversation."""
        said = self.content
        text = said if isinstance(said, str) else "\n".join(part.text for part in said)
        return Turn("system" if self.role == "developer" else self.role, text)


def _only(*allowed: object) -> AfterValidator:
    """Refuses a setting that would change the answer and has no part in it here."""

    def check(given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
        if given is not None and given not in allowed:
            also = (
                f"; leave it out or give {json.dumps(allowed[0])}" if allowed else "; leave it out"
            )
            raise ValueError(f"has no part in the answer here{also}")
        return given

    return AfterValidator(check)


class StreamOptions(Wire):
    """What a stream tells besides the text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    include_usage: bool = False


class ChatRequest(Wire):
    """A conversation to go on with. Fields that change no answer are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    model: StrictStr
    """`MODEL@PROFILE`, or `MODEL` alone for the plain model."""
    messages: Annotated[tuple[Message, ...], Field(min_length=1, max_length=1000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    """1 where it is left out."""
    seed: Annotated[int | None, Field(ge=-(2**63), lt=2**63)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Most tokens of the answer, 512 where neither is given."""
    n: Annotated[int | None, _only(1)] = None
    top_p: Annotated[float | None, _only(1)] = None
    presence_penalty: Annotated[float | None, _only(0)] = None
    frequency_penalty: Annotated[float | None, _only(0)] = None
    logprobs: Annotated[bool | None, _only(False)] = None  # noqa: FBT003  the value
    stop: Annotated[Any, _only([])] = None
    logit_bias: Annotated[Any, _only({})] = None
    tools: Annotated[Any, _only([])] = None
    tool_choice: Annotated[Any, _only("none", "auto")] = None
    functions: Annotated[Any, _only([])] = None
    response_format: Annotated[Any, _only({"type": "text"})] = None
    modalities: Annotated[Any, _only(["text"])] = None
    audio: Annotated[Any, _only()] = None

    @property
    def sampling(self) -> Sampling:
        """How the text is drawn."""
        return Sampling(
            temperature=1.0 if self.temperature is None else self.temperature,
            seed=self.seed if self.seed is not None else time.time_ns() % 2**31,
            max_tokens=self.max_completion_tokens or self.max_tokens or _DEFAULT_TOKENS,
        )


class Applied(Reply):
    """What was done for the profile."""

    profile: str | None
    instructions: str
    """What was put before the conversation."""
    record: str
    """Id of the record."""


class AssistantMessage(Reply):
    """What the model wrote."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class ChatChoice(Reply):
    """The one answer."""

    index: int = 0
    message: AssistantMessage
    finish_reason: Literal["stop", "length"]
    logprobs: None = None


class ChatReply(Reply):
    """What the model wrote, and what the profile did."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[ChatChoice, ...]
    usage: None = None
    """Not known: models tell what they wrote and not how many tokens that was."""
    align: Applied


@router.post(
    "/v1/chat/completions",
    summary="Go on with a conversation under a profile",
    response_model=ChatReply,
    responses=OF_OPENAI
    | {200: {"description": "The answer, or a stream of it", "content": {"text/event-stream": {}}}},
)
async def chat(request: Request, here: Here, given: ChatRequest) -> Response:
    """What the model says next; the profile's instructions go before the conversation.

    With `stream` it comes piece by piece as server-sent events.
    """
    way = way_named(here, given.model)
    turns = [message.turn for message in given.messages]
    model = await here.answering.model(way.model)
    talk = conversation(here.workbench, model, way.profile, turns, given.sampling)
    told = Told(talk, way.name)
    request.state.decisions = [talk.id]
    by, served = caller_of(request), here.served
    pieces = talk.write(lambda one: served.keep_writing(one, by) if served else None)
    headers = {"x-align-decision": talk.id}
    if not given.stream:
        found = await here.gate.within(request, _all(pieces))
        return JSONResponse(told.reply(found).model_dump(mode="json"), headers=headers)
    in_turn = here.gate.stream(pieces)
    first = await anext(in_turn, None)  # what fails before this has a status of its own
    events = _events(told, first, in_turn, request_id_of(request))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


@router.get(
    "/v1/chat/completions/{name}",
    summary="The record of what a model wrote",
    responses=OF_OPENAI,
)
async def written(here: Here, name: str) -> Writing:
    """The text with this id, and all that led to it: the profile, its instructions, the prompt."""
    if here.served is None:
        raise Problem(404, "name: nothing is kept here", field="name", code="not_kept")
    with names("name"):
        return await here.served.writing(name)


class Told:
    """What clients are told of a conversation."""

    def __init__(self, talk: Conversation, model: str) -> None:
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
            choices=(ChatChoice(message=message, finish_reason=self.end(len(pieces))),),
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

    def end(self, pieces: int) -> Literal["stop", "length"]:
        """Why it ended, as far as the number of pieces tells: a piece is a token or more."""
        return "length" if pieces >= self._talk.sampling.max_tokens else "stop"

    @property
    def _applied(self) -> Applied:
        profile = self._talk.profile
        return Applied(
            profile=profile.name if profile else None,
            instructions=self._talk.instructions,
            record=self._talk.id,
        )


async def _all(pieces: AsyncGenerator[str, None]) -> list[str]:
    """All pieces; where this is broken off, their source is, too."""
    async with aclosing(pieces):
        return [piece async for piece in pieces]


def event(body: dict[str, Any]) -> bytes:
    """`body` as a server-sent event."""
    return f"data: {json.dumps(body)}\n\n".encode()


async def _events(
    told: Told, first: str | None, pieces: AsyncGenerator[str, None], request_id: str
) -> AsyncGenerator[bytes, None]:
    """The stream: who speaks, each piece, why it ended."""
    count = 0
    yield told.chunk({"role": "assistant", "content": first or ""})
    try:
        async for piece in pieces:
            count += 1
            yield told.chunk({"content": piece})
    except (AlignkitError, Problem) as error:
        problem = error if isinstance(error, Problem) else problem_of(error, request_id)
        body = {"message": problem.detail, "type": "server_error", "code": problem.code}
        yield event({"error": body})
        return
    finally:
        await pieces.aclose()
    yield told.chunk({}, told.end(count + (first is not None)))
    yield b"data: [DONE]\n\n"
