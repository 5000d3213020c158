"""What a model can do, what is left of it under profiles, and what was gained for the loss."""

from __future__ import annotations

from alignkit.evaluate.metrics.capability import Retention
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.report.run.blocks import (
    Block,
    Dot,
    DotGroup,
    DotPlot,
    Section,
    Table,
    Value,
    columns_with,
)
from alignkit.report.run.drawing import UNIT, Axis, dot
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells
from alignkit.report.run.sections.shared import (
    ALL_SETS,
    around_zero,
    by_dataset,
    label,
    names,
    place,
    retention_words,
)
from alignkit.report.run.sections.trade_off import trade_off

_RETENTION = (
    *("dataset", "profile", "decider", "model", "plain", "under", "difference"),
    *("low", "high", "margin", "p_non_inferior", "verdict", "n", "groups"),
)


def capability_section(found: Findings, items: Items) -> Section | None:
    """Accuracy, retained capability, and the trade-off."""
    blocks: list[Block] = []
    if found.capability:
        blocks.append(_accuracy(found, items))
    if found.retention:
        blocks.append(_retention(found, items))
        trade = trade_off(found)
        blocks += [trade] if trade else []
    if not blocks:
        return None
    return Section(
        "capability",
        "Capability",
        "How often the right answer is chosen, and how much of that is left when the model follows "
        "a profile.",
        tuple(blocks),
    )


def _accuracy(found: Findings, items: Items) -> DotPlot:
    rows = [
        (one.dataset, "all subjects", one.profile, one.method, one.accuracy)
        for one in found.capability
    ] + [
        (one.dataset, subject, one.profile, one.method, figure)
        for one in found.capability
        for subject, figure in one.subjects.items()
    ]
    return DotPlot(
        "dots",
        "Accuracy",
        "Share of right answers, mean over subjects, 0 to 1; higher is better. The table has every "
        "subject.",
        by_dataset(found, items, found.capability, lambda one: one.accuracy),
        UNIT.ticks,
        None,
        names(found, (one.method for one in found.capability)),
        Table(
            "accuracy",
            columns_with("dataset", "subject", "profile", "decider", "model"),
            tuple(
                (dataset, subject, profile, method.decider, method.model, *cells(figure))
                for dataset, subject, profile, method, figure in rows
            ),
        ),
    )


def _retention(found: Findings, items: Items) -> DotPlot:
    lines = [*found.pooled, *found.retention]
    axis = around_zero([*(one.difference for one in lines), Figure(-found.margin, None, 0, 0)])
    parts = grouped(lines, lambda one: one.dataset)
    return DotPlot(
        "dots",
        "Retained capability",
        f"Accuracy under a profile less that of the plain model on the same questions; over all "
        f"data sets every subject counts alike. The line at "
        f"\N{MINUS SIGN}{found.margin:g} is the margin: capability is shown to be retained where "
        f"the whole interval lies to its right (non-inferiority at one-sided 0.025).",
        tuple(
            DotGroup(name or ALL_SETS, tuple(_kept(found, items, axis, one) for one in part))
            for name, part in sorted(parts.items(), key=lambda pair: pair[0] or "")
        ),
        axis.ticks,
        axis.percent(0.0),
        names(found, (one.method for one in found.retention)),
        Table("retention", _RETENTION, tuple(map(_retention_row, lines))),
    )


def _kept(found: Findings, items: Items, axis: Axis, one: Retention) -> Dot:
    """What is left under a profile, with its verdict."""
    notes = (label(found, one.method), retention_words(one))
    return dot(
        axis,
        one.difference,
        one.profile,
        note=" · ".join(note for note in notes if note),
        series=place(found, one.method),
        signed=True,
        wanted=-found.margin,
        links=items.links(one.method, profile=one.profile, dataset=one.dataset),
    )


def _retention_row(one: Retention) -> tuple[Value, ...]:
    """The columns of `_RETENTION`."""
    test = one.test
    return (
        one.dataset or ALL_SETS,
        *(one.profile, one.method.decider, one.method.model),
        *(one.plain.value, one.under.value),
        *(test.difference, test.interval.low, test.interval.high),
        *(test.margin, test.p_value, test.verdict),
        *(one.under.n, one.under.groups),
    )
