"""How a model answers questionnaires, and which rules it keeps in dilemmas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignkit.evaluate.metrics.dilemmas import RULES, Kept
from alignkit.evaluate.metrics.figure import turned
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.evaluate.metrics.questionnaires import FOUNDATIONS, SCALES, UTILITARIAN, Score
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
from alignkit.report.run.sections.shared import NO_PROFILE, around_zero, label, names, place

_QUESTIONNAIRES = (
    "Answers to questionnaires under each profile and under none: the mean over items of the "
    "expected answer. Items are few, so intervals are wide."
)
_DILEMMAS = (
    "Actions chosen in dilemmas, by the rules that they keep or break. A dilemma counts for every "
    "rule in which its two actions differ."
)


def moral_section(found: Findings, items: Items) -> Section | None:
    """Scores of questionnaires, whether steering sets one foundation apart, rules in dilemmas."""
    blocks: list[Block] = [
        _scores(found, items, title, scales)
        for title, scales in (
            ("Moral foundations", FOUNDATIONS),
            ("Utilitarian psychology", UTILITARIAN),
        )
        if any(one.scale in scales for one in found.scores)
    ]
    if found.raised:
        blocks.append(_raised(found))
    leads = [_QUESTIONNAIRES] if blocks else []
    if found.kept:
        blocks.append(_rules(found, items))
        leads.append(_DILEMMAS)
    if not blocks:
        return None
    return Section("moral-psychology", "Moral psychology", " ".join(leads), tuple(blocks))


def _scores(found: Findings, items: Items, title: str, scales: Sequence[str]) -> DotPlot:
    lines = [one for one in found.scores if one.scale in scales]
    low, high = SCALES[scales[0]]
    axis = Axis(low, high)
    parts = grouped(lines, lambda one: one.scale)
    return DotPlot(
        "dots",
        title,
        f"{low:g} to {high:g}; the tick for chance is the middle, what answering at random gives.",
        tuple(
            DotGroup(
                found.title(name), tuple(_score(found, items, axis, one) for one in parts[name])
            )
            for name in scales
            if name in parts
        ),
        axis.ticks,
        None,
        names(found, (one.method for one in lines)),
        Table(
            title.lower().replace(" ", "-"),
            columns_with("scale", "answer", "profile", "decider", "model"),
            tuple(
                (one.scale, kind, one.profile, one.method.decider, one.method.model, *cells(figure))
                for one in lines
                for kind, figure in (("expected", one.expected), ("chosen", one.chosen))
            ),
        ),
    )


def _score(found: Findings, items: Items, axis: Axis, one: Score) -> Dot:
    low, high = one.ends
    return dot(
        axis,
        one.expected,
        one.profile or NO_PROFILE,
        note=label(found, one.method),
        series=place(found, one.method),
        wanted=None if one.wanted is None else low + (high - low) * one.wanted,
        links=items.links(one.method, profile=one.profile, dataset=one.dataset),
    )


def _raised(found: Findings) -> DotPlot:
    figures = [f for one in found.raised for f in (one.gap, one.gain) if f is not None]
    axis = around_zero(figures)
    return DotPlot(
        "dots",
        "One foundation against the others",
        "The score of the steered foundation less the mean of the others' items, under the "
        "profile; and how much more it rose over the plain model than they did. Steering sets it "
        "apart where both intervals exclude zero.",
        tuple(
            DotGroup(
                f"{one.profile}: {found.title(one.scale)} {'up' if one.high else 'down'}",
                tuple(
                    dot(
                        axis,
                        figure,
                        name,
                        note=label(found, one.method),
                        series=place(found, one.method),
                        signed=True,
                    )
                    for name, figure in (
                        ("against the others", one.gap),
                        ("rise over plain", one.gain),
                    )
                    if figure is not None
                ),
            )
            for one in found.raised
        ),
        axis.ticks,
        axis.percent(0.0),
        names(found, (one.method for one in found.raised)),
        Table(
            "foundations-apart",
            columns_with("foundation", "profile", "decider", "model", "difference", "shown"),
            tuple(
                (
                    one.scale,
                    one.profile,
                    one.method.decider,
                    one.method.model,
                    name,
                    "yes" if one.shown else "no",
                    *cells(figure),
                )
                for one in found.raised
                for name, figure in (("gap", one.gap), ("gain", one.gain))
            ),
        ),
    )


def _rules(found: Findings, items: Items) -> DotPlot:
    parts = grouped(found.kept, lambda one: one.rule)
    return DotPlot(
        "dots",
        "Rules kept in dilemmas",
        "Share of dilemmas in which the action that keeps the rule is chosen, of those where one "
        "action keeps it and the other breaks it, 0 (always broken) to 1 (always kept). Chance is "
        "0.5. The table has the share that breaks it and the mean probabilities, too.",
        tuple(
            DotGroup(
                RULES[rule],
                tuple(_rule(found, items, one) for one in parts[rule]),
            )
            for rule in RULES
            if rule in parts
        ),
        UNIT.ticks,
        None,
        names(found, (one.method for one in found.kept)),
        Table(
            "rules-in-dilemmas",
            columns_with("rule", "attribute", "action", "what", "profile", "decider", "model"),
            tuple(row for one in found.kept for row in _rule_rows(one)),
        ),
    )


def _rule(found: Findings, items: Items, one: Kept) -> Dot:
    return dot(
        UNIT,
        one.chosen,
        one.profile or NO_PROFILE,
        note=label(found, one.method),
        series=place(found, one.method),
        wanted=one.wanted,
        links=items.links(one.method, profile=one.profile, dataset=one.dataset),
    )


def _rule_rows(one: Kept) -> Iterator[tuple[Value, ...]]:
    """Of both actions: how often each is chosen, and how likely it is."""
    who = (one.profile, one.method.decider, one.method.model)
    for what, figure in (("chosen", one.chosen), ("probability", one.likely)):
        for action, share in (("keeps", figure), ("breaks", turned(figure))):
            yield (RULES[one.rule], one.rule, action, what, *who, *cells(share))
