"""Scenarios that share a text belong together: what is said of one is said of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alignkit.errors import DataError
from alignkit.schema import Scenario

Texts = Callable[[Scenario], Iterable[str]]
"""The texts of a scenario that make it belong together with others that have one of them."""


def grouped(found: Iterable[Scenario | DataError], texts: Texts) -> Iterator[Scenario | DataError]:
    """What was `found`, those that share a text with the group of the first of them.

    Sharing goes on: where A shares a text with B and B another one with C, the three are a group.
    """
    kept = list(found)
    scenarios = [one for one in kept if isinstance(one, Scenario)]
    leaders = _leaders(scenarios, texts)
    sizes: dict[str, int] = {}
    for leader in leaders.values():
        sizes[leader] = sizes.get(leader, 0) + 1
    for one in kept:
        if isinstance(one, Scenario) and sizes[leaders[one.id]] > 1:
            yield one.model_copy(update={"group": leaders[one.id]})
        else:
            yield one


def _leaders(scenarios: Iterable[Scenario], texts: Texts) -> dict[str, str]:
    """By id of each scenario: the id of the first of its group."""
    first_with: dict[str, str] = {}
    above: dict[str, str] = {}  # the parents of a disjoint-set forest
    order: dict[str, int] = {}

    def top(name: str) -> str:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for number, scenario in enumerate(scenarios):
        above[scenario.id], order[scenario.id] = scenario.id, number
        for text in texts(scenario):
            key = " ".join(text.split()).casefold()
            one, other = top(first_with.setdefault(key, scenario.id)), top(scenario.id)
            first, second = sorted((one, other), key=order.__getitem__)
            above[second] = first
    return {name: top(name) for name in above}


def context(scenario: Scenario) -> tuple[str]:
    """The situation alone."""
    return (scenario.context,)


def question(scenario: Scenario) -> tuple[str]:
    """The question alone."""
    return (scenario.question,)


def choice_texts(scenario: Scenario) -> tuple[str, ...]:
    """What each choice says."""
    return tuple(choice.text for choice in scenario.choices)
