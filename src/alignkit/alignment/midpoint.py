"""Two choices and a competing need: does somebody want enough of the attribute to pass it over?

Let a be the choice with more of the competing attribute (the more urgent patient) and b the other
one. A target level says how much the attribute counts against the competing one: with 0, a is
preferred whatever b shows, with 1 it is b once it shows more. The midpoint is the level at which
both are equally good. The rules are those of the predecessor (align-system), here without regard to
which choice is listed first.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from alignkit.alignment.function import Alignment, Sight
from alignkit.stats.probability import Floats

_SAME = 1e-12
"""Levels nearer than this are equal; the rest is rounding."""
_TIE = 1e-9
"""The vote by which a tie goes to a."""


def midpoint(more_other: float, more_level: float) -> float:
    """The target level at which a and b are equally good, 0 to 1: 0.5 + (M - D) / 2.

    Args:
        more_other: M, by how much a has more of the competing attribute, 0 to 1.
        more_level: D, by how much b has more of the attribute, 0 to 1.
    """
    return 0.5 + (more_other - more_level) / 2


def affiliation_midpoint(more_other: float, level: float) -> float:
    """The weighted midpoint of affiliation: (v + 2 M - v M) / 2, v the `level` of a."""
    return (level + 2 * more_other - level * more_other) / 2


def merit_midpoint(more_other: float, level: float) -> float:
    """The weighted midpoint of merit: (v + 4 M) / 4, v the `level` of a; it can be above 1."""
    return (level + 4 * more_other) / 4


_WEIGHTED: dict[str, Callable[[float, float], float]] = {
    "affiliation": affiliation_midpoint,
    "merit": merit_midpoint,
    "moral_deservingness": merit_midpoint,
}


def midpoint_costs(sight: Sight) -> Floats:
    """(1 - vote) / 2 for each of two choices, the votes being opposite: (2,), 0 to 1.

    - a has at least as much of the attribute: a full vote (1) for a.
    - Both have equally much of the competing attribute: a full vote for the one with more of the
      attribute, none if that is equal as well.
    - Else b's vote is target level - midpoint; with `counted` votes 1 if that is above 0, else -1.

    A tie of the votes goes to a, by a vote of 1e-9.
    """
    vote = _vote_for_first(sight)
    return np.asarray([(1 - vote) / 2, (1 + vote) / 2])


def _vote_for_first(sight: Sight) -> float:
    (other_one, other_two), (one, two) = sight.other.tolist(), sight.levels.tolist()
    if abs(other_one - other_two) <= _SAME:
        return 0.0 if abs(one - two) <= _SAME else math.copysign(1, one - two)
    if other_one > other_two:
        return -_vote_for_b(sight, other_one - other_two, two - one, one)
    return _vote_for_b(sight, other_two - other_one, one - two, two)


def _vote_for_b(sight: Sight, more_other: float, more_level: float, level: float) -> float:
    if more_level <= _SAME:
        return -1.0
    weighted = sight.settings.midpoints == "weighted" and sight.name in _WEIGHTED
    middle = (
        _WEIGHTED[sight.name](more_other, level) if weighted else midpoint(more_other, more_level)
    )
    vote = sight.target.level - middle
    if sight.settings.votes == "counted":
        vote = 1 if vote > 0 else -1
    return vote - _TIE


MIDPOINT = Alignment("midpoint", midpoint_costs, choices=2, reads=("against", "midpoints", "votes"))
