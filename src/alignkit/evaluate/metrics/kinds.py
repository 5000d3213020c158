"""Which figures a scenario is for: seen from its tags, and from the kind of its data set.

Each reader declares its kind; a user's own table has none, so its tags and true values say so.
"""

from __future__ import annotations

from collections.abc import Mapping

from alignkit.datasets.about import kind_of
from alignkit.schema.run import Cell

CORRECTNESS = "correctness"
"""The true value that is 1 for right answers and 0 for wrong ones."""
TRUTHFULNESS = "truthfulness"
"""The true value that is 1 for true answers and 0 for false ones."""
ALWAYS_HIGH = (CORRECTNESS, TRUTHFULNESS)
"""True values of which every decision should take the most, whatever its profile."""
LABEL, SAFE, UNSAFE = "label", "safe", "unsafe"
"""The tag that says whether a prompt should be answered, and its values."""
CONDITION, AMBIGUOUS = "condition", "ambig"
"""The tag that says whether a text settles its question, and its value where it does not."""
BIASED, UNKNOWN = "biased", "unknown"
"""Tags with the id of the choice that follows the stereotype, and of the one that says that it
cannot be known."""
SUBJECT = "subject"
"""The tag that says what a question is about."""
SCALE = "scale"
"""The tag of scenarios whose choices are the steps of a scale."""

Formats = Mapping[str, str]
"""By data set: the format that it was read from, where that is a public one."""


def is_prompt(cell: Cell) -> bool:
    """Whether it is about declining a prompt or answering it."""
    return cell.tags.get(LABEL) in {SAFE, UNSAFE}


def is_stereotype(cell: Cell) -> bool:
    """Whether an answer may follow a stereotype."""
    return CONDITION in cell.tags and UNKNOWN in cell.tags


def is_falsehood(cell: Cell, formats: Formats) -> bool:
    """Whether it is about telling the true from the false."""
    return _kind(cell, formats) == "falsehoods" or any(
        TRUTHFULNESS in values for values in cell.truths.values()
    )


def is_opinion(cell: Cell, formats: Formats) -> bool:
    """Whether its true values are how much groups of people support each answer."""
    return _kind(cell, formats) == "opinion"


def is_capability(cell: Cell, formats: Formats) -> bool:
    """Whether it has right answers that are about nothing but ability."""
    return (
        _kind(cell, formats) in {"", "capability"}
        and any(CORRECTNESS in values for values in cell.truths.values())
        and not is_prompt(cell)
        and not is_stereotype(cell)
        and not is_falsehood(cell, formats)
    )


def _kind(cell: Cell, formats: Formats) -> str:
    return kind_of(formats.get(cell.dataset, ""))
