"""How many items an effect takes, from what a pilot run shows of its spread.

Deciders are held against each other in the measures, and on the pairs of decisions, that
`align compare-runs --by decider` tests; or each method under each profile against the plain model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from alignkit.errors import UnknownName, UsageError
from alignkit.evaluate.contrasts import rivals
from alignkit.evaluate.measures import ASKED_FOR, MEASURES, Measure
from alignkit.evaluate.metrics.pairs import grouped, method_of
from alignkit.evaluate.metrics.plain import borrowed
from alignkit.evaluate.pairing import Columns, columns, paired
from alignkit.schema import Frozen
from alignkit.service.evidence.stored import Stored, stored
from alignkit.stats.power import cautious_spread, cluster_spread, clusters_needed
from alignkit.store import Store

_NEAR = 1e-9
_FEW = 2
"""Groups of items without which nothing can be said of a spread."""


class Pilot(Frozen):
    """What a pilot shows of two deciders, or of a profile and none, in one measure."""

    run: str
    """The pilot."""
    one: str
    other: str
    model: str
    measure: str
    """What is compared, by the name that `align compare-runs --measure` knows."""
    title: str
    """The measure for people."""
    difference: float
    """What `one` has of the measure less what `other` has, in the pilot."""
    pilot_items: int
    pilot_groups: int


class NoSpread(Pilot):
    """Two deciders whose difference is the same on every group of the pilot.

    Nothing can be said of how many items an effect between them takes.
    """


class Needed(Pilot):
    """How many items show an effect between two deciders."""

    effect: float
    """The difference that is to be found, 0 to 1."""
    power: float
    alpha: float
    groups: int
    """Groups of items that are needed."""
    items: int
    """Items that are needed, with as many in a group as in the pilot."""


@dataclass(frozen=True)
class Wanted:
    """What is to be found, and how surely."""

    effect: float
    """A difference, 0 to 1."""
    power: float = 0.8
    alpha: float = 0.05
    """Of the two-sided test."""
    measures: Sequence[str] = ()
    """Names of measures; none for all that the pilot has data for."""
    by: Literal["decider", "profile"] = "decider"
    """What is compared: every two deciders, or every method under each profile with the plain
    model."""


def needed(store: Store, run: str, wanted: Wanted) -> list[Needed | NoSpread]:
    """For every two deciders of the pilot `run` on one model and each measure: how many items.

    What is right, and which decisions are paired, is as
    `align compare-runs` has it, so that what is planned is what is tested. The spread is taken with
    caution: with what it is at most, with a certainty of 80 %, so that a small pilot asks for more.

    Raises:
        UnknownName: there is no such run, or no such measure.
        UsageError: the run has no two deciders on the same items, or too few of them; the power
            is no more than `alpha`; or the effect takes more items than can be counted.
        DataError: the run holds no decision.
    """
    if wanted.power <= wanted.alpha:
        raise UsageError(
            f"A power of {wanted.power:g} is no more than the level of the test, {wanted.alpha:g}.",
            "Chance alone finds as much; ask for a power such as 0.8.",
        )
    names = wanted.measures or [name for name in MEASURES if name not in ASKED_FOR]
    for name in names:
        if name not in MEASURES:
            raise UnknownName("measure", name, MEASURES, f"There are: {', '.join(MEASURES)}.")
    found = stored(store, run)
    made = [
        _sized(pilot, held, wanted)
        for name in names
        for pilot, held in _PILOTS[wanted.by](found, MEASURES[name])
    ]
    if not made and wanted.by == "profile":
        raise UsageError(
            f"The run {found.run.id} has no profile whose decisions the plain model made, too, on "
            f"{_FEW} groups of items whose true values are known.",
            "Run a pilot with `none` among its profiles, such as: align run reliability --limit 20",
        )
    if not made:
        raise UsageError(
            f"The run {found.run.id} has no two deciders on the same {_FEW} groups of items whose "
            "true values are known.",
            "Run a pilot with two deciders first, such as: align run triage --limit 20",
        )
    return made


def _deciders(found: Stored, measure: Measure) -> Iterator[tuple[Pilot, Columns]]:
    """Every two deciders on one model that have `measure` on enough groups, and their pairs."""
    methods = grouped(rivals(found.pairs), lambda pair: method_of(pair[0]))
    points = {method: measure.points(pairs, found.formats) for method, pairs in methods.items()}
    for one, other in combinations(points, 2):
        held = columns(paired(points[other], points[one]))
        if one.model == other.model and _enough(held):
            yield _pilot(found, measure, (one.decider, other.decider, one.model), held), held


def _profiles(found: Stored, measure: Measure) -> Iterator[tuple[Pilot, Columns]]:
    """Every method under each profile that has `measure` on enough groups, beside the plain model.

    The plain model is judged by what the profile wants of the same items.
    """
    plain = [pair for pair in found.pairs if pair[0].profile is None]
    asked = [pair for pair in found.pairs if pair[0].profile is not None]
    parts = grouped(asked, lambda pair: (method_of(pair[0]), pair[0].profile or ""))
    for (method, profile), part in parts.items():
        before = measure.points(borrowed(plain, part), found.formats)
        held = columns(paired(before, measure.points(part, found.formats)))
        if _enough(held):
            who = (f"{method.decider} under {profile}", "the plain model", method.model)
            yield _pilot(found, measure, who, held), held


_PILOTS = {"decider": _deciders, "profile": _profiles}


def _enough(held: Columns) -> bool:
    return len(set(held.groups.tolist())) >= _FEW


def _pilot(found: Stored, measure: Measure, who: tuple[str, str, str], held: Columns) -> Pilot:
    one, other, model = who
    return Pilot(
        run=found.run.id,
        one=one,
        other=other,
        model=model,
        measure=measure.name,
        title=measure.title,
        difference=float(held.differences.mean()),
        pilot_items=len(held.one),
        pilot_groups=len(set(held.groups.tolist())),
    )


def _sized(pilot: Pilot, held: Columns, wanted: Wanted) -> Needed | NoSpread:
    """How many items show the effect, where the pilot has some spread."""
    spread = cautious_spread(cluster_spread(held.differences, held.groups), pilot.pilot_groups)
    if spread <= _NEAR:
        return NoSpread(**pilot.model_dump())
    try:
        groups = clusters_needed(wanted.effect, spread, wanted.power, wanted.alpha)
    except ValueError as error:
        raise UsageError(
            f"{pilot.one} against {pilot.other} on {pilot.model} in {pilot.title}: {error}."
        ) from error
    return Needed(
        **pilot.model_dump(),
        effect=wanted.effect,
        power=wanted.power,
        alpha=wanted.alpha,
        groups=groups,
        items=math.ceil(groups * pilot.pilot_items / pilot.pilot_groups),
    )
