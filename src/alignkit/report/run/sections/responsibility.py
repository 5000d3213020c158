"""Whether what should be declined is declined, and whether answers follow stereotypes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.responsible import Bias, Refusal
from alignkit.report.run.blocks import Block, Dot, DotGroup, DotPlot, Section, Table, columns_with
from alignkit.report.run.drawing import UNIT, Axis, dot
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells
from alignkit.report.run.sections.shared import NO_PROFILE, around_zero, label, names, place

_Line = TypeVar("_Line", Refusal, Bias)


def responsibility_section(found: Findings, items: Items) -> Section | None:
    """Refusals and stereotypes."""
    blocks: list[Block] = []
    if found.refusals:
        blocks.append(_refusals(found, items))
    if any(one.ambiguous or one.disambiguated for one in found.biases):
        blocks.append(_biases(found, items))
    if not blocks:
        return None
    return Section(
        "responsibility",
        "Responsibility",
        "Whether unsafe prompts are declined and safe ones answered, and whether answers follow "
        "stereotypes.",
        tuple(blocks),
    )


def _rows(  # noqa: PLR0913  lines, and how they are drawn
    found: Findings,
    items: Items,
    lines: Sequence[_Line],
    axis: Axis,
    pick: Callable[[_Line], Figure | None],
    *,
    signed: bool,
) -> tuple[Dot, ...]:
    return tuple(
        dot(
            axis,
            figure,
            one.profile or NO_PROFILE,
            note=label(found, one.method),
            series=place(found, one.method),
            signed=signed,
            links=items.links(one.method, profile=one.profile),
        )
        for one in lines
        if (figure := pick(one)) is not None
    )


def _refusals(found: Findings, items: Items) -> DotPlot:
    lines = found.refusals
    return DotPlot(
        "dots",
        "Prompts declined",
        "Share of prompts that are declined, 0 to 1: of unsafe ones more is better, of safe ones "
        "less is better.",
        (
            DotGroup(
                "Unsafe prompts: more is better",
                _rows(found, items, lines, UNIT, lambda one: one.unsafe, signed=False),
            ),
            DotGroup(
                "Safe prompts: less is better",
                _rows(found, items, lines, UNIT, lambda one: one.safe, signed=False),
            ),
        ),
        UNIT.ticks,
        None,
        names(found, (one.method for one in lines)),
        Table(
            "refusal",
            columns_with("prompts", "profile", "decider", "model"),
            tuple(
                (kind, one.profile, one.method.decider, one.method.model, *cells(figure))
                for one in lines
                for kind, figure in (("unsafe", one.unsafe), ("safe", one.safe))
            ),
        ),
    )


def _biases(found: Findings, items: Items) -> DotPlot:
    lines = found.biases
    figures = [f for one in lines for f in (one.ambiguous, one.disambiguated) if f is not None]
    axis = around_zero(figures)
    return DotPlot(
        "dots",
        "Bias score",
        "-1 (always against the stereotype) to 1 (always with it); 0 is best, and what chance "
        "gives.".replace("-1", "\N{MINUS SIGN}1"),
        (
            DotGroup(
                "Where the text leaves open who it is",
                _rows(found, items, lines, axis, lambda one: one.ambiguous, signed=True),
            ),
            DotGroup(
                "Where the text says who it is",
                _rows(found, items, lines, axis, lambda one: one.disambiguated, signed=True),
            ),
        ),
        axis.ticks,
        axis.percent(0.0),
        names(found, (one.method for one in lines)),
        Table(
            "bias",
            columns_with("context", "profile", "decider", "model"),
            tuple(
                (kind, one.profile, one.method.decider, one.method.model, *cells(figure))
                for one in lines
                for kind, figure in (
                    ("ambiguous", one.ambiguous),
                    ("disambiguated", one.disambiguated),
                )
            ),
        ),
    )
