"""What the page shows of a comparison, ready for its template: texts and marks, no decisions."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.report.comparison import Comparison
from alignkit.report.details import Details, details
from alignkit.report.estimates import AttributeTable, attribute_tables, target_kinds
from alignkit.report.shares import OutcomeCell, ShareRow, outcomes, share_rows
from alignkit.report.verdict import Verdict, verdict
from alignkit.report.wording import seconds_words, tokens_words
from alignkit.schema import Decision

_FITTING = 5
"""More columns than these are shown one below the other, however wide the page."""


@dataclass(frozen=True)
class TextCell:
    """A few words in one column."""

    column: str
    text: str


@dataclass(frozen=True)
class Measure:
    """One thing that is told of every column."""

    title: str
    hint: str
    cells: tuple[TextCell, ...]


@dataclass(frozen=True)
class ComparisonView:
    """One scenario with all its columns."""

    anchor: str
    """Id in the page; made of a number, since ids of scenarios may hold anything."""
    title: str
    verdict: Verdict
    language: str | None
    context: str
    question: str
    columns: tuple[str, ...]
    stacked: bool
    """Whether there are too many columns to stand side by side."""
    outcomes: tuple[OutcomeCell, ...]
    shares: tuple[ShareRow, ...]
    whys: tuple[TextCell, ...]
    attributes: tuple[AttributeTable, ...]
    target_kinds: frozenset[str]
    measures: tuple[Measure, ...]
    details: Details


def comparison_view(comparison: Comparison, number: int) -> ComparisonView:
    """What the page shows of `comparison`, the `number`-th on it."""
    scenario, columns = comparison.scenario, comparison.columns
    attributes = attribute_tables(comparison)
    return ComparisonView(
        anchor=f"scenario-{number}",
        title=scenario.title or scenario.id,
        verdict=verdict(comparison),
        language=scenario.language,
        context=scenario.context,
        question=scenario.question,
        columns=tuple(column.title for column in columns),
        stacked=len(columns) > _FITTING,
        outcomes=outcomes(comparison),
        shares=share_rows(comparison),
        whys=tuple(TextCell(column.title, why(column.record.decision)) for column in columns),
        attributes=attributes,
        target_kinds=target_kinds(attributes),
        measures=measures(comparison),
        details=details(comparison),
    )


def why(decision: Decision) -> str:
    """Why a decision came out as it did, in its own words."""
    return decision.explanation or decision.reason or "No explanation was given."


def measures(comparison: Comparison) -> tuple[Measure, ...]:
    """How sure every column is, and what it cost."""
    told = (
        ("Confidence", "0 where all choices are equally likely, 1 for certainty", _confidence),
        ("Order shift", "over the orders in which the choices were listed", _shift),
        ("Calls", "questions and requests put to the model", lambda d: f"{d.usage.calls:,}"),
        ("Tokens", "evaluated are those that no cache held", lambda d: tokens_words(d.usage)),
        ("Time", "spent in the model", lambda d: seconds_words(d.usage.seconds)),
    )
    return tuple(
        Measure(
            title,
            hint,
            tuple(TextCell(c.title, tell(c.record.decision)) for c in comparison.columns),
        )
        for title, hint, tell in told
    )


def _confidence(decision: Decision) -> str:
    return f"{decision.confidence:.2f}" if decision.probabilities else "none"


def _shift(decision: Decision) -> str:
    shift = decision.order_shift
    return "no order was varied" if shift is None else f"moved by at most {shift:.2f}"
