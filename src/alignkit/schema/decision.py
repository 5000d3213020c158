"""What comes out: a decision, and the evidence it rests on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from alignkit.schema.base import SCHEMA_VERSION, Frozen
from alignkit.schema.prompt import Prompt, TemplateVersion
from alignkit.schema.question import Answer, Question, Usage

Outcome = Literal["decided", "escalated", "failed"]


class Estimate(Frozen):
    """How much of an attribute a choice shows, as a decider sees it."""

    mean: float
    """0 (low end) to 1 (high end)."""
    sd: float
    """Standard deviation, at least 0."""


class Call(Frozen):
    """One question put to the model and its answer."""

    prompt: Prompt
    question: Question
    answer: Answer


class Generation(Frozen):
    """One object or text that the model was asked to write."""

    prompt: Prompt
    output: dict[str, Any] | str
    usage: Usage


class Worked(Frozen):
    """A labelled example that a prompt showed."""

    scenario: str
    """Id of the example."""
    similarity: float | None = None
    """To the scenario at hand, -1 to 1; null where it was not measured."""


class Evidence(Frozen):
    """All that a decision rests on."""

    calls: tuple[Call, ...] = ()
    generations: tuple[Generation, ...] = ()
    templates: tuple[TemplateVersion, ...] = ()
    costs: dict[str, dict[str, float]] | None = None
    """By choice and attribute: what the alignment function holds against the choice. The smaller
    the sum, the likelier the choice; null where the decider does not estimate."""
    temperature: float | None = None
    """The difference in cost that makes a choice e times as likely; null as above."""
    relevance: dict[str, float] | None = None
    """By attribute: how sure the model is that it matters here, 0 to 1; null where not asked."""
    weighed_by: dict[str, float] | None = None
    """By attribute: the relevance that its target's weight was multiplied by; null where not."""
    examples: dict[str, tuple[Worked, ...]] = Field(default_factory=dict)
    """By attribute: the labelled examples that stood in the prompts."""
    votes: dict[str, float] | None = None
    """By choice: votes for and against it, where the decider takes votes."""
    weights: dict[str, float] | None = None
    """By member: how much each counted, where the decider combines several."""
    excluded: dict[str, str] = Field(default_factory=dict)
    """Choices that a boundary forbids, with the id of the boundary."""


class Decision(Frozen):
    """A choice with a probability for every option, or the reason why there is none."""

    id: str
    """Unique."""
    schema_version: int = SCHEMA_VERSION
    scenario: str
    """Id of the scenario."""
    profile: str | None
    """Name of the profile; null for the plain model."""
    decider: str
    """The method, with the settings that differ from its defaults: `instructed?reasoning=true`."""
    model: str
    """The model's name."""
    outcome: Outcome
    choice: str | None
    """Id of the chosen choice; null unless `decided`."""
    probabilities: dict[str, float]
    """By choice, in the scenario's order, summing to 1; empty when `failed`."""
    confidence: float
    """(largest probability - 1/n) / (1 - 1/n): 0 for none, 1 for certainty."""
    estimates: dict[str, dict[str, Estimate]] = Field(default_factory=dict)
    """By choice and attribute."""
    order_shift: float | None = None
    """How far the answer moved over the orders in which choices were listed: the largest total
    variation distance from the average, 0 to 1; null where no order was varied."""
    name_shift: float | None = None
    """How far the answer moved when names were exchanged: the largest total variation distance
    from the average, 0 to 1; null where none were."""
    explanation: str = ""
    """Why: the first line says it in short, further lines in full."""
    reason: str | None = None
    """Why there is no choice; null when `decided`."""
    usage: Usage = Usage()
    evidence: Annotated[Evidence, Field(exclude=True, repr=False)] = Evidence()
    """Kept in records, left out of the decision's own JSON."""

    @model_validator(mode="after")
    def _outcome_fits(self) -> Decision:
        if (self.outcome == "decided") != (self.choice is not None):
            raise ValueError("a choice is given exactly when the outcome is 'decided'")
        if (self.outcome == "decided") == (self.reason is not None):
            raise ValueError("a reason is given exactly when the outcome is not 'decided'")
        return self
