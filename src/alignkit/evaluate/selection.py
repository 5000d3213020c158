"""Which scenarios of a data set an experiment decides, in the order of the file."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Literal

from alignkit.errors import DataError
from alignkit.schema import Scenario
from alignkit.schema.experiment import DataSource

Twin = Callable[[Scenario], Scenario]
"""Makes the mirrored twin of a scenario."""


def selected(
    scenarios: Iterable[Scenario],
    source: DataSource,
    twin: Twin | None = None,
    skipped: Callable[[DataError], object] = str,
) -> Iterator[Scenario]:
    """Those of `scenarios` that `source` wants, each followed by its twin where there is one.

    A scenario whose twin cannot be made is left out with it, and `skipped` is told why: alone it
    would bring back the liking for a place that twins are for. What is picked by names is
    held together: `source.skip` and `source.limit` scenarios at most, all with `skip` alone.
    """
    leaders: dict[str, str] = {}
    fitting = (one for one in scenarios if _fits(one, source, leaders))
    for one in _limited(fitting, source):
        if twin is None:
            yield one
            continue
        try:
            other = twin(one)
        except DataError as error:
            skipped(error)
            continue
        yield one
        yield other.model_copy(update={"group": one.belongs_to})


def truths_of(
    scenario: Scenario, attributes: tuple[str, ...] | None
) -> dict[str, dict[str, float]]:
    """By choice and attribute: the true values that count; choices without any are left out."""
    found = {
        choice.id: {
            name: value
            for name, value in (choice.values or {}).items()
            if attributes is None or name in attributes
        }
        for choice in scenario.choices
    }
    return {choice: values for choice, values in found.items() if values}


def labelled(scenario: Scenario, attributes: tuple[str, ...] | None) -> frozenset[str]:
    """The attributes that every choice has a true value of, and not all the same."""
    truths = truths_of(scenario, attributes)
    if len(truths) < len(scenario.choices):
        return frozenset()
    rows = list(truths.values())
    shared = set(rows[0]).intersection(*rows)
    return frozenset(name for name in shared if len({row[name] for row in rows}) > 1)


def _fits(scenario: Scenario, source: DataSource, leaders: dict[str, str]) -> bool:
    if source.half != "both" and source.half != half_of(_leader(scenario, leaders)):
        return False
    if any(scenario.tags.get(tag) not in wanted for tag, wanted in source.only.items()):
        return False
    return source.attributes is None or bool(truths_of(scenario, source.attributes))


def half_of(name: str) -> Literal["first", "second"]:
    """Which half a scenario is in by its id, and all of its group with it; it never changes.

    Every split goes by it, so that what was chosen on one half is not judged on part of it.
    """
    return "second" if _hashed(f"half {name}") % 2 else "first"


def _leader(scenario: Scenario, leaders: dict[str, str]) -> str:
    """The id of the first of the group of `scenario` that came, by group in `leaders`."""
    if scenario.group is None:
        return scenario.id
    return leaders.setdefault(scenario.group, scenario.id)


def _limited(scenarios: Iterator[Scenario], source: DataSource) -> Iterator[Scenario]:
    end = None if source.limit is None else source.skip + source.limit
    if source.pick == "first" or (end is None and not source.skip):
        return islice(scenarios, source.skip, end)
    numbered = ((_hashed(one.id), place, one) for place, one in enumerate(scenarios))
    by_hash = itemgetter(0, 1)
    kept = sorted(numbered, key=by_hash) if end is None else heapq.nsmallest(end, numbered, by_hash)
    return (one for _, _, one in sorted(kept[source.skip :], key=itemgetter(1)))


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
