"""A profile as actionable instructions and checkable criteria.

For each target: what to do and how far to go, and a typed question that a draft can be put to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.schema import (
    YES,
    Answer,
    Attribute,
    Boundary,
    PredicateQuestion,
    Profile,
    ScoreQuestion,
    Target,
)

_ROUNDING = 1e-9
_LOW, _HIGH = 0.4, 0.6
"""Between these levels neither end's instructions alone would be right."""


@dataclass(frozen=True)
class Guide:
    """What one target means for the one who decides."""

    attribute: Attribute
    wanted: str
    """The wanted level in words."""
    instructions: tuple[str, ...]
    """What to do, in the imperative."""
    level: float
    """The centre of what is wanted, 0 to 1."""


@dataclass(frozen=True)
class Criterion:
    """What is asked of a draft about one target or one boundary, and which answer is wanted."""

    about: Attribute | Boundary
    weight: float = 0.0
    """How much it counts when drafts are compared; 0 for a boundary, which forbids or does not."""
    wanted: tuple[float, float] = (0.0, 1.0)
    """The lowest and highest wanted level of an attribute."""

    @property
    def name(self) -> str:
        """The attribute's name, or the boundary's id."""
        return self.about.id if isinstance(self.about, Boundary) else self.about.name

    @property
    def levels(self) -> tuple[str, ...]:
        """The words of the levels that are near enough to what is wanted; none for a boundary."""
        if isinstance(self.about, Boundary):
            return ()
        return tuple(word for word, level in _steps_of(self.about) if self._is_near(level))

    def question(self, wording: str) -> PredicateQuestion | ScoreQuestion:
        """The typed question, asked in the `wording` of a template."""
        if isinstance(self.about, Boundary):
            return PredicateQuestion(instructions=wording)
        return ScoreQuestion(instructions=wording, levels=self.about.levels)

    def probability(self, answer: Answer) -> float:
        """How sure the answer is that the draft is as wanted, 0 to 1.

        That it keeps the rule, or that its level is at most one step off.
        """
        if isinstance(self.about, Boundary):
            return 1 - answer.probabilities[YES]
        steps = zip(_steps_of(self.about), answer.probabilities.values(), strict=True)
        return min(1.0, sum(share for (_, level), share in steps if self._is_near(level)))

    def fit(self, answer: Answer) -> float:
        """How near the draft is to what is wanted: 1 less the expected distance of its level."""
        if isinstance(self.about, Boundary):
            return self.probability(answer)
        steps = zip(_steps_of(self.about), answer.probabilities.values(), strict=True)
        off = sum(share * self._distance(level) for (_, level), share in steps)
        return min(1.0, max(0.0, 1 - off))

    def _distance(self, level: float) -> float:
        low, high = self.wanted
        return max(low - level, level - high, 0.0)

    def _is_near(self, level: float) -> bool:
        step = 1 / (len(self.about.levels) - 1) if isinstance(self.about, Attribute) else 0.0
        return self._distance(level) <= step + _ROUNDING


def criteria_of(profile: Profile, attributes: Sequence[Attribute]) -> tuple[Criterion, ...]:
    """A criterion for each target of `profile` and each of its boundaries.

    The `attributes` are in the order of the targets.
    """
    pairs = zip(profile.targets.values(), attributes, strict=True)
    wishes = (Criterion(attribute, target.weight, _ends(target)) for target, attribute in pairs)
    return (*wishes, *(Criterion(boundary) for boundary in profile.boundaries))


def decompose(profile: Profile, attributes: Sequence[Attribute]) -> tuple[Guide, ...]:
    """A guide for each target of `profile`, the weightiest first; `attributes` in its order."""
    pairs = list(zip(profile.targets.values(), attributes, strict=True))
    pairs.sort(key=lambda pair: -pair[0].weight)
    lightest = min((target.weight for target, _ in pairs), default=1.0)
    return tuple(
        Guide(
            attribute,
            _wanted(target, attribute, target.weight / lightest),
            _steps(target, attribute),
            target.level,
        )
        for target, attribute in pairs
    )


def opposite(profile: Profile) -> Profile:
    """`profile` with low and high exchanged in every target.

    Persona, group and panel have no opposite and are left out; boundaries stay.
    """
    targets = {name: target.opposite for name, target in profile.targets.items()}
    return profile.model_copy(
        update={"targets": targets, "persona": None, "group": None, "panel": ()}
    )


def _ends(target: Target) -> tuple[float, float]:
    """The lowest and highest level that `target` wants of one text."""
    if target.range is not None:
        return target.range
    if target.samples is not None:
        return min(target.samples), max(target.samples)
    return target.level, target.level


def _steps_of(attribute: Attribute) -> tuple[tuple[str, float], ...]:
    """The words of an attribute's levels, each with the level from 0 to 1."""
    last = len(attribute.levels) - 1
    return tuple((word, place / last) for place, word in enumerate(attribute.levels))


def _wanted(target: Target, attribute: Attribute, times: float) -> str:
    if target.range is not None:
        low, high = (_word(attribute, end) for end in target.range)
        words = f'"{low}"' if low == high else f'from "{low}" to "{high}"'
    else:
        words = f'"{_word(attribute, target.level)}"'
    return words + (f" (counts {times:.3g} times as much as the least)" if times > 1 else "")


def _word(attribute: Attribute, level: float) -> str:
    return attribute.levels[round(level * (len(attribute.levels) - 1))]


def _steps(target: Target, attribute: Attribute) -> tuple[str, ...]:
    ways = attribute.instructions
    if target.level >= _HIGH:
        return ways.high
    if target.level <= _LOW:
        return ways.low
    return (
        "Keep the middle between two ways.",
        *(f"One way: {step}" for step in ways.low),
        *(f"Other way: {step}" for step in ways.high),
    )
