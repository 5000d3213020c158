"""Which two answers to show next: those whose comparison is expected to tell the most."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from alignkit.schema.taste import Levels
from alignkit.service.taste.kept import mark
from alignkit.service.taste.learning import Learned, level_table
from alignkit.stats.ideal_point import expected_information

_MOST = 5000
"""So many pairs are looked at; of more, so many at random."""
_NOTHING = 1e-6
"""Bits that are none: the two answers show the same."""


@dataclass(frozen=True)
class Shown:
    """A candidate answer with its levels."""

    request: str
    text: str
    levels: Levels

    @property
    def mark(self) -> str:
        """Tells it from others."""
        return mark(self.request, self.text)


@dataclass(frozen=True)
class Pair:
    """Two answers to one request, in the order in which they are to be shown."""

    a: Shown
    b: Shown
    information: float
    """How much the answer is expected to tell, in bits."""

    @property
    def marks(self) -> tuple[str, str]:
        """Tells it from other pairs."""
        return self.a.mark, self.b.mark


def next_pair(
    found: Learned,
    candidates: Sequence[Shown],
    asked: Collection[frozenset[str]],
    rng: np.random.Generator,
) -> Pair | None:
    """The pair of answers to one request that tells the most; None where no pair tells anything.

    Which of the two comes first is drawn, so that a liking for a side does not count.

    Args:
        found: what is known so far.
        candidates: what can be shown.
        asked: marks of pairs that are not to be shown.
        rng: for the draws.
    """
    pairs = [
        (one, other)
        for one, other in combinations(candidates, 2)
        if one.request == other.request and frozenset((one.mark, other.mark)) not in asked
    ]
    if len(pairs) > _MOST:
        pairs = [pairs[place] for place in rng.choice(len(pairs), _MOST, replace=False)]
    if not pairs:
        return None
    tables = [
        level_table([pair[side].levels for pair in pairs], found.attributes) for side in (0, 1)
    ]
    told = expected_information(found.wishes, *tables)
    best = int(np.argmax(told))
    if told[best] < _NOTHING:
        return None
    one, other = pairs[best] if rng.random() < 0.5 else pairs[best][::-1]  # noqa: PLR2004
    return Pair(one, other, float(told[best]))
