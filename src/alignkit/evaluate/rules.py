"""Answers without reading: always the first, the longest, the one with a certain word."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from alignkit.examples.wording import words
from alignkit.schema import Scenario

Picks = Mapping[int, frozenset[int]]
"""By number of the item: the places of the choices that a rule takes, evenly where several."""

_FEWEST = 5
_PART = 0.05
"""A text, name or word counts as repeated from so many items, and from this part of them, on."""
_PLACES = 10
_MOST = 100
"""Texts, names or words that are tried, the most frequent ones; more would widen every interval."""


@dataclass(frozen=True)
class Rule:
    """A way to answer that looks at place, length or wording alone."""

    name: str
    picks: Picks
    """For the items that it says something about."""


def rules(scenarios: Sequence[Scenario]) -> list[Rule]:
    """All that can be tried on `scenarios`: first, last, longest and shortest, then others.

    The others are further places, and texts, names and words that are repeated over the items; of
    those that pick the same as another rule only the first is tried.
    """
    if not scenarios:
        return []
    always = [*_ends(scenarios), *_lengths(scenarios)]
    kept = {frozenset(rule.picks.items()) for rule in always}
    others = []
    for rule in (*_places(scenarios), *_repeated(scenarios)):
        picks = frozenset(rule.picks.items())
        if picks not in kept:
            kept.add(picks)
            others.append(rule)
    return [*always, *others]


def _ends(scenarios: Sequence[Scenario]) -> Iterable[Rule]:
    yield Rule("first", {at: frozenset({0}) for at in range(len(scenarios))})
    yield Rule("last", {at: frozenset({len(one.choices) - 1}) for at, one in enumerate(scenarios)})


def _places(scenarios: Sequence[Scenario]) -> Iterable[Rule]:
    sizes = [len(one.choices) for one in scenarios]
    for place in range(1, min(max(sizes), _PLACES)):
        has = {at: frozenset({place}) for at, size in enumerate(sizes) if place < size}
        yield Rule(f"place {place + 1}", has)


def _lengths(scenarios: Sequence[Scenario]) -> Iterable[Rule]:
    sizes = [[len(choice.text) for choice in one.choices] for one in scenarios]
    ends: tuple[tuple[str, Callable[[list[int]], int]], ...] = (("longest", max), ("shortest", min))
    for name, end in ends:
        yield Rule(
            name,
            {
                at: frozenset(
                    place for place, length in enumerate(lengths) if length == end(lengths)
                )
                for at, lengths in enumerate(sizes)
            },
        )


def _repeated(scenarios: Sequence[Scenario]) -> Iterable[Rule]:
    """Rules for what stands in the choices of many items, but never in all choices of one."""
    least = max(_FEWEST, _PART * len(scenarios))
    for kind, parts in (("text", _texts), ("name", _names), ("word", _words)):
        picks: dict[str, dict[int, frozenset[int]]] = defaultdict(dict)
        for at, scenario in enumerate(scenarios):
            for part, places in _standing(parts(scenario)).items():
                picks[part][at] = places
        counts = Counter({part: len(found) for part, found in picks.items()})
        for part, count in counts.most_common(_MOST):
            if count >= least:
                yield Rule(f"{kind} {part!r}", picks[part])


def _standing(parts: Sequence[frozenset[str]]) -> dict[str, frozenset[int]]:
    """By part: the places of the choices it stands in, unless it stands in all of them."""
    found: dict[str, set[int]] = defaultdict(set)
    for place, inside in enumerate(parts):
        for part in inside:
            found[part].add(place)
    return {part: frozenset(at) for part, at in found.items() if len(at) < len(parts)}


def _texts(scenario: Scenario) -> list[frozenset[str]]:
    return [frozenset({" ".join(choice.text.split())}) for choice in scenario.choices]


def _names(scenario: Scenario) -> list[frozenset[str]]:
    return [
        frozenset(name for name in scenario.entities if _whole(name).search(choice.text))
        for choice in scenario.choices
    ]


@lru_cache(maxsize=1024)
def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)


def _words(scenario: Scenario) -> list[frozenset[str]]:
    return [_words_of(choice.text) for choice in scenario.choices]


@lru_cache(maxsize=65536)  # for each attribute of a data set the same texts are looked at
def _words_of(text: str) -> frozenset[str]:
    return frozenset(words(text))
