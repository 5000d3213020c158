"""Choices of a model that was told the profile, or its opposite, before the scenario."""

from __future__ import annotations

from alignkit.deciders.case import Case
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.trace import Trace
from alignkit.decompose import Guide, decompose
from alignkit.errors import UsageError
from alignkit.prompts import Rendered
from alignkit.schema import Profile


def followed(case: Case, decider: str) -> Profile:
    """The profile of `case`.

    Raises:
        UsageError: there is none, and `decider` can do nothing without.
    """
    if case.profile is None:
        raise UsageError(
            f"The decider {decider!r} needs a profile.", "Give one, or use 'baseline'."
        )
    return case.profile


async def told(trace: Trace, case: Case, profile: Profile, in_view: int) -> Chosen:
    """What the model chooses when it is told `profile`, in every order of the choices."""
    ballot = told_ballot(trace, case, profile, in_view)
    return await choose(trace, ballot, case.scenario.choices)


def told_ballot(
    trace: Trace, case: Case, profile: Profile, in_view: int, reasoning: str = ""
) -> Ballot:
    """What a model that is told `profile` is asked, with `reasoning` before the question."""
    asked = instructions(trace, case, profile, reasoning)
    return Ballot(asked, in_view, lettered=case.scenario.exam)


def instructions(trace: Trace, case: Case, profile: Profile, reasoning: str = "") -> Rendered:
    """The prompt that tells `profile` before the scenario, and `reasoning` behind it."""
    template = "exam" if case.scenario.exam else "instructed"
    return trace.render(template, **values(case, profile), reasoning=reasoning)


def values(case: Case, profile: Profile) -> dict[str, object]:
    """What templates that tell a profile are given."""
    return {
        "scenario": case.scenario,
        "guides": guides(case, profile),
        "persona": profile.persona,
        "group": profile.group,
        "boundaries": profile.boundaries,
    }


def guides(case: Case, profile: Profile) -> tuple[Guide, ...]:
    """The targets of `profile` as instructions."""
    known = {attribute.name: attribute for attribute in case.attributes}
    return decompose(profile, [known[name] for name in profile.targets])


def summary(case: Case, profile: Profile) -> str:
    """What the model was told, in short."""
    parts = [f"{guide.attribute.title} {guide.wanted}" for guide in guides(case, profile)]
    if profile.group:
        parts.append(f"answer as {profile.group.name}")
    if profile.persona:
        parts.append("the persona")
    return "; ".join(parts) or "the boundaries"
