"""The first table of a comparison: how every column ended, and how likely it finds each choice."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.report.comparison import Column, Comparison
from alignkit.report.plots import Span, bar
from alignkit.report.wording import share_figures
from alignkit.schema import Outcome


@dataclass(frozen=True)
class OutcomeCell:
    """How a column ended."""

    column: str
    outcome: Outcome
    number: int | None
    """The chosen choice's place in the scenario, from 1; None where none was chosen."""
    text: str
    """The chosen choice, or the reason why there is none."""


@dataclass(frozen=True)
class ShareCell:
    """A choice's probability in one column."""

    column: str
    bar: Span | None
    """None where the column has no probabilities."""
    figure: str
    chosen: bool
    note: str
    """What else is to be said of the choice; empty for most."""


@dataclass(frozen=True)
class ShareRow:
    """A choice and how likely it is in every column."""

    number: int
    text: str
    cells: tuple[ShareCell, ...]


def outcomes(comparison: Comparison) -> tuple[OutcomeCell, ...]:
    """How every column ended."""
    return tuple(_outcome(comparison, column) for column in comparison.columns)


def _outcome(comparison: Comparison, column: Column) -> OutcomeCell:
    decision = column.record.decision
    for number, choice in enumerate(comparison.scenario.choices, start=1):
        if choice.id == decision.choice:
            return OutcomeCell(column.title, decision.outcome, number, choice.text)
    reason = decision.reason or "no reason was given"
    return OutcomeCell(column.title, decision.outcome, None, reason)


def share_rows(comparison: Comparison) -> tuple[ShareRow, ...]:
    """A row for every choice."""
    figures = [share_figures(c.record.decision.probabilities) for c in comparison.columns]
    return tuple(
        ShareRow(
            number,
            choice.text,
            tuple(
                _share(column, choice.id, shown.get(choice.id))
                for column, shown in zip(comparison.columns, figures, strict=True)
            ),
        )
        for number, choice in enumerate(comparison.scenario.choices, start=1)
    )


def _share(column: Column, choice: str, figure: str | None) -> ShareCell:
    decision = column.record.decision
    boundary = column.record.evidence.excluded.get(choice)
    note = f"ruled out by the boundary {boundary}" if boundary else ""
    if figure is None:
        return ShareCell(column.title, None, decision.outcome, chosen=False, note=note)
    drawn = bar(decision.probabilities[choice])
    return ShareCell(column.title, drawn, figure, chosen=choice == decision.choice, note=note)
