"""Alignment by attribute, and what steering does: high against low, along the scale, elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.evaluate.metrics.alignment import Alignment
from alignkit.evaluate.metrics.leakage import Leak
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.evaluate.metrics.steering import Dose
from alignkit.report.run.blocks import (
    Block,
    Chart,
    Charts,
    Dot,
    DotGroup,
    DotPlot,
    Matrix,
    Section,
    Square,
    Table,
    columns_with,
)
from alignkit.report.run.drawing import UNIT, chart, diagonal, dot, series
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells, level_words, number, p_words, with_ends, words
from alignkit.report.run.sections.shared import around_zero, label, names, place


def alignment_section(found: Findings, items: Items) -> Section | None:
    """How often decisions are as wanted, by attribute and level."""
    if not found.alignment:
        return None
    blocks: list[Block] = [_accuracy(found, items), _scores(found, items)]
    return Section(
        "alignment",
        "Alignment by attribute",
        "How often the choice is the one with the highest true value of an attribute where it is "
        "wanted high, and with the lowest where it is wanted low. Ties share. Every attribute and "
        "level counts alike in the mean over all.",
        tuple(blocks),
    )


def _accuracy(found: Findings, items: Items) -> DotPlot:
    lines = [one for one in found.alignment if one.accuracy is not None]
    return DotPlot(
        "dots",
        "Alignment accuracy",
        "Share of right choices, 0 to 1; higher is better.",
        _groups(found, items, lines, score=False),
        UNIT.ticks,
        None,
        names(found, (one.method for one in lines)),
        Table(
            "alignment-accuracy",
            columns_with("attribute", "level", "decider", "model", "failed"),
            tuple(
                (
                    one.attribute or "all",
                    one.level,
                    one.method.decider,
                    one.method.model,
                    one.failed,
                    *cells(one.accuracy),
                )
                for one in lines
            ),
        ),
    )


def _scores(found: Findings, items: Items) -> DotPlot:
    lines = [one for one in found.alignment if one.attribute is None]
    return DotPlot(
        "dots",
        "Alignment score",
        "1 less the mean distance of the true value that was chosen from the wanted level, 0 to 1; "
        "higher is better. The table has it for every attribute and level.",
        _groups(found, items, lines, score=True),
        UNIT.ticks,
        None,
        names(found, (one.method for one in lines)),
        Table(
            "alignment-score",
            columns_with("attribute", "level", "decider", "model"),
            tuple(
                (
                    one.attribute or "all",
                    one.level,
                    one.method.decider,
                    one.method.model,
                    *cells(one.score),
                )
                for one in found.alignment
            ),
        ),
    )


def _groups(
    found: Findings, items: Items, lines: Sequence[Alignment], *, score: bool
) -> tuple[DotGroup, ...]:
    parts = grouped(lines, lambda one: one.attribute)
    order = sorted(parts, key=lambda name: (name is not None, name or ""))
    return tuple(
        DotGroup(
            found.title(name) if name else "All attributes and levels",
            tuple(_dot(found, items, one, score=score) for one in parts[name]),
        )
        for name in order
    )


def _dot(found: Findings, items: Items, one: Alignment, *, score: bool) -> Dot:
    figure = one.score if score or one.accuracy is None else one.accuracy
    wish = None if one.attribute is None or one.level is None else (one.attribute, one.level)
    level = f"wanted {level_words(one.level)}" if one.level is not None else ""
    method = label(found, one.method)
    return dot(
        UNIT,
        figure,
        level or method or str(one.method),
        note=method if level else "",
        series=place(found, one.method),
        links=items.links(one.method, wish=wish) if wish else (),
    )


def steering_section(found: Findings, items: Items) -> Section | None:
    """What steering does to the choices."""
    blocks: list[Block] = []
    if found.effects:
        blocks.append(_effects(found, items))
    if found.doses:
        blocks.append(_doses(found))
    blocks += _leaks(found)
    if not blocks:
        return None
    return Section(
        "steering",
        "What steering does",
        "By how much the true value of what is chosen moves when an attribute is wanted high "
        "instead of low, on the same items.",
        tuple(blocks),
    )


def _effects(found: Findings, items: Items) -> DotPlot:
    axis = around_zero([one.effect for one in found.effects])
    parts = grouped(found.effects, lambda one: one.attribute)
    return DotPlot(
        "dots",
        "Steering effect",
        "Mean chosen value where it is wanted high, less that where it is wanted low: 0 is no "
        "effect, more is better. Under each name: the p-value, adjusted over all effects (Holm), "
        "and the largest effect that the items allow.",
        tuple(
            DotGroup(
                found.title(name),
                tuple(
                    dot(
                        axis,
                        one.effect,
                        label(found, one.method) or "high less low",
                        note=f"{p_words(one.p_value)}; at most {number(one.most)}",
                        series=place(found, one.method),
                        signed=True,
                        links=items.links(one.method, wish=(name, one.high)),
                    )
                    for one in part
                ),
            )
            for name, part in sorted(parts.items())
        ),
        axis.ticks,
        axis.percent(0.0),
        names(found, (one.method for one in found.effects)),
        Table(
            "steering-effect",
            columns_with("attribute", "decider", "model", "high", "low_level", "most", "p_holm"),
            tuple(
                (
                    one.attribute,
                    one.method.decider,
                    one.method.model,
                    one.high,
                    one.low,
                    one.most,
                    one.p_value,
                    *cells(one.effect),
                )
                for one in found.effects
            ),
        ),
    )


def _doses(found: Findings) -> Charts:
    parts = grouped(found.doses, lambda one: one.attribute)
    return Charts(
        "charts",
        "Dose and response",
        "Mean true value of what is chosen at each wanted level, with the 95 % interval as a band. "
        "On the dashed line choices would follow the wish exactly, which the items seldom allow.",
        tuple(_dose_chart(found, name, part) for name, part in sorted(parts.items())),
        Table(
            "dose-response",
            columns_with("attribute", "decider", "model", "level", "slope", "p_trend"),
            tuple(
                (
                    one.attribute,
                    one.method.decider,
                    one.method.model,
                    level,
                    one.slope.value,
                    one.trend,
                    *cells(point),
                )
                for one in found.doses
                for level, point in one.points
            ),
        ),
    )


def _dose_chart(found: Findings, name: str, part: Sequence[Dose]) -> Chart:
    lines = [
        series(
            label(found, one.method) or "chosen value",
            place(found, one.method),
            UNIT,
            UNIT,
            [
                (
                    level,
                    point.value,
                    point.interval.low if point.interval else None,
                    point.interval.high if point.interval else None,
                )
                for level, point in one.points
            ],
            f"slope {with_ends(one.slope)}, {p_words(one.trend)}, n {one.slope.n}",
        )
        for one in part
    ]
    summary = "; ".join(f"{line.name}: {line.note}" for line in lines)
    return chart(
        found.title(name),
        summary,
        UNIT,
        UNIT,
        ("wanted level", "chosen value"),
        lines,
        [diagonal(UNIT, UNIT)],
    )


def _leaks(found: Findings) -> list[Matrix]:
    return [
        _matrix(found, str(method), part)
        for method, part in grouped(found.leaks, lambda one: one.method).items()
        if any(one.steered != one.measured for one in part)
    ]


def _matrix(found: Findings, method: str, part: Sequence[Leak]) -> Matrix:
    steered = sorted({one.steered for one in part})
    others = sorted({one.measured for one in part} - set(steered))
    columns = (*[name for name in steered if any(one.measured == name for one in part)], *others)
    by_place = {(one.steered, one.measured): one for one in part}
    most = max((abs(one.change.value) for one in part), default=1.0) or 1.0
    return Matrix(
        "matrix",
        f"Leakage: {method}" if len({one.method for one in found.leaks}) > 1 else "Leakage",
        "How the chosen value of each attribute (columns) moves when one is steered up (rows). "
        "Outlined cells are the steered attribute itself. The larger the square, the larger the "
        "move; filled is up, hollow is down; bold numbers have an interval that excludes zero.",
        "steered",
        tuple(found.title(name) for name in columns),
        tuple(
            (
                found.title(row),
                tuple(_square(row, by_place.get((row, column)), most) for column in columns),
            )
            for row in steered
        ),
        Table(
            "leakage",
            columns_with("steered", "measured", "decider", "model", "against"),
            tuple(
                (
                    one.steered,
                    one.measured,
                    one.method.decider,
                    one.method.model,
                    one.against,
                    *cells(one.change),
                )
                for one in part
            ),
        ),
    )


def _square(row: str, leak: Leak | None, most: float) -> Square:
    if leak is None:
        return Square("", 0.0, positive=True, told=False, own=False, title="no items")
    change = leak.change
    ends = change.interval
    return Square(
        figure=number(change.value, signed=True),
        side=round(100 * (abs(change.value) / most) ** 0.5, 1),
        positive=change.value >= 0,
        told=ends is not None and (ends.low > 0 or ends.high < 0),
        own=row == leak.measured,
        title=f"{words(change, signed=True)} ({leak.against})",
    )
