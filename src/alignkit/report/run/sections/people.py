"""How far answers are from those of groups of people."""

from __future__ import annotations

from alignkit.evaluate.metrics.pairs import grouped
from alignkit.report.run.blocks import Bars, DotGroup, DotPlot, Section, Table, columns_with
from alignkit.report.run.drawing import dot
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells
from alignkit.report.run.sections.shared import NO_PROFILE, from_zero, label, names, place

_MOST_BARS = 6


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
