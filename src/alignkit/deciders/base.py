"""What all deciders share: settings, evidence, and how a decision is put together."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Literal, TypedDict

from alignkit.catalog import format_spec
from alignkit.deciders.boundaries import forbidden
from alignkit.deciders.calibrating import cooled, threshold_for
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.entities import twins
from alignkit.deciders.ordering import canonical
from alignkit.deciders.outcome import Conclusion, conclude
from alignkit.deciders.relevance import narrowed
from alignkit.deciders.settings import AskingSettings, DeciderSettings, TwinSettings
from alignkit.deciders.trace import Trace
from alignkit.deciders.twinning import averaged
from alignkit.errors import ModelError, UnknownName
from alignkit.examples import Selector
from alignkit.library import Library, attributes_of
from alignkit.models.protocols import Model
from alignkit.prompts import Prompts
from alignkit.schema import (
    Attribute,
    Calibration,
    DeciderIdentity,
    Decision,
    Evidence,
    Profile,
    Scenario,
    Usage,
)

Selecting = Callable[[DeciderSettings], Selector | None]
"""Makes what picks labelled examples as settings want it; None where they want none."""


def unheard(_: ModelError) -> None:
    """Nobody asks why a model failed."""


class _Heading(TypedDict):
    """The fields that every decision has, whatever its outcome."""

    id: str
    scenario: str
    profile: str | None
    decider: str
    model: str
    usage: Usage


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

    def __init__(  # noqa: PLR0913  all that a decider can work with
        self,
        model: Model | None = None,
        settings: DeciderSettings | None = None,
        *,
        attributes: Mapping[str, Attribute] | None = None,
        prompts: Prompts | None = None,
        selecting: Selecting | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        """Decide with `model`; attributes and wordings default to the shipped ones.

        `selecting` makes what picks labelled examples, for those that show some. A `calibration` is
        believed to belong to this method and model.
        """
        self.model = model
        self.settings = settings or self.settings_type()
        self.attributes = Library().attributes if attributes is None else attributes
        self.prompts = prompts or Prompts()
        self.selecting = selecting
        self.selector = selecting(self.settings) if selecting else None
        self.calibration = calibration

    @property
    def identity(self) -> DeciderIdentity:
        """The method with all its settings."""
        return DeciderIdentity(name=self.name, settings=self.settings.model_dump(mode="json"))

    @property
    def label(self) -> str:
        """Name, with the settings that differ from their defaults: `instructed?reasoning=true`."""
        return format_spec(self.name, self.settings.model_dump(mode="json", exclude_defaults=True))

    def attributes_for(self, profile: Profile | None) -> tuple[Attribute, ...]:
        """The attributes that a decision under `profile` is about.

        Raises:
            UnknownName: one of them is not described; the message names what comes near.
        """
        return attributes_of(self.attributes, profile)

    def attribute(self, name: str) -> Attribute:
        """The attribute called `name`.

        Raises:
            UnknownName: it is not described; the message names what comes near.
        """
        if name not in self.attributes:
            hint = "`align attributes list` shows them."
            raise UnknownName(f"Decider {self.name!r}: attribute", name, self.attributes, hint)
        return self.attributes[name]

    async def decide(
        self,
        scenario: Scenario,
        profile: Profile | None = None,
        *,
        on_failure: Callable[[ModelError], None] = unheard,
    ) -> Decision:
        """The decision on `scenario` under `profile`, or by the plain method without one.

        A model that fails makes a `failed` decision, never a guess; `on_failure` is told why.

        Raises:
            UsageError: this method cannot work with this profile or model.
            DataError: the scenario lacks what this method needs.
        """
        case = Case(scenario, profile, attributes_of(self.attributes, profile))
        trace = Trace(self.model, self.prompts)
        try:
            if isinstance(self.settings, AskingSettings):
                case = await narrowed(trace, case, self.settings)
            with trace.step("weighing the choices"):
                verdict = cooled(self.calibration, case, await self._weigh_twins(trace, case))
            with trace.step("checking the boundaries"):
                excluded = await forbidden(trace, case)
        except ModelError as error:
            on_failure(error)
            return self._failed(trace, case, error)
        threshold = threshold_for(self.calibration, profile)
        end = conclude(case, verdict, excluded, threshold)
        return self._decided(trace, case, verdict, excluded, end)

    @abstractmethod
    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        """What the method makes of `case`, asking its model through `trace`."""

    def _explain(self, case: Case, verdict: Verdict) -> str:
        """Why: the first line in short, further lines in full.

        `verdict` knows what boundaries rule out, and gives it no probability, unless that is all.
        """
        best, share = verdict.likeliest(case)
        return f"{best.text!r} is the likeliest, with {share:.0%}."

    async def _weigh_twins(self, trace: Trace, case: Case) -> Verdict:
        """The verdict on `case`, averaged over exchanges of names where that is wanted."""
        cases = [replace(case, scenario=twin) for twin in self._twins(case.scenario)]
        return averaged(await trace.each(cases, self._weigh))

    def _twins(self, scenario: Scenario) -> tuple[Scenario, ...]:
        settings = self.settings
        if isinstance(settings, TwinSettings) and settings.exchange_names:
            return twins(scenario, settings.most_twins)
        return (scenario,)

    def _decided(
        self,
        trace: Trace,
        case: Case,
        verdict: Verdict,
        excluded: dict[str, str],
        end: Conclusion,
    ) -> Decision:
        ids = case.scenario.choice_ids
        return Decision(
            **self._heading(trace, case),
            outcome="escalated" if end.reason else "decided",
            choice=end.choice,
            probabilities=dict(zip(ids, end.probabilities.tolist(), strict=True)),
            confidence=end.confidence,
            estimates={choice: dict(levels) for choice, levels in verdict.estimates.items()},
            order_shift=verdict.order_shift,
            name_shift=verdict.name_shift,
            explanation="\n".join(
                (
                    self._explain(case, _restricted(case, verdict, excluded, end)),
                    *verdict.notes,
                    *ruled_out(case, excluded),
                )
            ),
            reason=end.reason,
            evidence=Evidence(
                calls=tuple(trace.calls),
                generations=tuple(trace.generations),
                templates=trace.templates,
                excluded=excluded,
                costs=_costs(case, verdict),
                temperature=verdict.costs.temperature if verdict.costs else None,
                relevance=dict(case.relevance) if case.relevance is not None else None,
                weighed_by=_weighed_by(verdict),
                examples=dict(verdict.examples),
                votes=None
                if verdict.votes is None
                else dict(zip(ids, verdict.votes.tolist(), strict=True)),
                weights=dict(verdict.weights) if verdict.weights is not None else None,
            ),
        )

    def _failed(self, trace: Trace, case: Case, error: ModelError) -> Decision:
        return Decision(
            **self._heading(trace, case),
            outcome="failed",
            choice=None,
            probabilities={},
            confidence=0.0,
            reason=f"While {error.step}: {error}" if error.step else str(error),
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


def _restricted(
    case: Case, verdict: Verdict, excluded: Mapping[str, str], end: Conclusion
) -> Verdict:
    """`verdict` about the choices that boundaries leave; unchanged where they leave none."""
    some_left = len(excluded) < len(case.scenario.choices)
    ruled_out = frozenset(excluded) if some_left else frozenset[str]()
    return replace(verdict, probabilities=end.probabilities, ruled_out=ruled_out)


def _costs(case: Case, verdict: Verdict) -> dict[str, dict[str, float]] | None:
    """The table of costs by choice and attribute."""
    if verdict.costs is None:
        return None
    names = verdict.costs.names
    rows = zip(case.scenario.choice_ids, verdict.costs.table.tolist(), strict=True)
    return {choice: dict(zip(names, row, strict=True)) for choice, row in rows}


def _weighed_by(verdict: Verdict) -> dict[str, float] | None:
    given = verdict.costs.relevance if verdict.costs else None
    return None if given is None else dict(given)


def ruled_out(case: Case, excluded: Mapping[str, str]) -> tuple[str, ...]:
    """A line about the choices that boundaries forbid, where there are any."""
    parts = [
        f"{choice.text!r} (boundary {excluded[choice.id]})"
        for choice in canonical(case.scenario.choices)
        if choice.id in excluded
    ]
    return (f"Ruled out: {', '.join(parts)}.",) if parts else ()
