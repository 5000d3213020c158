"""The parts of a chat completion that we read, as servers that follow OpenAI's format send them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from alignkit.errors import BadModelOutput, Refused
from alignkit.models.adapters import label_of_token
from alignkit.schema import Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk

FILTERED = "content_filter"
"""Why a text ends when a filter of the service held it back."""


class _Wire(BaseModel):
    """Servers add fields of their own; they are of no concern here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Token(_Wire):
    """A token that could have stood somewhere."""

    token: str
    logprob: float | None = None
    """Null where a server writes minus infinity so."""


class Position(_Wire):
    """The likeliest tokens at one position of the text."""

    top_logprobs: tuple[Token, ...] | None = None


class Logprobs(_Wire):
    """The likeliest tokens of a whole text."""

    content: tuple[Position, ...] | None = None


class Message(_Wire):
    """What the model wrote, or that it declined."""

    content: str | None = None
    refusal: str | None = None


class Choice(_Wire):
    """One of the completions of a prompt; we only ask for one."""

    message: Message
    finish_reason: str | None = None
    logprobs: Logprobs | None = None

    @property
    def refusal(self) -> str | None:
        """What the model or a filter of the service said instead of an answer, if it declined."""
        if self.finish_reason == FILTERED:
            return self.message.refusal or "a filter held the answer back"
        return self.message.refusal or None


class _PromptDetails(_Wire):
    cached_tokens: int | None = None


class _Tokens(_Wire):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class Reply(_Wire):
    """A chat completion."""

    model: str | None = None
    choices: Annotated[tuple[Choice, ...], Field(min_length=1)]
    usage: _Tokens | None = None

    @property
    def choice(self) -> Choice:
        """The one completion that was asked for."""
        return self.choices[0]

    @property
    def answered(self) -> Choice:
        """The one completion, where the model did not decline.

        Raises:
            Refused: it did.
        """
        if self.choice.refusal is not None:
            raise refused(self.choice.refusal)
        return self.choice

    def cost(self, seconds: float) -> Usage:
        """What it cost, as far as the server says."""
        tokens = self.usage or _Tokens()
        submitted = tokens.prompt_tokens or 0
        details = tokens.prompt_tokens_details
        cached = (details.cached_tokens if details else None) or 0
        return Usage(
            tokens_submitted=submitted,
            tokens_evaluated=max(0, submitted - cached),
            tokens_generated=tokens.completion_tokens or 0,
            calls=1,
            seconds=seconds,
        )


def refused(refusal: str) -> Refused:
    """The error for a model that declined with these words."""
    return Refused(f"The model declined: {refusal[:200]}")


def first_tokens(choice: Choice) -> tuple[Token, ...] | None:
    """The likeliest first tokens, none for an empty text; None if the server does not show them."""
    positions = choice.logprobs.content if choice.logprobs else None
    if positions is None:
        return None
    return (positions[0].top_logprobs or None) if positions else ()


def label_masses(tokens: Sequence[Token], labels: Sequence[str]) -> list[float]:
    """The probability that `tokens` give to each of `labels`, all ways of writing it together.

    A label that is not among the tokens gets 0.

    Raises:
        BadModelOutput: what a token is given is no probability.
    """
    masses = dict.fromkeys(labels, 0.0)
    for token, logprob in {entry.token: entry.logprob for entry in tokens}.items():
        label = label_of_token(token, labels)
        if logprob is not None and not logprob < math.inf:
            raise BadModelOutput(f"The server gave the token {token[:40]!r} {logprob} as logprob.")
        if label is not None and logprob is not None:
            masses[label] += math.exp(min(logprob, 0.0))
    return list(masses.values())


def pieces_of(chunk: ChatCompletionChunk) -> Iterator[str]:
    """The text in a part of a stream.

    Raises:
        Refused: the model or a filter of the service declined.
    """
    for choice in chunk.choices or ():
        # The library checks nothing here, and some servers end with a null.
        message = (
            Message.model_validate(choice.delta, from_attributes=True) if choice.delta else None
        )
        part = Choice(message=message or Message(), finish_reason=choice.finish_reason)
        if part.refusal is not None:
            raise refused(part.refusal)
        if part.message.content:
            yield part.message.content
