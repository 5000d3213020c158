"""Which examples may be shown with a scenario: not itself, and nothing that gives it away.

A scenario gives another one away if it has the same id, if it is the same scene (whatever the case,
the order, the names and the choices), if most of what is particular about one of them stands in the
other, or if the caller says that the two belong to one group.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

from alignkit.examples.fingerprint import Fingerprint, Shingles
from alignkit.examples.pool import Pool
from alignkit.schema import Scenario

SameGroup = Callable[[Scenario, Scenario], bool]
"""Whether two scenarios belong together, so that neither may be an example for the other."""

THRESHOLD = 0.7
"""The containment from which on two scenarios count as nearly the same.

Measured by `python -m benchmarks.similarity` (see docs/examples.md). In the phase-2 triage data
pairs with the same incident have at least 0.76, the median of the others is 0.38; 95 in 100 pairs
of mta scenarios have at most 0.03. A scenario without one of its sentences has 1.
"""
_FRAMES = 4
"""A context under fewer different questions is a scene, however much of the pool it takes up."""


def allowed(
    pool: Pool | Sequence[Scenario], scenario: Scenario, same_group: SameGroup | None = None
) -> list[Scenario]:
    """The scenarios of `pool` that may be examples for `scenario`, in their order."""
    pool = pool if isinstance(pool, Pool) else Pool(pool)
    item = Fingerprint.of(scenario)
    twins = _twins(item, pool.fingerprints)
    counts = _without(pool, twins)
    return [
        candidate
        for candidate, print_, twin in zip(pool, pool.fingerprints, twins, strict=True)
        if not twin
        and not (same_group and same_group(scenario, candidate))
        and containment(item.shingles, print_.shingles, counts) < THRESHOLD
    ]


def containment(item: Shingles, candidate: Shingles, counts: Counter[str]) -> float:
    """How much of the smaller of two scenarios stands in the other, by weight: 0 to 1.

    The containment of Broder 1997, "On the resemblance and containment of documents", taken in the
    direction in which it is larger, so that a shortened version is wholly contained. A shingle
    weighs 1 / (1 + n) where n other scenarios of the pool have it: text that a whole data set
    shares says little. Absolute counts make weights within one data set independent of what else
    is in the pool.

    Args:
        item: shingles of the scenario at hand.
        candidate: shingles of a scenario of the pool.
        counts: in how many scenarios of the pool each shingle stands, `candidate` among them and
            the item not.
    """
    shared = item & candidate
    if not shared:
        return 0.0
    both = math.fsum(1 / counts[shingle] for shingle in shared)
    of_item = math.fsum(1 / (1 + counts[shingle]) for shingle in item - shared)
    of_candidate = math.fsum(1 / counts[shingle] for shingle in candidate - shared)
    return both / (both + min(of_item, of_candidate))


def _twins(item: Fingerprint, others: Sequence[Fingerprint]) -> list[bool]:
    """Which of `others` are the item itself, or the same scene under whatever choices."""
    same = [item.context.is_like(other.context) for other in others]
    frame = _is_frame(
        [other for other, is_same in zip(others, same, strict=True) if is_same], others
    )
    return [
        item.id == other.id
        or item.whole.is_like(other.whole)
        or (is_same and (not frame or item.asks_the_same(other)))
        for other, is_same in zip(others, same, strict=True)
    ]


def _is_frame(same: Sequence[Fingerprint], others: Sequence[Fingerprint]) -> bool:
    """Whether the context that `same` have is no scene but a frame around different items.

    "This is a question from a survey" stands before every item of its data set.
    """
    different = {other.whole.key() for other in same}
    return 2 * len(same) > len(others) and len(different) >= _FRAMES


def _without(pool: Pool, twins: Sequence[bool]) -> Counter[str]:
    """In how many scenarios that are no twins each shingle stands."""
    counts = pool.shingle_counts.copy()
    for print_, twin in zip(pool.fingerprints, twins, strict=True):
        if twin:
            counts.subtract(print_.shingles)
    return counts
