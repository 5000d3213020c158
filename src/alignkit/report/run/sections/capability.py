"""What a model can do, what is left of it under profiles, and what was gained for the loss."""

from __future__ import annotations

from alignkit.evaluate.gains import Gain
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import Method, grouped
from alignkit.report.run.blocks import (
    Block,
    Charts,
    DotGroup,
    DotPlot,
    Section,
    Series,
    Spot,
    Table,
    columns_with,
)
from alignkit.report.run.drawing import SERIES, UNIT, chart, dot, fitting, labelled
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells, number, with_ends
from alignkit.report.run.sections.shared import (
    ALL_SETS,
    around_zero,
    by_dataset,
    label,
    names,
    place,
    retention_words,
)

_MOST_SPOTS = 60


def capability_section(found: Findings, items: Items) -> Section | None:
    """Accuracy, retained capability, and the trade-off."""
    blocks: list[Block] = []
    if found.capability:
        blocks.append(_accuracy(found, items))
    if found.retention:
        blocks.append(_retention(found, items))
        trade = _trade_off(found)
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
    figures = [one.difference for one in lines]
    axis = around_zero([*figures, Figure(-found.margin, None, 0, 0)])
    parts = grouped(lines, lambda one: one.dataset)
    return DotPlot(
        "dots",
        "Retained capability",
        f"Accuracy under a profile less that of the plain model on the same questions; over all "
        f"data sets every subject counts alike. The line at "
        f"\N{MINUS SIGN}{found.margin:g} is the margin: capability is shown to be retained where "
        f"the whole interval lies to its right (non-inferiority at one-sided 0.025).",
        tuple(
            DotGroup(
                name or ALL_SETS,
                tuple(
                    dot(
                        axis,
                        one.difference,
                        one.profile,
                        note=" · ".join(
                            part
                            for part in (label(found, one.method), retention_words(one))
                            if part
                        ),
                        series=place(found, one.method),
                        signed=True,
                        wanted=-found.margin,
                        links=items.links(one.method, profile=one.profile, dataset=name),
                    )
                    for one in part
                ),
            )
            for name, part in sorted(parts.items(), key=lambda pair: pair[0] or "")
        ),
        axis.ticks,
        axis.percent(0.0),
        names(found, (one.method for one in found.retention)),
        Table(
            "retention",
            (
                *("dataset", "profile", "decider", "model", "plain", "under", "difference"),
                *("low", "high", "margin", "p_non_inferior", "verdict", "n", "groups"),
            ),
            tuple(
                (
                    one.dataset or ALL_SETS,
                    one.profile,
                    one.method.decider,
                    one.method.model,
                    one.plain.value,
                    one.under.value,
                    one.test.difference,
                    one.test.interval.low,
                    one.test.interval.high,
                    one.test.margin,
                    one.test.p_value,
                    one.test.verdict,
                    one.under.n,
                    one.under.groups,
                )
                for one in lines
            ),
        ),
    )


def _trade_off(found: Findings) -> Charts | None:
    """Alignment gained over capability lost, one point per decider and profile."""
    losses = {(one.method, one.profile): -one.test.difference for one in found.retained}
    both = [
        (gain, losses[gain.method, gain.profile])
        for gain in found.gains
        if (gain.method, gain.profile) in losses
    ]
    if not both:
        return None
    points = both[:_MOST_SPOTS]
    x = fitting([loss for _, loss in points], around=0.0)
    y = fitting([gain.gain.value for gain, _ in points], around=0.0)
    spots = labelled(
        [
            Spot(
                x.right(loss),
                y.down(gain.gain.value),
                y.down(gain.gain.value),
                y.down(gain.gain.value),
                label=str(number),
                series=place(found, gain.method) % SERIES,
            )
            for number, (gain, loss) in enumerate(points, start=1)
        ]
    )
    lines = tuple(
        Series(str(method), place(found, method) % SERIES, tuple(ours), "", "")
        for method, ours in _by_method(points, spots).items()
    )
    zero = (
        (x.right(0), 0.0, x.right(0), y.down(y.low)),
        (0.0, y.down(0), x.right(x.high), y.down(0)),
    )
    return Charts(
        "charts",
        "Trade-off",
        "Alignment score gained over the plain model against accuracy lost, one point per decider "
        "and profile. Best is the upper left.",
        (
            chart(
                "Gained and lost",
                f"{len(points)} points; the table has their numbers",
                x,
                y,
                ("accuracy lost", "alignment score gained"),
                lines,
                zero,
                connect=False,
            ),
        ),
        Table(
            "trade-off",
            columns_with("point", "profile", "decider", "model", "accuracy_lost"),
            tuple(
                (
                    number,
                    gain.profile,
                    gain.method.decider,
                    gain.method.model,
                    loss,
                    *cells(gain.gain),
                )
                for number, (gain, loss) in enumerate(points, start=1)
            ),
        ),
        tuple(
            (
                str(place_),
                f"{gain.profile}"
                + _who(found, gain)
                + f": {with_ends(gain.gain, signed=True)} gained, {_lost(loss)} lost",
            )
            for place_, (gain, loss) in enumerate(points, start=1)
        ),
    )


def _lost(loss: float) -> str:
    return number(loss, signed=True)


def _who(found: Findings, gain: Gain) -> str:
    method = label(found, gain.method)
    return f" · {method}" if method else ""


def _by_method(
    points: list[tuple[Gain, float]], spots: tuple[Spot, ...]
) -> dict[Method, list[Spot]]:
    found: dict[Method, list[Spot]] = {}
    for (gain, _), spot in zip(points, spots, strict=True):
        found.setdefault(gain.method, []).append(spot)
    return found
