"""All variants of a scenario, kind by kind, always in the same order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from alignkit.errors import UnknownName, UsageError
from alignkit.schema import Scenario
from alignkit.stress.demographics import with_other_demographics
from alignkit.stress.names import renamed
from alignkit.stress.orders import reordered
from alignkit.stress.steering import steered
from alignkit.stress.variant import KINDS, Circumstances, Kind, Variants, spread


def kinds_named(names: str) -> tuple[Kind, ...]:
    """The kinds that `names` ("order,steering") stand for, each once, in our order.

    Raises:
        UnknownName: there is no such kind.
        UsageError: none is named.
    """
    given = [name.strip() for name in names.split(",") if name.strip()]
    for name in given:
        if name not in get_args(Kind):
            raise UnknownName("Kind of change", name, KINDS, f"There are: {', '.join(KINDS)}.")
    if not given:
        raise UsageError("No kind of change is named.", f"There are: {', '.join(KINDS)}.")
    return tuple(kind for kind in KINDS if kind in given)


def variants(
    scenario: Scenario, kinds: Iterable[Kind], circumstances: Circumstances, reworded: Variants
) -> dict[Kind, Variants]:
    """The variants of each of `kinds`; those of the wording are given."""
    return {kind: _of_kind(kind, scenario, circumstances, reworded) for kind in kinds}


def at_most(found: Variants, most: int) -> Variants:
    """At most `most` of the variants, evenly spread; a note says how many there were."""
    if len(found.found) <= most:
        return found
    note = f"{most} of {len(found.found)} variants tried"
    return replace(found, found=spread(found.found, most), notes=(*found.notes, note))


def _of_kind(
    kind: Kind, scenario: Scenario, circumstances: Circumstances, wordings: Variants
) -> Variants:
    match kind:
        case "order":
            return reordered(scenario)
        case "wording":
            return wordings
        case "names":
            return renamed(scenario)
        case "demographics":
            return with_other_demographics(scenario, circumstances)
        case "steering":
            return steered(scenario)
