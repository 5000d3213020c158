"""What all deciders share: settings, evidence, and how a decision is put together."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal, TypedDict

from alignkit.catalog import format_spec
from alignkit.deciders.boundaries import forbidden
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.ordering import canonical
from alignkit.deciders.outcome import Conclusion, conclude
from alignkit.deciders.trace import Trace
from alignkit.errors import ModelError
from alignkit.library import Library, attributes_of
from alignkit.models.protocols import Model
from alignkit.prompts import Prompts
from alignkit.schema import (
    Attribute,
    DeciderIdentity,
    Decision,
    Evidence,
    Frozen,
    Profile,
    Scenario,
    Usage,
)


class _Heading(TypedDict):
    """The fields that every decision has, whatever its outcome."""

    id: str
    scenario: str
    profile: str | None
    decider: str
    model: str
    usage: Usage


class DeciderSettings(Frozen):
    """Settings of a decider that has none of its own; the others' settings build on it."""


class Decider(ABC):
    """Makes decisions by one method."""

    name: ClassVar[str]
    """Name in the table of deciders."""
    first: ClassVar[Literal["profile", "scenario"]] = "scenario"
    """What comes first in its prompts and so is shared by neighbours: with the scenario first, many
    profiles on one scenario are cheap; with the profile first, many scenarios under one profile."""
    asks_model: ClassVar[bool] = True
    """False for controls that work without a model."""
    needs_profile: ClassVar[bool] = False
    """True for methods that can do nothing without one."""
    settings_type: ClassVar[type[DeciderSettings]] = DeciderSettings

    def __init__(
        self,
        model: Model | None = None,
        settings: DeciderSettings | None = None,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        prompts: Prompts | None = None,
    ) -> None:
        """Decide with `model`; attributes and wordings default to the shipped ones."""
        self.model = model
        self.settings = settings or self.settings_type()
        self.attributes = Library().attributes if attributes is None else attributes
        self.prompts = prompts or Prompts()

    @property
    def identity(self) -> DeciderIdentity:
        """The method with all its settings."""
        return DeciderIdentity(name=self.name, settings=self.settings.model_dump(mode="json"))

    @property
    def label(self) -> str:
        """Name, with the settings that differ from their defaults: `instructed?reasoning=true`."""
        return format_spec(self.name, self.settings.model_dump(mode="json", exclude_defaults=True))

    async def decide(self, scenario: Scenario, profile: Profile | None = None) -> Decision:
        """The decision on `scenario` under `profile`, or by the plain method without one.

        A model that fails makes a `failed` decision, never a guess.

        Raises:
            UsageError: this method cannot work with this profile or model.
            DataError: the scenario lacks what this method needs.
        """
        targets = tuple(profile.targets.values()) if profile else ()
        case = Case(scenario, profile, attributes_of(self.attributes, profile), targets)
        trace = Trace(self.model, self.prompts)
        try:
            verdict = await self._weigh(trace, case)
            excluded = await forbidden(trace, case)
        except ModelError as error:
            return self._failed(trace, case, error)
        return self._decided(trace, case, verdict, conclude(case, verdict, excluded), excluded)

    @abstractmethod
    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        """What the method makes of `case`, asking its model through `trace`."""

    def _decided(
        self,
        trace: Trace,
        case: Case,
        verdict: Verdict,
        end: Conclusion,
        excluded: dict[str, str],
    ) -> Decision:
        ids = case.scenario.choice_ids
        distances = verdict.distances
        return Decision(
            **self._heading(trace, case),
            outcome="escalated" if end.reason else "decided",
            choice=end.choice,
            probabilities=dict(zip(ids, end.probabilities.tolist(), strict=True)),
            confidence=end.confidence,
            estimates=dict(verdict.estimates),
            order_shift=verdict.order_shift,
            explanation=verdict.explanation + _ruled_out(case, excluded),
            reason=end.reason,
            evidence=Evidence(
                calls=tuple(trace.calls),
                generations=tuple(trace.generations),
                templates=trace.templates,
                distances=None
                if distances is None
                else dict(zip(ids, distances.tolist(), strict=True)),
                excluded=excluded,
            ),
        )

    def _failed(self, trace: Trace, case: Case, error: ModelError) -> Decision:
        return Decision(
            **self._heading(trace, case),
            outcome="failed",
            choice=None,
            probabilities={},
            confidence=0.0,
            reason=str(error),
            evidence=Evidence(
                calls=tuple(trace.calls),
                generations=tuple(trace.generations),
                templates=trace.templates,
            ),
        )

    def _heading(self, trace: Trace, case: Case) -> _Heading:
        return {
            "id": uuid.uuid4().hex,
            "scenario": case.scenario.id,
            "profile": case.profile.name if case.profile else None,
            "decider": self.label,
            "model": self.model.identity.name if self.model else "none",
            "usage": trace.usage,
        }


def _ruled_out(case: Case, excluded: Mapping[str, str]) -> str:
    """A sentence about the choices that boundaries forbid, where there are any."""
    parts = [
        f"{choice.text!r} (boundary {excluded[choice.id]})"
        for choice in canonical(case.scenario.choices)
        if choice.id in excluded
    ]
    return f"\nRuled out: {', '.join(parts)}." if parts else ""
