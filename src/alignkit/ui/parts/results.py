"""The table in which columns fill: choices on one axis, estimates against targets, and reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alignkit.report.comparison import Column, Comparison
from alignkit.report.estimates import attribute_tables, target_kinds
from alignkit.report.plots import HEIGHT
from alignkit.report.shares import outcomes, share_rows
from alignkit.report.verdict import verdict
from alignkit.report.view import measures, why
from alignkit.schema import Record, Scenario
from alignkit.service import explain
from alignkit.ui.templating import rendered

_NOTABLE = 0.05
"""Smaller differences of probabilities and estimates are not marked."""

State = Literal["idle", "running", "done", "failed"]


@dataclass(frozen=True)
class Shown:
    """One column as it stands."""

    title: str
    state: State
    record: Record | None = None
    """None until it is decided."""
    free: bool = False
    """Whether it was made from estimates that were there, without asking the model."""


@dataclass(frozen=True)
class Differences:
    """What is marked in the columns behind the first decided one."""

    choices: frozenset[int]
    """Columns that end in another way."""
    shares: dict[tuple[int, str], str]
    """By column and choice: how much more or less likely."""
    levels: dict[tuple[int, str, str], str]
    """By column, attribute and choice: how much more or less is seen in it."""


def table(scenario: Scenario, shown: Sequence[Shown], *, marking: bool) -> str:
    """The HTML of all columns; differences are marked where `marking`."""
    columns = [Column(one.title, one.record) for one in shown if one.record is not None]
    places = _places(shown)
    comparison = Comparison(scenario, tuple(columns)) if columns else None
    tables = attribute_tables(comparison) if comparison else ()
    return rendered(
        "compare.html.j2",
        scenario=scenario,
        shown=shown,
        places=places,
        comparison=comparison,
        verdict=verdict(comparison) if comparison else None,
        outcomes=outcomes(comparison) if comparison else (),
        shares=share_rows(comparison) if comparison else (),
        whys=[_why(one) for one in shown],
        attributes=tables,
        names=_names(comparison),
        kinds=target_kinds(tables),
        measures=measures(comparison) if comparison else (),
        differences=differences(shown),
        marking=marking,
        height=HEIGHT,
    )


def differences(shown: Sequence[Shown]) -> Differences:
    """Where columns differ from the first that is decided."""
    decided = [(at, one.record) for at, one in enumerate(shown) if one.record is not None]
    choices, shares, levels = set[int](), {}, {}
    for at, record in decided[1:]:
        first, own = decided[0][1].decision, record.decision
        if (own.outcome, own.choice) != (first.outcome, first.choice):
            choices.add(at)
        for choice, share in own.probabilities.items():
            if words := _moved(share, first.probabilities.get(choice)):
                shares[at, choice] = words
        for choice, found in own.estimates.items():
            for name, estimate in found.items():
                before = first.estimates.get(choice, {}).get(name)
                if words := _moved(estimate.mean, before.mean if before else None):
                    levels[at, name, choice] = words
    return Differences(frozenset(choices), shares, levels)


def _moved(now: float, before: float | None) -> str:
    if before is None or abs(now - before) < _NOTABLE:
        return ""
    return f"{now - before:+.2f} against the first"


def _places(shown: Sequence[Shown]) -> list[int | None]:
    """For each column its place among the decided ones."""
    found: list[int | None] = []
    for one in shown:
        found.append(None if one.record is None else sum(place is not None for place in found))
    return found


def _names(comparison: Comparison | None) -> dict[str, str]:
    """By title: the names of attributes."""
    return {a.title: a.name for a in comparison.attributes} if comparison else {}


def _why(shown: Shown) -> tuple[str, str]:
    """The reason in short, and the rest."""
    if shown.record is None:
        return "", ""
    short, _, rest = why(shown.record.decision).partition("\n")
    return short, rest


def flips(record: Record) -> tuple[str, ...]:
    """What would flip a decision: the smallest change of each target, in words."""
    titles = {attribute.name: attribute.title for attribute in record.attributes}
    texts = {choice.id: choice.text for choice in record.scenario.choices}
    found = []
    for change in explain(record).changes:
        name = titles.get(change.attribute, change.attribute)
        what = {"value": "level", "samples": "mean"}.get(change.what, change.what)
        levels = f"{change.before:.2f} → {change.after:.2f}"
        found.append(f"{name}: {what} {levels} gives “{texts[change.choice]}”")
    return tuple(found)
