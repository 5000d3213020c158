"""How a group of people answered questions: the shares of their answers, as surveys print them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from alignkit.schema.base import Frozen, Text
from alignkit.schema.profile import Group
from alignkit.schema.scenario import Choice, Scenario

Share = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class Marginal(Frozen):
    """One question, and which share of the group gave each answer."""

    scenario: Scenario | Text | None = None
    """The question as a scenario; or the name or path of one."""
    question: Text | None = None
    """The question in words, with `choices`, where it is no scenario."""
    choices: tuple[Choice, ...] = ()
    """The answers that could be given."""
    shares: dict[str, Share]
    """By choice: the share of the group that gave this answer, in any unit; they are scaled to sum
    to 1."""

    @model_validator(mode="after")
    def _asked_in_one_way(self) -> Marginal:
        whole = self.scenario is not None
        if whole == (self.question is not None) or whole == bool(self.choices):
            raise ValueError("give either scenario, or question with choices")
        if not any(self.shares.values()):
            raise ValueError("shares: somebody must have given an answer")
        return self


class Marginals(Frozen):
    """What a survey found about one group."""

    group: Group
    """Whose answers they are."""
    source: Text | None = None
    """Which survey it was."""
    questions: tuple[Marginal, ...]
    """What they were asked, at least one question."""

    @model_validator(mode="after")
    def _asked_something(self) -> Marginals:
        # Not by a least length, which would be told beside every mistake in a question.
        if not self.questions:
            raise ValueError("questions: there must be at least one")
        return self
