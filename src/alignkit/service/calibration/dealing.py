"""Deals labelled examples into parts without parting a group."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from alignkit.stats.arrays import Ints

G = TypeVar("G", bound=Hashable)


def half(groups: Iterable[G], rng: np.random.Generator) -> set[G]:
    """Half of the distinct `groups`, the smaller one, drawn evenly."""
    distinct = list(dict.fromkeys(groups))
    drawn = rng.permutation(len(distinct))[: len(distinct) // 2]
    return {distinct[number] for number in drawn}


def numbered(groups: Sequence[Hashable]) -> Ints:
    """A number for each of `groups`, equal where they are, as many as there are different ones."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return np.array([numbers[group] for group in groups], dtype=np.int64)
