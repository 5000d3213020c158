"""Decision flow: extract what matters, filter it by the profile, weigh the choices, decide.

After DecisionFlow (Chen et al. 2025, "DecisionFlow: Advancing Large Language Model as Principled
Decision Maker", arXiv:2505.21397). There the model also reads the objective it wrote; here the
objective is the alignment function, and it is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.regression import (
    Found,
    Regression,
    RegressionSettings,
    asked_levels,
)
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import BadModelOutput
from alignkit.models.protocols import Sampling
from alignkit.schema import YES, Attribute, PredicateQuestion, Request

_FACT = 160
"""Largest length of a fact, in characters."""
_FACT_TOKENS = 60


class StagedSettings(RegressionSettings):
    """Settings of `staged`."""

    also_read: ClassVar[frozenset[str]] = frozenset({"seed"})

    facts: Annotated[int, Field(ge=2, le=20)] = 8
    """At most so many facts are extracted."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.3
    """A fact is kept for a target when the model is surer than this that it matters to it."""
    seed: int = 0
    """Seed of the extraction's text."""


@dataclass(frozen=True)
class Extracted:
    """After the first stage: what the situation says, as single facts."""

    facts: tuple[str, ...]


@dataclass(frozen=True)
class Filtered:
    """After the second stage: for each attribute the facts that matter to it."""

    facts: dict[str, tuple[str, ...]]


class Staged(Regression):
    """Extracts facts, keeps those that matter to each target, and weighs the choices by them."""

    name = "staged"
    settings_type: ClassVar[type[DeciderSettings]] = StagedSettings
    settings: StagedSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        with trace.step("extracting the facts"):
            extracted = await self._extract(trace, case)
        with trace.step("filtering the facts"):
            filtered = await self._filter(trace, case, attributes, extracted)
        with trace.step("weighing the choices by the facts"):
            return await self._measure(trace, case, attributes, filtered)

    async def _extract(self, trace: Trace, case: Case) -> Extracted:
        most = self.settings.facts
        prompt = trace.render(
            "staged_facts",
            scenario=case.scenario,
            choices=canonical(case.scenario.choices),
            most=most,
        ).prompt
        fact = {"type": "string", "minLength": 3, "maxLength": _FACT}
        schema = {
            "type": "object",
            "properties": {
                "facts": {"type": "array", "items": fact, "minItems": 1, "maxItems": most}
            },
            "required": ["facts"],
            "additionalProperties": False,
        }
        sampling = Sampling(seed=self.settings.seed, max_tokens=_FACT_TOKENS * most)
        written = (await trace.write(prompt, schema, sampling))["facts"]
        facts = tuple(dict.fromkeys(text for fact in written if (text := str(fact).strip())))
        if not facts:
            raise BadModelOutput("The model extracted no facts.")
        return Extracted(facts)

    async def _filter(
        self, trace: Trace, case: Case, attributes: tuple[Attribute, ...], extracted: Extracted
    ) -> Filtered:
        pairs = [(attribute, fact) for attribute in attributes for fact in extracted.facts]
        asked = [
            trace.render("staged_filter", scenario=case.scenario, attribute=attribute, fact=fact)
            for attribute, fact in pairs
        ]
        answers = await trace.ask(
            [
                Request(prompt=ask.prompt, question=PredicateQuestion(instructions=ask.question))
                for ask in asked
            ]
        )
        matters = {
            (attribute.name, fact): answer.probabilities[YES]
            for (attribute, fact), answer in zip(pairs, answers, strict=True)
        }
        return Filtered(
            {
                attribute.name: self._kept(
                    {fact: matters[attribute.name, fact] for fact in extracted.facts}
                )
                for attribute in attributes
            }
        )

    def _kept(self, shares: dict[str, float]) -> tuple[str, ...]:
        """The facts above the threshold, or all where none is."""
        kept = tuple(fact for fact, share in shares.items() if share > self.settings.threshold)
        return kept or tuple(shares)

    async def _measure(
        self, trace: Trace, case: Case, attributes: tuple[Attribute, ...], filtered: Filtered
    ) -> Found:
        means, sds = await asked_levels(
            trace,
            case,
            attributes,
            lambda attribute, choice: trace.render(
                "staged_weigh",
                scenario=case.scenario,
                attribute=attribute,
                facts=filtered.facts[attribute.name],
                choice=choice,
            ),
        )
        return Found(means, sds)
