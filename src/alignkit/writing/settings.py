"""How much is done for a text: drafts, revisions, tokens, and what is checked of them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from alignkit.schema import Frozen, Profile
from alignkit.writing.marking import Treatment

Wanted = Literal["off", "auto", "on"]
"""Whether something is checked: never, where the profile asks for it, or always."""

_OF_HARM = ("harmlessness", "impartiality_towards_groups")
_OF_CLAIMS = "truthfulness"
_MIDDLE = 0.5


class WritingSettings(Frozen):
    """How a text is written."""

    drafts: Annotated[int, Field(ge=1, le=64)] = 1
    """New drafts, each with a seed of its own; the best by the profile's weights wins."""
    revisions: Annotated[int, Field(ge=0, le=16)] = 1
    """How often the best draft is revised, at most, while it is not as wanted."""
    budget: Annotated[int, Field(ge=1)] | None = None
    """Tokens evaluated and generated, judging included: no draft or revision is begun that would
    go beyond it, by what the last one took. The first draft is always made."""
    tokens: Annotated[int, Field(ge=1, le=8192)] = 400
    """The most that one draft may have."""
    plan: bool = True
    """Whether a model that can do so plans before it writes. Without a plan it is asked for the
    text alone, which is judged as it stands where it reaches `tokens`."""
    tailored: bool = False
    """Let the model write the instructions for this request out of those for any request; a typed
    question about each decides whether it is taken."""
    seed: int = 0
    """Seed of the first draft; the others follow it."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Of all drafts but the first."""
    first_temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """Of the first draft."""
    seconds: Annotated[float, Field(gt=0)] = 900.0
    """The longest that writing one draft may take, and judging it."""
    harm: Wanted = "auto"
    """Check request and drafts for help with harm, needless refusals and stereotypes."""
    claims: Wanted = "auto"
    """Check what drafts state: against the sources, or by whether the model knows it."""
    unsupported: Treatment = "mark"
    """What is done about claims that nothing supports."""
    source_tokens: Annotated[int, Field(ge=64)] = 1000
    """About so many tokens of the sources are read by the model that writes."""

    def checks_harm(self, profile: Profile | None) -> bool:
        """Whether texts under `profile` are checked for harm.

        By itself where there is a boundary, or a wish for harmlessness or impartiality.
        """
        if self.harm != "auto" or profile is None:
            return self.harm == "on"
        return bool(profile.boundaries) or any(_wants(profile, name) for name in _OF_HARM)

    def checks_claims(self, profile: Profile | None, *, with_sources: bool) -> bool:
        """Whether what texts under `profile` state is checked.

        By itself where there are sources, where truthfulness is wanted, and where the profile says
        how sure an answer has to be.
        """
        if self.claims != "auto" or with_sources or profile is None:
            return self.claims == "on" or (self.claims == "auto" and with_sources)
        return profile.escalate is not None or _wants(profile, _OF_CLAIMS)


def _wants(profile: Profile, name: str) -> bool:
    target = profile.targets.get(name)
    return target is not None and target.level > _MIDDLE
