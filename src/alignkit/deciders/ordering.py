"""In which orders choices are shown, so that the order they came in cannot matter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from alignkit.schema import Choice


def canonical(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """`choices` sorted by their text, pinned ones last: the same for every order they come in."""
    return tuple(sorted(choices, key=lambda choice: (choice.pinned, choice.text, choice.id)))


def rotations(choices: Sequence[Choice]) -> list[tuple[Choice, ...]]:
    """Every cyclic order of the unpinned `choices`, the pinned ones behind them.

    Over all of them each unpinned choice stands at each of the unpinned places exactly once.
    """
    free = [choice for choice in choices if not choice.pinned]
    fixed = [choice for choice in choices if choice.pinned]
    return [(*free[k:], *free[:k], *fixed) for k in range(max(len(free), 1))]


def groups(choices: Sequence[Choice], largest: int) -> list[tuple[Choice, ...]]:
    """`choices` in their order, split into as few groups of at most `largest` as will do.

    Group sizes differ by at most one.
    """
    count = -(-len(choices) // largest)
    edges = [len(choices) * i // count for i in range(count + 1)]
    return [tuple(choices[a:b]) for a, b in pairwise(edges)]
