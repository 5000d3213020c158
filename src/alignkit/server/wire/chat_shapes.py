"""What chat clients send and read: the shapes of `POST /v1/chat/completions`."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, StrictStr, Tag

from alignkit.models.protocols import Sampling
from alignkit.schema.base import Text
from alignkit.server.wire.base import Reply, Wire
from alignkit.service.chatting import Turn

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
    """Most tokens of the answer, 512 where neither is given; never more than 8192 where the profile
    has boundaries."""
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
    verified: bool
    """Whether the text was checked before it left: it is where the profile has boundaries."""
    turns_left_out: int
    """Turns at the beginning that did not fit into the model's context; 0 unless `verified`."""


class AssistantMessage(Reply):
    """What the model wrote."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class ChatChoice(Reply):
    """The one answer."""

    index: int = 0
    message: AssistantMessage
    finish_reason: Literal["stop", "length", "content_filter"]
    """`content_filter` where there is a message of ours instead of an answer."""
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
