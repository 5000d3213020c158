"""The second table of a comparison: what is wanted of each attribute, what each choice shows."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.report.comparison import Column, Comparison
from alignkit.report.plots import Plot, dot, wanted
from alignkit.report.wording import estimate_figure, no_estimate_words, target_figure
from alignkit.schema import Attribute, Target


@dataclass(frozen=True)
class PlotCell:
    """A target, or an estimate beside its target, in one column."""

    column: str
    plot: Plot | None
    figure: str
    """The numbers, or what is missing."""
    idle: bool
    """Whether the column has neither target nor estimates for this attribute."""


@dataclass(frozen=True)
class PlotRow:
    """A choice, and how much of an attribute every column sees in it."""

    number: int
    text: str
    cells: tuple[PlotCell, ...]


@dataclass(frozen=True)
class AttributeTable:
    """Targets and estimates of one attribute."""

    title: str
    definition: str
    targets: tuple[PlotCell, ...]
    rows: tuple[PlotRow, ...]


def attribute_tables(comparison: Comparison) -> tuple[AttributeTable, ...]:
    """A table for every attribute that at least one column has estimated."""
    return tuple(
        _table(comparison, attribute)
        for attribute in comparison.attributes
        if any(_estimated(column, attribute) for column in comparison.columns)
    )


def target_kinds(tables: tuple[AttributeTable, ...]) -> frozenset[str]:
    """Which marks of targets the plots show, for the legend: level, band, samples."""
    shown = [cell.plot.wanted for table in tables for cell in table.targets if cell.plot]
    kinds = {
        "level": any(marks.level for marks in shown),
        "band": any(marks.band for marks in shown),
        "samples": any(marks.samples for marks in shown),
    }
    return frozenset(kind for kind, present in kinds.items() if present)


def _table(comparison: Comparison, attribute: Attribute) -> AttributeTable:
    columns = comparison.columns
    return AttributeTable(
        title=attribute.title,
        definition=attribute.definition,
        targets=tuple(_target_cell(column, attribute) for column in columns),
        rows=tuple(
            PlotRow(
                number,
                choice.text,
                tuple(_estimate_cell(column, attribute, choice.id) for column in columns),
            )
            for number, choice in enumerate(comparison.scenario.choices, start=1)
        ),
    )


def _target(column: Column, attribute: Attribute) -> Target | None:
    return column.profile.targets.get(attribute.name) if column.profile else None


def _estimated(column: Column, attribute: Attribute) -> bool:
    return any(attribute.name in found for found in column.record.decision.estimates.values())


def _target_cell(column: Column, attribute: Attribute) -> PlotCell:
    target = _target(column, attribute)
    if target is None:
        idle = not _estimated(column, attribute)
        return PlotCell(column.title, None, "no target", idle=idle)
    return PlotCell(column.title, Plot(None, wanted(target)), target_figure(target), idle=False)


def _estimate_cell(column: Column, attribute: Attribute, choice: str) -> PlotCell:
    target = _target(column, attribute)
    found = column.record.decision.estimates.get(choice, {}).get(attribute.name)
    if found is None:
        idle = target is None and not _estimated(column, attribute)
        words = no_estimate_words(column.record.decision, attribute.name, "not estimated")
        return PlotCell(column.title, None, words, idle=idle)
    plot = Plot(dot(found), wanted(target))
    return PlotCell(column.title, plot, estimate_figure(found), idle=False)
