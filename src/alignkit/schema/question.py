"""Typed questions, and answers with a probability for every option."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from alignkit.schema.base import Frozen, Text
from alignkit.schema.prompt import Prompt
from alignkit.schema.scenario import MAX_CHOICES

YES, NO = "yes", "no"
MAX_LEVELS = 9
"""As many levels as a `score` question may have."""


class Option(Frozen):
    """One thing that a `choice` question offers."""

    id: str
    text: Text


class ChoiceQuestion(Frozen):
    """Which one of the options?"""

    type: Literal["choice"] = "choice"
    instructions: Text
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=MAX_CHOICES)]
    lettered: bool = False
    """The prompt lists the options already, in this order, with the letters A, B, C, ..."""

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Keys of the answer's probabilities."""
        return tuple(option.id for option in self.options)


class PredicateQuestion(Frozen):
    """Does it hold?"""

    type: Literal["predicate"] = "predicate"
    instructions: Text

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Keys of the answer's probabilities."""
        return (YES, NO)


class ScoreQuestion(Frozen):
    """Which level of an ordered scale?"""

    type: Literal["score"] = "score"
    instructions: Text
    levels: Annotated[tuple[Text, ...], Field(min_length=2, max_length=MAX_LEVELS)]
    """Words for the levels, low to high, evenly spaced from 0 to 1."""

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Keys of the answer's probabilities: "1" for the lowest level and up."""
        return tuple(str(level + 1) for level in range(len(self.levels)))


Question = Annotated[
    ChoiceQuestion | PredicateQuestion | ScoreQuestion, Field(discriminator="type")
]


class Request(Frozen):
    """One typed question about what a prompt says."""

    prompt: Prompt
    question: Question


class Usage(Frozen):
    """What answers cost."""

    tokens_submitted: int = 0
    """Tokens of all prompts."""
    tokens_evaluated: int = 0
    """Those the model had to read anew because no cache held them."""
    tokens_generated: int = 0
    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            tokens_submitted=self.tokens_submitted + other.tokens_submitted,
            tokens_evaluated=self.tokens_evaluated + other.tokens_evaluated,
            tokens_generated=self.tokens_generated + other.tokens_generated,
            calls=self.calls + other.calls,
            seconds=self.seconds + other.seconds,
        )


class Answer(Frozen):
    """A probability for every option of a question."""

    probabilities: dict[str, float]
    """By option id, in the question's order; they sum to 1."""
    readout: Literal["labels", "samples", "native", "fake"]
    """How they came about: label probabilities, shares of samples, the service's own, made up."""
    inside: float | None = None
    """Share of the model's probability that fell on the labels, where it can be seen."""
    samples: int | None = None
    """Number of samples the shares were taken from."""
    usage: Usage = Usage()

    @model_validator(mode="after")
    def _is_distribution(self) -> Answer:
        total = math.fsum(self.probabilities.values())
        if not math.isclose(total, 1, abs_tol=1e-6) or min(self.probabilities.values()) < 0:
            raise ValueError(f"probabilities must be at least 0 and sum to 1, not {total}")
        return self

    @property
    def mean(self) -> float:
        """The expected level of a `score` answer, 0 (lowest) to 1 (highest)."""
        steps = len(self.probabilities) - 1
        return math.fsum(i / steps * p for i, p in enumerate(self.probabilities.values()))

    @property
    def sd(self) -> float:
        """The standard deviation of a `score` answer's level, 0 to 0.5."""
        steps, mean = len(self.probabilities) - 1, self.mean
        return math.sqrt(
            math.fsum(
                (i / steps - mean) ** 2 * p for i, p in enumerate(self.probabilities.values())
            )
        )
