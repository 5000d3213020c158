"""What the page shows of a comparison, ready for its template: texts and marks, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.report.comparison import Column, Comparison
from alignkit.report.details import Details, details
from alignkit.report.plots import Plot, Span, Wanted, bar, dot, wanted
from alignkit.report.verdict import Verdict, verdict
from alignkit.report.wording import (
    estimate_figure,
    seconds_words,
    share_figures,
    target_figure,
    tokens_words,
)
from alignkit.schema import Attribute, Choice, Decision, Outcome

_FITTING = 5
"""More columns than these are shown one below the other, however wide the page."""


@dataclass(frozen=True)
class OutcomeCell:
    """How a column ended."""

    column: str
    outcome: Outcome
    number: int | None
    """The choice's place in the scenario, from 1."""
    text: str
    """The choice, or the reason why there is none."""
    own_words: bool
    """Whether the text is the scenario's."""


@dataclass(frozen=True)
class ShareCell:
    """A choice's probability in one column."""

    column: str
    bar: Span | None
    figure: str
    chosen: bool
    note: str


@dataclass(frozen=True)
class PlotCell:
    """A target, or an estimate beside its target, in one column."""

    column: str
    plot: Plot | None
    figure: str
    idle: bool
    """Whether the column has nothing to say about this attribute at all."""


@dataclass(frozen=True)
class TextCell:
    """A few words in one column."""

    column: str
    text: str


@dataclass(frozen=True)
class ShareRow:
    """A choice and how likely it is in every column."""

    number: int
    text: str
    cells: tuple[ShareCell, ...]


@dataclass(frozen=True)
class PlotRow:
    """A choice and how much of an attribute every column sees in it."""

    number: int
    text: str
    cells: tuple[PlotCell, ...]


@dataclass(frozen=True)
class AttributeView:
    """The estimates of one attribute."""

    title: str
    definition: str
    targets: tuple[PlotCell, ...]
    rows: tuple[PlotRow, ...]


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
    title: str
    verdict: Verdict
    language: str | None
    context: str
    question: str
    columns: tuple[str, ...]
    stacked: bool
    outcomes: tuple[OutcomeCell, ...]
    shares: tuple[ShareRow, ...]
    whys: tuple[TextCell, ...]
    attributes: tuple[AttributeView, ...]
    marks: frozenset[str]
    """Which kinds of targets the plots show, for the legend: level, band, samples."""
    measures: tuple[Measure, ...]
    details: Details


def comparison_view(comparison: Comparison, number: int) -> ComparisonView:
    """What the page shows of `comparison`, the `number`-th on it."""
    scenario, columns = comparison.scenario, comparison.columns
    attributes = _attributes(comparison)
    return ComparisonView(
        anchor=f"scenario-{number}",
        title=scenario.title or scenario.id,
        verdict=verdict(comparison),
        language=scenario.language,
        context=scenario.context,
        question=scenario.question,
        columns=tuple(column.title for column in columns),
        stacked=len(columns) > _FITTING,
        outcomes=tuple(_outcome(column, scenario.choices) for column in columns),
        shares=_shares(comparison),
        whys=tuple(TextCell(c.title, _why(c.record.decision)) for c in columns),
        attributes=attributes,
        marks=_marks(attributes),
        measures=_measures(columns),
        details=details(comparison),
    )


def _outcome(column: Column, choices: Sequence[Choice]) -> OutcomeCell:
    decision = column.record.decision
    for number, choice in enumerate(choices, start=1):
        if choice.id == decision.choice:
            return OutcomeCell(column.title, "decided", number, choice.text, own_words=True)
    reason = decision.reason or "no reason was given"
    return OutcomeCell(column.title, decision.outcome, None, reason, own_words=False)


def _why(decision: Decision) -> str:
    return decision.explanation or decision.reason or "No explanation was given."


def _shares(comparison: Comparison) -> tuple[ShareRow, ...]:
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
    decision, evidence = column.record.decision, column.record.evidence
    boundary = evidence.excluded.get(choice)
    note = f"ruled out by the boundary {boundary!r}" if boundary else ""
    if figure is None:
        return ShareCell(column.title, None, decision.outcome, chosen=False, note=note)
    drawn = bar(decision.probabilities[choice])
    return ShareCell(column.title, drawn, figure, chosen=choice == decision.choice, note=note)


def _attributes(comparison: Comparison) -> tuple[AttributeView, ...]:
    """The attributes that at least one column has estimated."""
    return tuple(
        _attribute(comparison, attribute)
        for attribute in comparison.attributes
        if any(_estimates(column, attribute) for column in comparison.columns)
    )


def _estimates(column: Column, attribute: Attribute) -> bool:
    return any(attribute.name in found for found in column.record.decision.estimates.values())


def _attribute(comparison: Comparison, attribute: Attribute) -> AttributeView:
    return AttributeView(
        title=attribute.title,
        definition=attribute.definition,
        targets=tuple(_target(column, attribute) for column in comparison.columns),
        rows=tuple(
            PlotRow(
                number,
                choice.text,
                tuple(_estimate(column, attribute, choice.id) for column in comparison.columns),
            )
            for number, choice in enumerate(comparison.scenario.choices, start=1)
        ),
    )


def _wanted(column: Column, attribute: Attribute) -> tuple[Wanted, str]:
    target = column.profile.targets.get(attribute.name) if column.profile else None
    return wanted(target), target_figure(target) if target else "no target"


def _target(column: Column, attribute: Attribute) -> PlotCell:
    marks, figure = _wanted(column, attribute)
    nothing = marks == Wanted()
    idle = nothing and not _estimates(column, attribute)
    return PlotCell(column.title, None if nothing else Plot(None, marks), figure, idle)


def _estimate(column: Column, attribute: Attribute, choice: str) -> PlotCell:
    marks, _ = _wanted(column, attribute)
    found = column.record.decision.estimates.get(choice, {}).get(attribute.name)
    if found is None:
        idle = not _estimates(column, attribute) and marks == Wanted()
        return PlotCell(column.title, None, "not estimated", idle)
    return PlotCell(column.title, Plot(dot(found), marks), estimate_figure(found), idle=False)


def _marks(attributes: Sequence[AttributeView]) -> frozenset[str]:
    shown = [cell.plot.wanted for a in attributes for cell in a.targets if cell.plot]
    kinds = {
        "level": any(marks.level for marks in shown),
        "band": any(marks.band for marks in shown),
        "samples": any(marks.samples for marks in shown),
    }
    return frozenset(kind for kind, present in kinds.items() if present)


def _measures(columns: Sequence[Column]) -> tuple[Measure, ...]:
    told = (
        ("Confidence", "0 where all choices are equally likely, 1 for certainty", _confidence),
        ("Order shift", "over the orders in which the choices were listed", _shift),
        ("Calls", "questions put to the model, and texts it was asked for", _calls),
        ("Tokens", "evaluated: those that no cache held", lambda d: tokens_words(d.usage)),
        ("Time", "spent in the model", lambda d: seconds_words(d.usage.seconds)),
    )
    return tuple(
        Measure(title, hint, tuple(TextCell(c.title, tell(c.record.decision)) for c in columns))
        for title, hint, tell in told
    )


def _confidence(decision: Decision) -> str:
    return "none" if decision.outcome == "failed" else f"{decision.confidence:.2f}"


def _shift(decision: Decision) -> str:
    shift = decision.order_shift
    return "no order was varied" if shift is None else f"moved by at most {shift:.2f}"


def _calls(decision: Decision) -> str:
    return f"{decision.usage.calls:,}"
