"""What alignment over many items gives: the same for functions that look at others' choices too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alignkit.alignment.estimates import Estimates
from alignkit.alignment.function import LEVELS, check_kind
from alignkit.alignment.picking import cheapest, choice_probabilities
from alignkit.alignment.settings import AlignmentSettings
from alignkit.errors import UsageError
from alignkit.schema import Target
from alignkit.stats.probability import Floats

TEMPERATURE = 0.1
"""The difference in cost that makes a choice e times as likely, unless set otherwise."""


@dataclass(frozen=True, eq=False)
class Passed:
    """The decisions of a pass over items, in their order."""

    costs: list[Floats]
    """By item: what each target holds against each choice, (n_choices, n_targets)."""
    probabilities: list[Floats]
    """By item: a probability per choice, (n_choices,)."""
    taken: list[int]
    """By item: the likeliest choice, an index; of equals the one with the lowest levels."""


SecondPass = Callable[[Sequence[Estimates], Mapping[str, Target], AlignmentSettings], Passed]
"""Items in data-set order, targets by attribute and settings into decisions."""


def decide(item: Estimates, table: Floats, settings: AlignmentSettings) -> tuple[Floats, int]:
    """A probability per choice of `item`, from costs (n_choices, n_targets), and which is taken."""
    temperature = TEMPERATURE if settings.temperature is None else settings.temperature
    costs = table.sum(axis=1)
    return choice_probabilities(costs, temperature), cheapest(costs, item)


def check_pass(name: str, items: Sequence[Estimates], targets: Mapping[str, Target]) -> None:
    """Fail where the second pass `name` cannot follow `targets` over `items`.

    Raises:
        UsageError: nothing to follow, a target without levels, or an attribute not estimated.
    """
    if not targets:
        raise UsageError(f"The second pass {name!r} needs targets.", "Add some.")
    for attribute, target in targets.items():
        check_kind(f"The second pass {name!r}", LEVELS, attribute, target)
        for item in items:
            item.column(attribute)
