"""The parts of a message that we read, as Anthropic's service sends them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from alignkit.errors import Refused
from alignkit.models.openai_reply import refused
from alignkit.schema import Usage

_REFUSAL = "refusal"
_CUT_OFF = {"max_tokens", "model_context_window_exceeded"}


class _Wire(BaseModel):
    """The service adds fields of its own; they are of no concern here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Block(_Wire):
    type: str
    text: str | None = None
    input: dict[str, Any] | None = None


class _Tokens(_Wire):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


class _Why(_Wire):
    category: str | None = None
    explanation: str | None = None


class Reply(_Wire):
    """A message."""

    model: str | None = None
    content: tuple[_Block, ...]
    stop_reason: str | None = None
    stop_details: _Why | None = None
    usage: _Tokens = _Tokens()

    @property
    def text(self) -> str:
        """What the model wrote, or gave a tool as its input, apart from what it thought."""
        tools = [block.input for block in self.content if block.type == "tool_use"]
        if tools:
            return json.dumps(tools[0])
        return "".join(block.text or "" for block in self.content if block.type == "text").strip()

    @property
    def refusal(self) -> str | None:
        """What was said instead of an answer, if the model or a filter declined."""
        if self.stop_reason != _REFUSAL:
            return None
        why = self.stop_details or _Why()
        return why.explanation or self.text or why.category or "it gave no reason"

    @property
    def answered(self) -> str:
        """The text, where the model did not decline.

        Raises:
            Refused: it did.
        """
        if self.refusal is not None:
            raise refused(self.refusal)
        return self.text

    @property
    def cut_off(self) -> bool:
        """Whether there was no room for more."""
        return self.stop_reason in _CUT_OFF

    def cost(self, seconds: float) -> Usage:
        """What it cost."""
        tokens = self.usage
        new = tokens.input_tokens + (tokens.cache_creation_input_tokens or 0)
        return Usage(
            tokens_submitted=new + (tokens.cache_read_input_tokens or 0),
            tokens_evaluated=new,
            tokens_generated=tokens.output_tokens,
            calls=1,
            seconds=seconds,
        )


def piece_of(event: Any) -> str | None:  # noqa: ANN401  one of the library's many events
    """The text in a part of a stream, if it has some.

    Raises:
        Refused: the model or a filter of the service declined.
    """
    delta = getattr(event, "delta", None)
    if getattr(delta, "stop_reason", None) == _REFUSAL:
        raise Refused("The model declined to go on.")
    return getattr(delta, "text", None) if getattr(delta, "type", None) == "text_delta" else None
