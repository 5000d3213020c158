"""What a method is given to decide, and what it makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from alignkit.deciders.ordering import canonical
from alignkit.schema import Attribute, Choice, Estimate, Profile, Scenario, Target, Worked
from alignkit.stats.probability import Floats


@dataclass(frozen=True)
class Case:
    """A scenario, the profile that is to decide it, and the attributes the profile names."""

    scenario: Scenario
    profile: Profile | None
    attributes: tuple[Attribute, ...]
    """What the profile has targets for."""
    relevance: Mapping[str, float] | None = None
    """By attribute: how sure the model is that it matters here; None where it was not asked."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """The profile's targets, in the order of the attributes."""
        return tuple(self.profile.targets.values()) if self.profile else ()

    def limited_to(self, names: Collection[str]) -> Case:
        """The case with those of the targets that are called so."""
        profile = self.profile
        if profile is not None:
            targets = {name: target for name, target in profile.targets.items() if name in names}
            profile = profile.model_copy(update={"targets": targets})
        kept = tuple(attribute for attribute in self.attributes if attribute.name in names)
        return replace(self, profile=profile, attributes=kept)

    def indices(self) -> dict[str, int]:
        """Where each choice stands in the scenario, by its id."""
        return {choice: index for index, choice in enumerate(self.scenario.choice_ids)}


@dataclass(frozen=True)
class Costs:
    """What an alignment function holds against each choice."""

    names: tuple[str, ...]
    """The targets that were looked at."""
    table: Floats
    """(n_choices, n_targets), columns in the order of `names`."""
    temperature: float
    """The difference in cost that makes a choice e times as likely."""
    relevance: Mapping[str, float] | None = None
    """By attribute: the relevance by which the targets were weighed; None where they were not."""

    @property
    def sums(self) -> Floats:
        """(n_choices,): the smaller, the likelier."""
        # Not a matrix product, whose last bits can depend on where a row stands.
        return np.asarray(self.table.sum(axis=1))


@dataclass(frozen=True)
class Verdict:
    """What a method makes of a case, before boundaries and escalation."""

    probabilities: Floats
    """(n_choices,) in the scenario's order."""
    estimates: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    """By choice and attribute."""
    costs: Costs | None = None
    """What the probabilities come from, where attributes were estimated."""
    order_shift: float | None = None
    """Largest total variation distance from the average over the orders shown, 0 to 1."""
    name_shift: float | None = None
    """The same over the exchanges of names."""
    ranking: tuple[int, ...] | None = None
    """Indices of all choices, the one to take first, for methods that don't take the likeliest."""
    notes: tuple[str, ...] = ()
    """Lines for the end of the explanation."""
    votes: Floats | None = None
    """(n_choices,): votes for and against, where they were taken."""
    weights: Mapping[str, float] | None = None
    """How much each member counted, where several were combined."""
    examples: Mapping[str, tuple[Worked, ...]] = field(default_factory=dict)
    """By attribute: the labelled examples that were shown."""
    ruled_out: frozenset[str] = frozenset()
    """Choices that a boundary forbids, known when the decision is explained; never all of them."""

    def ranked_best(self, case: Case) -> int:
        """The index of the choice that the ranking takes first and no boundary forbids."""
        ids = case.scenario.choice_ids
        return next(row for row in self.ranking or () if ids[row] not in self.ruled_out)

    def likeliest(self, case: Case) -> tuple[Choice, float]:
        """The likeliest choice of `case`, and its probability.

        Of equally likely ones it is the first in canonical order, not the first that was listed.
        """
        place = case.indices()
        best = max(
            canonical(case.scenario.choices),
            # Rounded, so that the last bits of equal ones don't tell them apart.
            key=lambda choice: round(float(self.probabilities[place[choice.id]]), 12),
        )
        return best, float(self.probabilities[place[best.id]])
