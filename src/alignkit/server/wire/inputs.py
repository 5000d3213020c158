"""What a decision is about, as the Decisions API takes it: a text, or messages with parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from alignkit.schema.base import Text
from alignkit.server.wire.base import Wire, text_of_json

_SPEAKERS = {
    "user": "User",
    "assistant": "Assistant",
    "developer": "Developer",
    "system": "System",
}
_NOT_TEXT = "images are not read here; parts are input_text and input_json"
_NOT_MESSAGE = "must be a message: calls of tools and their outputs are not read here"


class TextPart(Wire):
    """A piece of text."""

    type: Literal["input_text"]
    text: Text
    prompt_cache_breakpoint: Any = None
    """Accepted and without effect: what prompts share is found without it."""

    @property
    def said(self) -> str:
        """The text."""
        return self.text


class JsonPart(Wire):
    """An object, or a list of objects, that becomes text."""

    type: Literal["input_json"]
    data: dict[str, Any] | list[dict[str, Any]]

    @model_validator(mode="after")
    def _not_too_large(self) -> JsonPart:
        text_of_json(self.data)
        return self

    @property
    def said(self) -> str:
        """The JSON as text."""
        return text_of_json(self.data)


class OutputPart(Wire):
    """A piece of text that a model had written."""

    type: Literal["output_text"]
    text: Text

    @property
    def said(self) -> str:
        """The text."""
        return self.text


class RefusalPart(Wire):
    """A model had declined."""

    type: Literal["refusal"]
    refusal: Text

    @property
    def said(self) -> str:
        """What it said instead."""
        return self.refusal


def _type_of(given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
    return given.get("type") if isinstance(given, dict) else getattr(given, "type", None)


Part = Annotated[
    Annotated[TextPart, Tag("input_text")] | Annotated[JsonPart, Tag("input_json")],
    Discriminator(_type_of, custom_error_type="part", custom_error_message=_NOT_TEXT),
]
"""A part of what somebody said."""
WrittenPart = Annotated[
    Annotated[OutputPart, Tag("output_text")] | Annotated[RefusalPart, Tag("refusal")],
    Discriminator(
        _type_of,
        custom_error_type="part",
        custom_error_message="parts of an assistant's message are output_text and refusal",
    ),
]
"""A part of what a model had written."""


def _shape_of(given: Any) -> str | None:  # noqa: ANN401  pydantic passes what it was given
    if isinstance(given, str):
        return "text"
    return "parts" if isinstance(given, list | tuple) else None


_EITHER = Discriminator(
    _shape_of, custom_error_type="content", custom_error_message="must be a text or a list"
)
Content = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[Annotated[tuple[Part, ...], Field(min_length=1)], Tag("parts")],
    _EITHER,
]
"""A text, or parts."""
WrittenContent = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[Annotated[tuple[WrittenPart, ...], Field(min_length=1)], Tag("parts")],
    _EITHER,
]
"""A text that a model had written, or parts of it."""


class Message(Wire):
    """What somebody said to a model."""

    role: Literal["user", "developer", "system"]
    content: Content
    type: Literal["message"] = "message"


class WrittenMessage(Wire):
    """What a model had said."""

    role: Literal["assistant"]
    content: WrittenContent
    phase: Literal["commentary", "final_answer"] | None = None
    type: Literal["message"] = "message"


def _kind_of(given: Any) -> str | None:  # noqa: ANN401  pydantic passes what it was given
    if not isinstance(given, dict):
        return "written" if isinstance(given, WrittenMessage) else "said"
    if given.get("type", "message") != "message":
        return None
    return "written" if given.get("role") == "assistant" else "said"


AnyMessage = Annotated[
    Annotated[Message, Tag("said")] | Annotated[WrittenMessage, Tag("written")],
    Discriminator(_kind_of, custom_error_type="message", custom_error_message=_NOT_MESSAGE),
]
Input = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[Annotated[tuple[AnyMessage, ...], Field(min_length=1)], Tag("parts")],
    _EITHER,
]
"""A text, or messages."""


def text_of(content: str | tuple[TextPart | JsonPart | OutputPart | RefusalPart, ...]) -> str:
    """`content` as one text, parts in lines of their own."""
    return content if isinstance(content, str) else "\n".join(part.said for part in content)


def text_of_input(given: str | tuple[Message | WrittenMessage, ...]) -> str:
    """`given` as one text; where several speak, each piece says who."""
    if isinstance(given, str):
        return given
    if len(given) == 1 and given[0].role == "user":
        return text_of(given[0].content)
    return "\n\n".join(
        f"{_SPEAKERS[message.role]}: {text_of(message.content)}" for message in given
    )
