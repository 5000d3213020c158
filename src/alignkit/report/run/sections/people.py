"""How a model answers questionnaires, and how far it is from groups of people."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.evaluate.metrics.pairs import grouped
from alignkit.evaluate.metrics.questionnaires import FOUNDATIONS, SCALES, UTILITARIAN, Score
from alignkit.report.run.blocks import (
    Bars,
    Block,
    Dot,
    DotGroup,
    DotPlot,
    Section,
    Table,
    columns_with,
)
from alignkit.report.run.drawing import Axis, dot
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells
from alignkit.report.run.sections.shared import (
    NO_PROFILE,
    around_zero,
    from_zero,
    label,
    names,
    place,
)

_MOST_BARS = 6


def moral_section(found: Findings, items: Items) -> Section | None:
    """Scores of the questionnaires, and whether steering sets one foundation apart."""
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
    if not blocks:
        return None
    return Section(
        "moral-psychology",
        "Moral psychology",
        "Answers to questionnaires under each profile and under none: the mean over items of the "
        "expected answer. Items are few, so intervals are wide.",
        tuple(blocks),
    )


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


def opinion_section(found: Findings, items: Items) -> Section | None:
    """Distance from the answers of groups."""
    if not found.groups:
        return None
    return Section(
        "opinions",
        "Distance from groups of people",
        "How far the probabilities of a method are from how a group answers. The data give a "
        "group's support scaled within each question; it is scaled back to sum to 1.",
        (_distances(found, items), *_answers(found)),
    )


def _distances(found: Findings, items: Items) -> DotPlot:
    axis = from_zero([one.divergence for one in found.groups])
    parts = grouped(found.groups, lambda one: one.group)
    rows = [
        (one, kind, figure)
        for one in found.groups
        for kind, figure in (("jensen-shannon", one.divergence), ("wasserstein", one.moved))
        if figure is not None
    ]
    return DotPlot(
        "dots",
        "Jensen-Shannon distance",
        "Mean over questions, 0 (equal) to 1 (nothing shared); lower is better. Chance is an even "
        "guess. For ordered answers the table has the Wasserstein distance, too.",
        tuple(
            DotGroup(
                found.title(name),
                tuple(
                    dot(
                        axis,
                        one.divergence,
                        (one.profile or NO_PROFILE) + (" (meant)" if one.meant else ""),
                        note=label(found, one.method),
                        series=place(found, one.method),
                        links=items.links(one.method, profile=one.profile),
                    )
                    for one in part
                ),
            )
            for name, part in sorted(parts.items())
        ),
        axis.ticks,
        None,
        names(found, (one.method for one in found.groups)),
        Table(
            "group-distance",
            columns_with("group", "distance", "profile", "decider", "model"),
            tuple(
                (one.group, kind, one.profile, one.method.decider, one.method.model, *cells(figure))
                for one, kind, figure in rows
            ),
        ),
    )


def _answers(found: Findings) -> tuple[Bars, ...]:
    """The group's answers by rank beside those given on its behalf."""
    meant = [one for one in found.groups if one.meant] or list(found.groups)
    return tuple(
        Bars(
            "bars",
            f"Answers: {found.title(one.group)} and {one.profile or NO_PROFILE}",
            "Mean share of the group's most frequent answer, its second, and so on.",
            tuple(
                (f"answer {rank}", ours, theirs)
                for rank, (ours, theirs) in enumerate(one.answers[:6], start=1)
            ),
            (found.title(one.group), str(one.method)),
            Table(
                f"answers-{number}",
                ("rank", "group", "method"),
                tuple((rank, *pair) for rank, pair in enumerate(one.answers, start=1)),
            ),
        )
        for number, one in enumerate(meant[:_MOST_BARS], start=1)
    )
