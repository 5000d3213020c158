"""What labelled answers taught about when a model should say that it does not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from alignkit.schema.base import SCHEMA_VERSION, Frozen, Text
from alignkit.schema.calibration import Positive, ProbabilityMap, Reliability
from alignkit.schema.identity import ModelIdentity
from alignkit.schema.prompt import TemplateVersion
from alignkit.schema.scenario import Unit


class LabelledAnswer(Frozen):
    """An answer of which somebody says whether it is right."""

    request: Text
    """What was asked. Answers to one request are not parted; a promise is tested on one of them."""
    answer: Text
    right: bool
    source: Text | None = None
    """All that is known about it, where it is to be checked against that."""


class AnswerThreshold(Frozen):
    """The probability from which on answers are given; below it the model abstains."""

    error_rate: Annotated[float, Field(gt=0, lt=1)]
    """At most this share of the answers given is wrong."""
    certainty: Annotated[float, Field(gt=0, lt=1)]
    """With which the error rate holds."""
    probability: Unit
    """Answers that are right with at least this calibrated probability are given."""
    examples: Annotated[int, Field(ge=1)]
    """Labelled answers of which a claim stands, one of each group, that had no part in the map."""
    kept: Annotated[int, Field(ge=0)]
    """Those at least so probable."""
    errors: Annotated[int, Field(ge=0)]
    """Wrong ones among them."""
    bound: Unit
    """Upper bound on the share of wrong answers, at the certainty and for this threshold."""

    def keeps(self, error_rate: float, certainty: float) -> bool:
        """Whether it serves a wish for `error_rate` with `certainty`."""
        return self.error_rate <= error_rate and self.certainty >= certainty


class Abstention(Frozen):
    """What the probability that an answer is right is worth, for one model and way of checking."""

    schema_version: int = SCHEMA_VERSION
    created: AwareDatetime
    model: ModelIdentity
    check: Literal["sources", "knowledge"]
    """Whether answers were checked against documents, or by what the model knows."""
    settings: dict[str, int | float]
    """Of the check."""
    templates: tuple[TemplateVersion, ...]
    """The wordings that were used."""
    source: str
    """Where the labelled answers come from."""
    seed: int
    """Deals them into two halves."""
    examples: Annotated[int, Field(ge=1)]
    """Answers that the map was fitted to."""
    kind: Literal["temperature", "isotonic"]
    temperature: Positive = 1.0
    """The log-odds of the raw probability are divided by this."""
    probabilities: ProbabilityMap | None = None
    """Takes the place of the temperature where there are many examples."""
    before: Reliability
    """Of the raw probability."""
    after: Reliability
    """Of the calibrated one, each answer by what the others taught."""
    threshold: AnswerThreshold | None = None
    """None where no error rate was asked for, or none could be promised."""
