"""What a decision can show more or less of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from alignkit.schema.base import Frozen, Identifier, Text

Family = Literal[
    "decision_style",
    "reliability",
    "responsibility",
    "personalization",
    "moral_foundations",
    "utilitarian_psychology",
    "personality",
    "moral_theory",
    "triage",
    "demographics",
    "other",
]


class Instructions(Frozen):
    """What to do, in the imperative, to show little or much of an attribute."""

    low: Annotated[tuple[Text, ...], Field(min_length=1)]
    high: Annotated[tuple[Text, ...], Field(min_length=1)]


class Attribute(Frozen):
    """A value, a style, a duty or a taste, described so that a model can judge and follow it."""

    name: Identifier
    """Name in profiles and true values, in snake_case."""
    title: Text
    """Name for people."""
    family: Family = "other"
    """The kind of attribute."""
    definition: Text
    """What it means, precise enough to tell it from its neighbours."""
    low: Text
    """What a choice at the low end (0) looks like."""
    high: Text
    """What a choice at the high end (1) looks like."""
    instructions: Instructions
    """Actionable instructions for either end."""
    levels: Annotated[tuple[Text, ...], Field(min_length=2, max_length=9)]
    """Words for the steps of the scale, low to high, evenly spaced from 0 to 1."""
    statement: Text | None = None
    """Completes "This choice ..." and "somebody who ..." for the high end."""
    opposite: Text | None = None
    """The same for the low end."""
    examples: tuple[Text, ...] = ()
    """Sentences that show the attribute at work."""
    aliases: tuple[Text, ...] = ()
    """Names under which others know it; readers of data sets translate them."""
    source: Text | None = None
    """Where the idea comes from."""
