"""How often people agreed with the machine, where it left them the decision or made it itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.figure import Figure, Scored, figure_of
from alignkit.evaluate.metrics.pairs import (
    Method,
    Pair,
    choices_of,
    group_of,
    grouped,
    method_of,
    taken_of,
)
from alignkit.schema.review import Review


@dataclass(frozen=True)
class Agreement:
    """People's verdicts on the decisions of one method under one profile on one data set."""

    dataset: str
    profile: str | None
    method: Method
    escalated: bool
    """Whether the machine had left these decisions to people; else people looked at what it had
    decided by itself."""
    share: Figure
    """Of verdicts for the choice that the machine made or would have made: the likeliest one; of
    several equally likely ones each counts in equal parts. A verdict that no choice is right
    agrees with none. Chance is what a fair die would agree with."""


def agreements(pairs: Sequence[Pair], reviews: Mapping[str, Review]) -> list[Agreement]:
    """A line for each method under each profile on each data set that people looked at.

    Args:
        pairs: cells with what became of them.
        reviews: by decision, what people decided.
    """
    judged = [(c, r) for c, r in pairs if r.decision in reviews and r.probabilities]
    parts = grouped(
        judged,
        lambda one: (
            one[0].dataset,
            one[0].profile,
            method_of(one[0]),
            one[1].outcome == "escalated",
        ),
    )
    order = sorted(parts, key=lambda key: (not key[3], key[0], key[1] or "", key[2]))
    return [
        Agreement(*key, figure_of([_scored(pair, reviews) for pair in parts[key]])) for key in order
    ]


def _scored(pair: Pair, reviews: Mapping[str, Review]) -> Scored:
    cell, result = pair
    chosen = reviews[result.decision].choice
    worth = {choice: float(choice == chosen) for choice in choices_of(cell, result)}
    return Scored(group_of(cell), worth, taken_of(result))
