"""A scenario with something changed that should not matter, and what the change was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

from alignkit.schema import Attribute, Profile, Scenario

Kind = Literal["order", "wording", "names", "demographics", "steering"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""All kinds of change, in the order in which they are tried and reported."""

T = TypeVar("T")


@dataclass(frozen=True)
class Variant:
    """A changed scenario.

    Its choices have the ids of the original's, and so has the scenario: methods that show labelled
    examples never show the item itself, and that must hold for its variants, too.
    """

    kind: Kind
    name: str
    """Short, unique among the variants of one scenario and kind: `reversed`."""
    change: str
    """What was changed, in words: "the choices listed backwards"."""
    scenario: Scenario
    aim: str | None = None
    """Id of the choice that the change asks for, where it asks for one."""
    seed: int | None = None
    """With which the change was drawn, where it was."""


@dataclass(frozen=True)
class Variants:
    """The variants of one kind that could be made of one scenario."""

    found: tuple[Variant, ...] = ()
    notes: tuple[str, ...] = ()
    """Why there are none, or fewer than there might be."""
    rejected: tuple[str, ...] = ()
    """Why a rewrite was thrown away, one reason for each."""


@dataclass(frozen=True)
class Circumstances:
    """Under what the variants will be decided."""

    profile: Profile | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    """All that are described, by name."""


def spread(items: Sequence[T], most: int) -> tuple[T, ...]:
    """At most `most` (at least 1) of `items`, evenly spread over them, in their order."""
    if len(items) <= most:
        return tuple(items)
    return tuple(items[len(items) * place // most] for place in range(most))
