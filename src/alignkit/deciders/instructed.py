"""The profile as instructions: what it wants goes before the model, then the model chooses."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.base import Decider, DeciderSettings
from alignkit.deciders.baseline import ChoosingSettings, likeliest, verdict
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Ballot, choose
from alignkit.deciders.ordering import canonical
from alignkit.deciders.trace import Trace
from alignkit.decompose import Guide, decompose
from alignkit.errors import UsageError
from alignkit.models.protocols import Sampling


class InstructedSettings(ChoosingSettings):
    """Settings of `instructed`."""

    reasoning: bool = False
    """Let the model write down its reasoning first; it then stands before the question."""
    reasoning_length: Annotated[int, Field(ge=80, le=4000)] = 400
    """Largest length of the reasoning, in characters."""
    seed: int = 0
    """Seed of the reasoning's text."""
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
        if case.profile is None:
            raise UsageError(
                "The decider 'instructed' needs a profile.", "Give one, or use 'baseline'."
            )
        guides = decompose(case.profile, case.attributes)
        reasoning = await self._reason(trace, case, guides) if self.settings.reasoning else ""
        asked = trace.render("instructed", **_values(case, guides), reasoning=reasoning)
        ballot = Ballot(asked, self.settings.in_view)
        chosen = await choose(trace, ballot, case.scenario.choices)
        best = likeliest(case, chosen)
        lines = [
            f"Chosen with {chosen.shares[best.id]:.0%} when told: {_summary(case, guides)}.",
            f"{best.text!r}.",
            *([f"Reasoning: {reasoning}"] if reasoning else []),
        ]
        return verdict(case, chosen, "\n".join(lines))

    async def _reason(self, trace: Trace, case: Case, guides: tuple[Guide, ...]) -> str:
        """What the model writes about the choices, shown in canonical order, before it decides."""
        options = canonical(case.scenario.choices)
        prompt = trace.render("reasoning", **_values(case, guides), options=options).prompt
        text = {"type": "string", "minLength": 1, "maxLength": self.settings.reasoning_length}
        schema = {
            "type": "object",
            "properties": {"reasoning": text},
            "required": ["reasoning"],
            "additionalProperties": False,
        }
        sampling = Sampling(
            temperature=self.settings.reasoning_temperature,
            seed=self.settings.seed,
            max_tokens=self.settings.reasoning_length,  # a token has at least one character
        )
        return str((await trace.write(prompt, schema, sampling))["reasoning"]).strip()


def _values(case: Case, guides: tuple[Guide, ...]) -> dict[str, object]:
    profile = case.profile
    return {
        "scenario": case.scenario,
        "guides": guides,
        "persona": profile.persona if profile else None,
        "group": profile.group if profile else None,
        "boundaries": profile.boundaries if profile else (),
    }


def _summary(case: Case, guides: tuple[Guide, ...]) -> str:
    parts = [f"{guide.attribute.title} {guide.wanted}" for guide in guides]
    if case.profile and case.profile.group:
        parts.append(f"answer as {case.profile.group.name}")
    if case.profile and case.profile.persona:
        parts.append("the persona")
    return "; ".join(parts) or "the boundaries"
