"""What a method is given to decide, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alignkit.schema import Attribute, Estimate, Profile, Scenario, Target
from alignkit.stats.probability import Floats


@dataclass(frozen=True)
class Case:
    """A scenario, the profile that is to decide it, and the attributes the profile names."""

    scenario: Scenario
    profile: Profile | None
    attributes: tuple[Attribute, ...]
    """What the profile has targets for."""
    targets: tuple[Target, ...]
    """The profile's targets, in the order of the attributes."""

    def indices(self) -> dict[str, int]:
        """Where each choice stands in the scenario, by its id."""
        return {choice: index for index, choice in enumerate(self.scenario.choice_ids)}


@dataclass(frozen=True)
class Verdict:
    """What a method makes of a case, before boundaries and escalation."""

    probabilities: Floats
    """(n_choices,) in the scenario's order."""
    explanation: str
    estimates: Mapping[str, dict[str, Estimate]] = field(default_factory=dict)
    """By choice and attribute."""
    distances: Floats | None = None
    """(n_choices,): weighted distance to the targets."""
    order_shift: float | None = None
    """Largest total variation distance from the average over the orders shown, 0 to 1."""
    ranking: tuple[int, ...] | None = None
    """Indices of all choices, the one to take first, for methods that don't take the likeliest."""
