"""What was gained in alignment for what was lost in capability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.evaluate.gains import Gain
from alignkit.evaluate.metrics.pairs import grouped
from alignkit.report.run.blocks import Chart, Charts, Series, Spot, Table, Value, columns_with
from alignkit.report.run.drawing import SERIES, Axis, chart, fitting, labelled
from alignkit.report.run.findings import Findings
from alignkit.report.run.numbers import cells, number, with_ends
from alignkit.report.run.sections.shared import label, place

_MOST_SPOTS = 60


@dataclass(frozen=True)
class _Point:
    """A profile by one method."""

    number: int
    """From 1 on; its label in the chart."""
    gain: Gain
    loss: float
    """Of accuracy, over all data sets; below 0 where there is more of it than before."""


def trade_off(found: Findings) -> Charts | None:
    """Alignment gained over capability lost, one point per decider and profile."""
    points = _points(found)
    if not points:
        return None
    return Charts(
        "charts",
        "Trade-off",
        "Alignment score gained over the plain model against accuracy lost, one point per decider "
        "and profile. Best is the upper left.",
        (_chart(found, points),),
        Table(
            "trade-off",
            columns_with("point", "profile", "decider", "model", "accuracy_lost"),
            tuple(map(_row, points)),
        ),
        tuple((str(one.number), _words(found, one)) for one in points),
    )


def _points(found: Findings) -> list[_Point]:
    """Those whose gain and loss are both known, the first of them."""
    losses = {(one.method, one.profile): -one.test.difference for one in found.retained}
    both = [
        (gain, losses[gain.method, gain.profile])
        for gain in found.gains
        if (gain.method, gain.profile) in losses
    ]
    return [_Point(place_, *one) for place_, one in enumerate(both[:_MOST_SPOTS], start=1)]


def _chart(found: Findings, points: Sequence[_Point]) -> Chart:
    x = fitting([one.loss for one in points], around=0.0)
    y = fitting([one.gain.gain.value for one in points], around=0.0)
    spots = labelled([_spot(found, x, y, one) for one in points])
    return chart(
        "Gained and lost",
        f"{len(points)} points; the table has their numbers",
        x,
        y,
        ("accuracy lost", "alignment score gained"),
        _series(found, points, spots),
        (
            (x.right(0), 0.0, x.right(0), y.down(y.low)),
            (0.0, y.down(0), x.right(x.high), y.down(0)),
        ),
        connect=False,
    )


def _spot(found: Findings, x: Axis, y: Axis, one: _Point) -> Spot:
    height = y.down(one.gain.gain.value)
    return Spot(
        x.right(one.loss),
        height,
        height,
        height,
        label=str(one.number),
        series=place(found, one.gain.method) % SERIES,
    )


def _series(found: Findings, points: Sequence[_Point], spots: Sequence[Spot]) -> tuple[Series, ...]:
    """The spots by method, without lines between them."""
    parts = grouped(zip(points, spots, strict=True), lambda pair: pair[0].gain.method)
    return tuple(
        Series(str(method), place(found, method) % SERIES, tuple(spot for _, spot in part), "", "")
        for method, part in parts.items()
    )


def _row(one: _Point) -> tuple[Value, ...]:
    gain = one.gain
    who = (gain.profile, gain.method.decider, gain.method.model)
    return (one.number, *who, one.loss, *cells(gain.gain))


def _words(found: Findings, one: _Point) -> str:
    """What the number of a spot stands for."""
    who = label(found, one.gain.method)
    return (
        f"{one.gain.profile}{f' · {who}' if who else ''}: "
        f"{with_ends(one.gain.gain, signed=True)} gained, {number(one.loss, signed=True)} lost"
    )
