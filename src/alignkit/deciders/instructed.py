"""The profile as instructions: what it wants goes before the model, then the model chooses."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.baseline import verdict
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import choose
from alignkit.deciders.reasoning import reason
from alignkit.deciders.settings import AskingSettings, DeciderSettings, ViewSettings
from alignkit.deciders.steering import followed, summary, told_ballot
from alignkit.deciders.trace import Trace
from alignkit.models.protocols import Sampling


class ReasoningSettings(AskingSettings):
    """Settings of deciders that can let the model reason before it chooses."""

    reasoning: bool = False
    """Let the model write down its reasoning first; it then stands before the question."""
    reasoning_length: Annotated[int, Field(ge=80, le=4000)] = 400
    """Largest length of the reasoning, in characters."""
    seed: int = 0
    """Seed of what is drawn by chance."""


class InstructedSettings(ReasoningSettings, ViewSettings):
    """Settings of `instructed`."""

    reasoning_temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0 writes the likeliest text."""


class Instructed(Decider):
    """Turns each target into instructions, shows them before the scenario, asks for a choice."""

    name = "instructed"
    first = "profile"
    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = InstructedSettings
    settings: InstructedSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        profile = followed(case, self.name)
        reasoning = ""
        if self.settings.reasoning:
            sampling = Sampling(
                temperature=self.settings.reasoning_temperature, seed=self.settings.seed
            )
            length = self.settings.reasoning_length
            reasoning = await reason(trace, case, profile, sampling, length)
        ballot = told_ballot(trace, case, profile, self.settings.in_view, reasoning)
        found = verdict(case, await choose(trace, ballot, case.scenario.choices))
        return replace(found, notes=(f"Reasoning: {reasoning}",)) if reasoning else found

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        told = summary(case, followed(case, self.name))
        return f"Chosen with {share:.0%} when told: {told}.\n{best.text!r}."
