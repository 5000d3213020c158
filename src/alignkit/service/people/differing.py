"""Where two profiles disagree: in what they want, and in what is decided under each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from alignkit.alignment.wanted import wanted_levels
from alignkit.deciders.base import Decider
from alignkit.schema import Profile, Target
from alignkit.service.deciding import Decided, decide_all
from alignkit.service.inputs import Item
from alignkit.stats.distributions import earth_mover
from alignkit.stats.probability import total_variation


@dataclass(frozen=True)
class Wish:
    """What one profile wants of an attribute."""

    target: Target
    share: float
    """Its part of all weights of the profile, 0 to 1."""


@dataclass(frozen=True)
class WishDifference:
    """What two profiles want of one attribute."""

    attribute: str
    one: Wish | None
    """None where the profile has no such target."""
    other: Wish | None
    distance: float | None
    """How far the wanted levels would have to be moved to be the other's, 0 to 1; None where one
    has no target, or where a target says how levels weigh instead of which are wanted."""

    @property
    def differs(self) -> bool:
        """Whether they want different things, their weights included."""
        return self.one != self.other


@dataclass(frozen=True)
class PartDifference:
    """Something else that is not the same in two profiles."""

    part: str
    """persona, group, panel, a boundary by its id, or escalation."""
    one: str | None
    """What the first profile says; None for nothing."""
    other: str | None


@dataclass(frozen=True)
class DecisionDifference:
    """What was decided on one scenario under each profile."""

    one: Decided
    other: Decided

    @property
    def shift(self) -> float | None:
        """Total variation distance of the probabilities, 0 to 1; None where a decision failed."""
        found = [list(each.decision.probabilities.values()) for each in (self.one, self.other)]
        if not all(found):
            return None
        return total_variation(np.array(found[0]), np.array(found[1]))

    @property
    def differs(self) -> bool:
        """Whether the outcome or the choice is another."""
        one, other = self.one.decision, self.other.decision
        return (one.outcome, one.choice) != (other.outcome, other.choice)


def wish_differences(one: Profile, other: Profile) -> list[WishDifference]:
    """Every attribute that either profile wants something of: the first's, then the second's."""
    names = dict.fromkeys((*one.targets, *other.targets))
    return [_wishes(name, _wish(one, name), _wish(other, name)) for name in names]


def part_differences(one: Profile, other: Profile) -> list[PartDifference]:
    """What differs beside the targets."""
    ids = dict.fromkeys(b.id for profile in (one, other) for b in profile.boundaries)
    parts: list[tuple[str, Callable[[Profile], str | None]]] = [
        ("persona", lambda profile: profile.persona),
        ("group", _group),
        ("panel", _panel),
        *(
            (f"boundary {name}", lambda profile, name=name: _boundary(profile, name))
            for name in ids
        ),
        ("escalation", _escalation),
    ]
    both = [PartDifference(part, say(one), say(other)) for part, say in parts]
    return [found for found in both if found.one != found.other]


async def decision_differences(
    items: Sequence[Item], decider: Decider, profiles: tuple[Profile, Profile], at_once: int
) -> AsyncGenerator[DecisionDifference, None]:
    """What `decider` decides on each of `items` under both profiles, in their order.

    Both decide the same item side by side, so that what their prompts share is read once. About
    `at_once` decisions are under way together.

    Raises:
        UsageError: the decider cannot work with one of the profiles.
    """
    each = max(1, at_once // 2)
    first, second = (decide_all(items, decider, profile, each) for profile in profiles)
    async with aclosing(first) as ones, aclosing(second) as others:
        for _ in items:
            yield DecisionDifference(await anext(ones), await anext(others))


def _wish(profile: Profile, name: str) -> Wish | None:
    if name not in profile.targets:
        return None
    target = profile.targets[name]
    return Wish(target, target.weight / sum(t.weight for t in profile.targets.values()))


def _wishes(name: str, one: Wish | None, other: Wish | None) -> WishDifference:
    distance = None
    if one and other and one.target.logit is None and other.target.logit is None:
        distance = earth_mover(wanted_levels(one.target), wanted_levels(other.target))
    return WishDifference(name, one, other, distance)


def _group(profile: Profile) -> str | None:
    group = profile.group
    return None if group is None else f"{group.name}: {group.description}"


def _panel(profile: Profile) -> str | None:
    people = (f"{person.story} (weight {person.weight:g})" for person in profile.panel)
    return "; ".join(people) or None


def _boundary(profile: Profile, name: str) -> str | None:
    for boundary in profile.boundaries:
        if boundary.id == name:
            said = ", ".join(repr(phrase) for phrase in boundary.never_say)
            return boundary.rule + (f" Never say {said}." if said else "")
    return None


def _escalation(profile: Profile) -> str | None:
    if profile.escalate is None:
        return None
    given = profile.escalate.model_dump(exclude_none=True)
    return ", ".join(f"{key} {value:g}" for key, value in given.items())
