"""Items of a data set that say the same, or nearly."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from alignkit.datasets.turning import is_twin
from alignkit.examples.excluding import THRESHOLD, containment
from alignkit.examples.fingerprint import Shingles
from alignkit.examples.wording import shingles
from alignkit.schema import Frozen, Scenario

_SIZE = 3
"""Words of a shingle, as in the fingerprints that keep examples from giving an item away."""
_RARE = 20
"""Only items that share a run of words which at most so many items have are compared."""
_FRAME = 4
"""A text that so many items have is a frame around them and no part of what they say."""


class Near(Frozen):
    """Two items of different groups that say nearly the same."""

    one: str
    other: str
    contained: float
    """How much of the smaller one stands in the other, by weight: the threshold to 1."""


class Repeats(Frozen):
    """Items that say the same as others."""

    equal: tuple[tuple[str, ...], ...]
    """Ids of items with equal texts, whatever case, blanks and order of the choices."""
    near: tuple[Near, ...]
    """Pairs that are nearly equal, though they are not said to be a group."""


def repeats(scenarios: Sequence[Scenario]) -> Repeats:
    """The items among `scenarios` that say the same, or nearly and without being a group.

    Mirrored twins are passed over.
    """
    scenarios = [one for one in scenarios if not is_twin(one)]
    same: dict[object, list[str]] = defaultdict(list)
    for one in scenarios:
        same[_whole(one)].append(one.id)
    equal = [tuple(ids) for ids in same.values() if len(ids) > 1]
    first = {name: ids[0] for ids in equal for name in ids}
    distinct = [one for one in scenarios if first.get(one.id, one.id) == one.id]
    return Repeats(equal=tuple(equal), near=tuple(_near(distinct)))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _whole(scenario: Scenario) -> tuple[str, str, frozenset[str]]:
    choices = frozenset(_plain(choice.text) for choice in scenario.choices)
    return _plain(scenario.context), _plain(scenario.question), choices


def _near(scenarios: Sequence[Scenario]) -> Iterator[Near]:
    prints = _prints(scenarios)
    counts = Counter(shingle for print_ in prints for shingle in print_)
    for other, at in _candidates(prints, counts):
        group = scenarios[at].group
        if group is not None and scenarios[other].group == group:
            continue
        counts.subtract(prints[at])  # `containment` counts the others
        share = containment(prints[at], prints[other], counts)
        counts.update(prints[at])
        if share >= THRESHOLD:
            yield Near(one=scenarios[other].id, other=scenarios[at].id, contained=share)


def _candidates(prints: Sequence[Shingles], counts: Counter[str]) -> Iterator[tuple[int, int]]:
    """Pairs of places that share enough rare runs of words to be nearly the same.

    With weights 1 / count, what two items share weighs at most twice that in `containment`, where
    the item itself is not counted. So a pair at the threshold t shares at least t / (2 - t) of the
    weight of the lighter one, and what is not rare can bring no more than it weighs.
    """
    least = THRESHOLD / (2 - THRESHOLD)
    weights = [math.fsum(1 / counts[one] for one in print_) for print_ in prints]
    rare = [[one for one in print_ if 1 < counts[one] <= _RARE] for print_ in prints]
    common = [math.fsum(1 / counts[one] for one in p if counts[one] > _RARE) for p in prints]
    earlier: dict[str, list[int]] = defaultdict(list)
    for at, runs in enumerate(rare):
        shared: dict[int, float] = defaultdict(float)
        for run in runs:
            for other in earlier[run]:
                shared[other] += 1 / counts[run]
            earlier[run].append(at)
        for other, weight in sorted(shared.items()):
            most = weight + min(common[at], common[other])
            if most >= least * min(weights[at], weights[other]):
                yield other, at


def _prints(scenarios: Sequence[Scenario]) -> list[Shingles]:
    frames = Counter(text for one in scenarios for text in set(_texts(one)))

    @lru_cache(maxsize=4096)  # an answer may stand in several items
    def runs(text: str) -> frozenset[str]:
        return frozenset(shingles(text, _SIZE))

    return [
        frozenset().union(*(runs(text) for text in _texts(one) if frames[text] < _FRAME))
        for one in scenarios
    ]


def _texts(scenario: Scenario) -> list[str]:
    return [scenario.context, scenario.question, *(choice.text for choice in scenario.choices)]
