"""The parts of a chat completion that we read, as servers that follow OpenAI's format send them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from alignkit.errors import Refused
from alignkit.models.adapters import label_of_token
from alignkit.schema import Usage


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
    def refused(self) -> bool:
        """Whether the model or a filter of the service declined."""
        return bool(self.message.refusal) or self.finish_reason == "content_filter"

    def check_refusal(self) -> None:
        """Raise Refused if the model or a filter of the service declined."""
        if self.refused:
            why = self.message.refusal or "a filter of the service held the answer back"
            raise Refused(f"The model declined to answer: {why[:200]}")


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


def first_tokens(choice: Choice) -> tuple[Token, ...] | None:
    """The likeliest first tokens, none for an empty text; None if the server does not show them."""
    positions = choice.logprobs.content if choice.logprobs else None
    if positions is None:
        return None
    return (positions[0].top_logprobs or None) if positions else ()


def label_masses(tokens: Sequence[Token], labels: Sequence[str]) -> list[float]:
    """The probability that `tokens` give to each of `labels`, all ways of writing it together.

    A label that is not among the tokens gets 0.
    """
    masses = dict.fromkeys(labels, 0.0)
    for token, logprob in {entry.token: entry.logprob for entry in tokens}.items():
        label = label_of_token(token, labels)
        if label is not None and logprob is not None:
            masses[label] += math.exp(min(logprob, 0.0))
    return list(masses.values())
