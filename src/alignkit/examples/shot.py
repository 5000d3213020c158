"""One example as a prompt shows it: a scenario, and the level of each of its choices."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from alignkit.schema import Attribute, Choice, Scenario


class ShotLevel(NamedTuple):
    """A choice of an example and how strongly it shows the attribute."""

    text: str
    """What the choice says."""
    number: int
    """The level as models are asked for it: 1 for the lowest and up."""
    word: str
    """The attribute's word for the level."""


@dataclass(frozen=True)
class Shot:
    """A labelled example of one attribute."""

    scenario: Scenario
    choice_ids: tuple[str, ...]
    """Ids of the choices in the order shown."""
    levels: tuple[ShotLevel, ...]
    """The choices in the same order with their levels."""
    similarity: float
    """To the scenario that is to be decided, -1 to 1."""

    @classmethod
    def of(cls, scenario: Scenario, attribute: Attribute, similarity: float, seed: int) -> Shot:
        """The example `scenario`, every choice of which has a value of `attribute`.

        The order of the choices is drawn, so that a place is no sign of a level even where in a
        data set it is; pinned choices stay behind. It is the same in every prompt of one `seed`.
        """
        choices = sorted(
            scenario.choices, key=lambda choice: (choice.pinned, _drawn(scenario, choice, seed))
        )
        return cls(
            scenario=scenario,
            choice_ids=tuple(choice.id for choice in choices),
            levels=tuple(_level(choice, attribute) for choice in choices),
            similarity=similarity,
        )

    @property
    def numbers(self) -> frozenset[int]:
        """The levels that occur, from 1."""
        return frozenset(level.number for level in self.levels)


def _level(choice: Choice, attribute: Attribute) -> ShotLevel:
    index = round((choice.values or {})[attribute.name] * (len(attribute.levels) - 1))
    return ShotLevel(choice.text, index + 1, attribute.levels[index])


def _drawn(scenario: Scenario, choice: Choice, seed: int) -> bytes:
    return digest(str(seed), scenario.context, scenario.question, choice.text)


def digest(*texts: str) -> bytes:
    """A hash of `texts`: the source of draws that depend on nothing else."""
    return hashlib.sha256("\x1f".join(texts).encode()).digest()
