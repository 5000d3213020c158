"""Runs compared with each other, or ways to decide within one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.errors import InvalidSetting, UnknownName, UsageError
from alignkit.evaluate.contrasts import FIELDS, Contrast, Side, contrasts, rivals, sides_by
from alignkit.evaluate.measures import MEASURES, PLAIN
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.plain import borrowed
from alignkit.service.evidence.stored import Stored, stored
from alignkit.store import Store

WITHIN = ("decider", "profile", "model")
"""What may be compared within one run."""


@dataclass(frozen=True)
class Question:
    """What is to be compared, and how."""

    runs: Sequence[str]
    """One run, or two."""
    by: Sequence[str] = ()
    """With two runs: what to break the comparison down by; none for data sets. With one run, the
    first says what is compared, the others break it down."""
    against: str | None = None
    """With one run: which decider, profile or model the others are held against."""
    measures: Sequence[str] = ()
    """Names of measures; none for all that both have data for."""
    equivalent_within: float | None = None
    """Say whether the two are less than this apart, above 0 and below 1."""


def compare_runs(store: Store, question: Question) -> list[Contrast]:
    """All comparisons, adjusted together; over all items first, then by part.

    Raises:
        UsageError: the question does not fit, or the two have no items in common.
        UnknownName: a run, or what others are to be held against, is not there.
        StoreError: the store cannot be read.
    """
    _check(question)
    found = [stored(store, name) for name in question.runs]
    if len(found) == 1:
        first = question.by[0] if question.by else _several(found[0])
        sides = _within(found[0], first, question.against)
        by = [field for field in question.by if field != first]
        formats = found[0].formats
    else:
        a, b = found
        sides = [(Side(_name(a, b), a.pairs), Side(_name(b, a), b.pairs))]
        by = list(question.by)
        formats = {**a.formats, **b.formats}
    lines = _asked(sides, formats, by or ["dataset"], question)
    if not lines:
        raise UsageError(
            "There is nothing to compare: the two have no two items in common whose right choice "
            "is known.",
            "They need the same data sets and, for alignment, profiles that want the same.",
        )
    return lines


def _asked(
    sides: Sequence[tuple[Side, Side]], formats: Formats, by: Sequence[str], question: Question
) -> list[Contrast]:
    measures = list(question.measures) or None
    return contrasts(sides, formats, by, measures, question.equivalent_within)


def _check(question: Question) -> None:
    for field in question.by:
        if field not in FIELDS:
            raise UnknownName("field", field, FIELDS, f"There are: {', '.join(FIELDS)}.")
    for name in question.measures:
        if name not in MEASURES:
            raise UnknownName("measure", name, MEASURES, f"There are: {', '.join(MEASURES)}.")
    if len(question.runs) == 1 and question.by and question.by[0] not in WITHIN:
        raise InvalidSetting(
            f"by: within one run {question.by[0]!r} is not compared.",
            f"There are: {', '.join(WITHIN)}.",
        )
    if len(question.runs) > 1 and question.against is not None:
        raise InvalidSetting(
            "against: it is for one run; of two runs the first is what the second is held against."
        )


def _several(found: Stored) -> str:
    """What the run has several of."""
    for field in WITHIN:
        if len({getattr(cell, field) for cell, _ in found.pairs if cell.profile}) > 1:
            return field
    return "profile"


def _name(one: Stored, other: Stored) -> str:
    """A run's name, or its id where the other has the same name."""
    return one.run.id if one.run.name == other.run.name else one.run.name


def _within(found: Stored, field: str, against: str | None) -> list[tuple[Side, Side]]:
    pairs = found.pairs if field == "profile" else rivals(found.pairs)
    known = {getattr(cell, field) or PLAIN for cell, _ in pairs}
    if against is not None and against not in known:
        raise UnknownName(field, against, known, f"The run has: {', '.join(sorted(known))}.")
    if len(known) == 1:
        raise UsageError(
            f"The run {found.run.id} has a single {field}, {next(iter(known))!r}.",
            "Name another run to compare it with, or another --by.",
        )
    sides = sides_by(field, pairs, against)
    return [(_wishing(a, b), _wishing(b, a)) for a, b in sides] if field == "profile" else sides


def _wishing(side: Side, other: Side) -> Side:
    """The plain model's side judged by the other's wishes, beside what it decided itself."""
    if side.name != PLAIN:
        return side
    there = {(cell.dataset, cell.scenario, cell.model) for cell, _ in other.pairs}
    own = [(c, r) for c, r in side.pairs if (c.dataset, c.scenario, c.model) not in there]
    return Side(side.name, [*own, *borrowed(side.pairs, other.pairs)])
