"""Whose values are to decide: targets over attributes, persona, boundaries, escalation."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from alignkit.schema.base import Frozen, Identifier, Name, Text, Weight, repeated
from alignkit.schema.scenario import Unit
from alignkit.schema.visible import shows_alone

Finite = Annotated[float, Field(allow_inf_nan=False)]


Effect = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
"""What adds to log-odds; products of effects and levels stay finite."""

Scale = tuple[Effect, Annotated[float, Field(ge=1e-12, le=1e6, allow_inf_nan=False)]]
"""Mean and standard deviation by which levels are standardised."""


class LogitEffects(Frozen):
    """How somebody weighs an attribute against another one: the effects of a fitted logit model.

    The alignment functions `logit` and `multinomial_logit` read it ({doc}`alignment` in the docs).
    """

    weight: Effect
    """Effect of one standard deviation more of the attribute on the log-odds of a choice."""
    intercept: Effect = 0.0
    """Log-odds in favour of the choice with more of the other attribute."""
    other_weight: Effect = 0.0
    """Effect of one standard deviation more of the other attribute."""
    scale: Scale = (0.0, 1.0)
    """Of the attribute's levels; for `logit` of their differences between the two choices."""
    other_scale: Scale = (0.0, 1.0)
    """Of the other attribute's levels, or differences."""


class Target(Frozen):
    """What a profile wants of one attribute: a number, a range, a distribution, or how to weigh it.

    In YAML a bare number stands for `{value: number}`.
    """

    value: Unit | None = None
    """The wanted level, 0 (low end) to 1 (high end)."""
    range: tuple[Unit, Unit] | None = None
    """Lowest and highest wanted level; everything between is equally good."""
    samples: Annotated[tuple[Unit, ...], Field(min_length=1)] | None = None
    """Levels seen in the decisions of a person or a group: the wanted distribution."""
    logit: LogitEffects | None = None
    """How a person or a group was found to weigh the attribute against another one."""
    weight: Weight = 1.0
    """How much this target counts against the others; only ratios matter."""

    @model_validator(mode="before")
    @classmethod
    def _number_is_value(cls, given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
        if isinstance(given, int | float) and not isinstance(given, bool):
            return {"value": given}
        if not isinstance(given, dict | Target):
            raise ValueError(  # noqa: TRY004  pydantic tells the user of no other
                "write a level from 0 to 1, or one of value, range, samples, logit"
            )
        return given

    @model_validator(mode="after")
    def _exactly_one(self) -> Target:
        kinds = (self.value, self.range, self.samples, self.logit)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("give exactly one of value, range, samples, logit")
        if self.range is not None and self.range[0] > self.range[1]:
            raise ValueError("range: the first number must not be larger than the second")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        number = {"type": "number", "minimum": 0, "maximum": 1}
        return {"anyOf": [number, handler.resolve_ref_schema(handler(core))]}

    @property
    def level(self) -> float:
        """The centre of what is wanted, 0 to 1: the value, the middle of the range, the mean.

        Of effects that weigh the attribute it is the end they pull to.
        """
        if self.value is not None:
            return self.value
        if self.logit is not None:
            return float(self.logit.weight > 0)
        points = self.range or self.samples or ()
        return sum(points) / len(points)

    @property
    def opposite(self) -> Target:
        """The same wish with low and high exchanged."""
        if self.value is not None:
            return self.model_copy(update={"value": 1 - self.value})
        if self.range is not None:
            return self.model_copy(update={"range": (1 - self.range[1], 1 - self.range[0])})
        if self.samples is not None:
            return self.model_copy(update={"samples": tuple(1 - x for x in self.samples)})
        effects = (
            self.logit.model_copy(update={"weight": -self.logit.weight}) if self.logit else None
        )
        return self.model_copy(update={"logit": effects})

    def __str__(self) -> str:
        if self.logit is not None:
            return f"weighed {self.logit.weight:+g}"
        if self.range is not None:
            return f"{self.range[0]:g} to {self.range[1]:g}"
        return f"{self.level:.2g}" + (f" (mean of {len(self.samples)})" if self.samples else "")


class Group(Frozen):
    """A group of people, as whom a model is to answer."""

    name: Text
    description: Text


class Person(Frozen):
    """One member of a panel, whose answer counts beside the others'."""

    story: Text
    """Who this is, in the third person: what they lived through, what they hold dear."""
    weight: Weight = 1.0
    """How many people like this there are; only ratios matter."""
    values: dict[Identifier, Unit] = Field(default_factory=dict)
    """How much they show of attributes, where known: who is nearer to the targets counts more."""


def _shown(word: str) -> str:
    if not shows_alone(word):
        raise ValueError("shows nothing: it has only invisible signs; name a word that can be read")
    return word


class Boundary(Frozen):
    """Something that must never be chosen or said; wins over every target."""

    id: Name
    rule: Text
    """The rule in words; a model judges whether a choice breaks it."""
    never_say: tuple[Annotated[Text, AfterValidator(_shown)], ...] = ()
    """Words or phrases that a choice must not contain, whatever their case and spacing."""


class Escalation(Frozen):
    """When a decision is left to a person."""

    min_confidence: Unit | None = None
    """Escalate below this confidence."""
    error_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Wanted share of wrong decisions among those made; needs calibration examples."""
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Certainty with which `error_rate` is to hold."""

    @model_validator(mode="after")
    def _one_way(self) -> Escalation:
        guarantee = (self.error_rate is not None, self.confidence is not None)
        if any(guarantee) and not all(guarantee):
            raise ValueError("error_rate and confidence go together")
        if (self.min_confidence is not None) == all(guarantee):
            raise ValueError("give either min_confidence, or error_rate with confidence")
        return self

    @property
    def rates(self) -> tuple[float, float] | None:
        """The error rate that is to hold and with which certainty; None where none is asked for."""
        if self.error_rate is None or self.confidence is None:
            return None
        return self.error_rate, self.confidence


class Profile(Frozen):
    """A named set of wishes that decisions are to follow."""

    name: Name
    """Name of the profile: small letters, digits, hyphens."""
    title: Text | None = None
    """Name for people."""
    description: Text | None = None
    """What the profile is for."""
    targets: dict[Identifier, Target] = Field(default_factory=dict)
    """The wanted level of each attribute."""
    group: Group | None = None
    """Answer as this group of people does."""
    persona: Text | None = None
    """Who decides, in the second person."""
    panel: tuple[Person, ...] = ()
    """People whose answers are mixed; the decider `persona` asks for each of them."""
    boundaries: tuple[Boundary, ...] = ()
    """What must never be chosen or said."""
    escalate: Escalation | None = None
    """When to leave the decision to a person."""

    @model_validator(mode="after")
    def _wants_something(self) -> Profile:
        wishes = (self.targets, self.group, self.persona, self.panel, self.boundaries)
        if not any(wishes):
            raise ValueError(
                "the profile wants nothing: give targets, a group, a persona, a panel or boundaries"
            )
        return self

    @model_validator(mode="after")
    def _boundaries_apart(self) -> Profile:
        if twice := repeated(one.id for one in self.boundaries):
            name, times = twice
            raise ValueError(f"boundaries: {times} boundaries have the same id {name!r}")
        return self
