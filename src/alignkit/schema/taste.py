"""What somebody said of written answers: the stuff that tastes are learnt from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from alignkit.schema.base import SCHEMA_VERSION, Frozen, Identifier, Text
from alignkit.schema.scenario import Unit

Levels = dict[Identifier, Unit]
"""How much a text shows of attributes, each 0 to 1."""
Rank = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
Which = Literal["a", "b", "equal"]


class WrittenAnswer(Frozen):
    """An answer to a request, as somebody may judge it. In YAML a bare text stands for it."""

    text: Text
    levels: Levels = Field(default_factory=dict)
    """What is known of it; a model judges the rest."""

    @model_validator(mode="before")
    @classmethod
    def _text_is_answer(cls, given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
        return {"text": given} if isinstance(given, str) else given


class CandidateAnswers(Frozen):
    """Answers to one request, of which somebody may compare any two."""

    request: Text
    answers: Annotated[tuple[WrittenAnswer, ...], Field(min_length=2)]


class ComparedAnswers(Frozen):
    """Which of two answers somebody likes better."""

    request: Text | None = None
    """What was asked; a model that judges the answers is told."""
    a: WrittenAnswer
    b: WrittenAnswer
    better: Which


class RatedAnswer(Frozen):
    """How much somebody likes an answer."""

    request: Text | None = None
    answer: WrittenAnswer
    rating: Rank
    """More is better; only the order of ratings counts."""


class EditedAnswer(Frozen):
    """What somebody made of an answer."""

    request: Text | None = None
    answer: WrittenAnswer
    edited: WrittenAnswer
    """Preferred to the answer."""


class KeptComparison(Frozen):
    """One comparison as it is kept: no text, but what the texts show."""

    when: AwareDatetime
    how: Literal["compared", "edited"]
    a: Levels
    b: Levels
    better: Which
    pair: tuple[str, str]
    """Hashes of both texts with their request, so that nobody is asked the same again."""
    judge: str | None = None
    """The model that judged levels; null where they were given."""


class KeptRating(Frozen):
    """One rating as it is kept."""

    when: AwareDatetime
    levels: Levels
    rating: Rank
    text: str
    """Hash of the text with its request; of several ratings of it the last counts."""
    judge: str | None = None


class Taste(Frozen):
    """All that is kept of what somebody likes."""

    schema_version: int = SCHEMA_VERSION
    person: Text
    comparisons: tuple[KeptComparison, ...] = ()
    ratings: tuple[KeptRating, ...] = ()
