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
    asked = instructions(trace, case, profile)
    return await choose(trace, Ballot(asked, in_view), case.scenario.choices)


def instructions(trace: Trace, case: Case, profile: Profile, reasoning: str = "") -> Rendered:
    """The prompt that tells `profile` before the scenario, and `reasoning` behind it."""
    return trace.render("instructed", **values(case, profile), reasoning=reasoning)


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
