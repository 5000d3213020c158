"""A profile as actionable instructions: for each target, what to do and how far to go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.schema import Attribute, Profile, Target

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
