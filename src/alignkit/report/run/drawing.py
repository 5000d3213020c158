"""Where marks go: numbers in, positions out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.figure import Figure
from alignkit.report.run.blocks import Chart, Dot, Link, Series, Spot, Tick
from alignkit.report.run.numbers import number, words

SIDE = 280.0
"""Length of an axis of a chart in pixels."""
STRIP = 44.0
"""Height of the strip with counts under a reliability diagram."""
SERIES = 8
"""So many colours and shapes there are."""
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 25.0, 50.0)
_MOST_TICKS = 6
"""Steps between round numbers on an axis, at most."""
_NEAR = 15.0
"""Labels nearer to each other than this many pixels would touch."""
_REACH = (12.0, 22.0, 34.0, 48.0, 62.0)
_AROUND = ((1, 0), (0, -1), (-1, 0), (0, 1), (0.7, -0.7), (0.7, 0.7), (-0.7, -0.7), (-0.7, 0.7))


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Where `value` lies, 0 to 1; what is outside goes to the nearer end."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def percent(self, value: float | None) -> float | None:
        """The same in percent; None stays."""
        return None if value is None else round(100 * self.share(value), 2)

    def right(self, value: float) -> float:
        """Pixels from the left end of a chart."""
        return round(SIDE * self.share(value), 2)

    def down(self, value: float) -> float:
        """Pixels from the top of a chart."""
        return round(SIDE * (1 - self.share(value)), 2)

    @property
    def values(self) -> list[float]:
        """Round numbers on it."""
        span = self.high - self.low
        step = next((s for s in _STEPS if span / s <= _MOST_TICKS), span)
        first = -(-round(self.low / step, 6) // 1)
        count = int((self.high - first * step) / step + 1e-9) + 1
        return [round(first * step + n * step, 6) for n in range(count)]

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The same as marks in percent."""
        return tuple(Tick(round(100 * self.share(v), 2), _label(v)) for v in self.values)


UNIT = Axis(0.0, 1.0)


def fitting(values: Iterable[float], *, around: float | None = None) -> Axis:
    """An axis on which all of `values` lie, with round ends; `around` a value in its middle."""
    found = [value for value in values if value == value]  # noqa: PLR0124  not-a-number
    low, high = min(found, default=0.0), max(found, default=1.0)
    if around is not None:
        reach = max(abs(low - around), abs(high - around), 0.05)
        low, high = around - reach, around + reach
    span = max(high - low, 0.02)
    step = next((s for s in _STEPS if span / s < _MOST_TICKS), span)
    start = low / step // 1 * step
    end = -(-high / step // 1) * step
    return Axis(round(start, 6), round(max(end, start + step), 6))


def dot(  # noqa: PLR0913  a row has a name, a figure and what surrounds them
    axis: Axis,
    found: Figure,
    label: str,
    *,
    note: str = "",
    series: int = 0,
    signed: bool = False,
    wanted: float | None = None,
    links: tuple[Link, ...] = (),
) -> Dot:
    """A row of a dot plot for `found`."""
    ends = found.interval
    return Dot(
        label=label,
        note=note,
        at=axis.percent(found.value) or 0.0,
        low=axis.percent(ends.low) if ends else None,
        high=axis.percent(ends.high) if ends else None,
        chance=None if signed else axis.percent(found.chance),
        constant=None if signed else axis.percent(found.constant),
        wanted=axis.percent(wanted),
        figure=words(found, signed=signed),
        series=series % SERIES,
        links=links,
    )


def series(  # noqa: PLR0913, PLR0917  two axes and what is drawn on them
    name: str,
    position: int,
    x: Axis,
    y: Axis,
    points: Sequence[tuple[float, float, float | None, float | None]],
    note: str = "",
) -> Series:
    """A line through `points`: x, y, and the ends of the interval of y."""
    spots = tuple(
        Spot(
            x.right(at),
            y.down(value),
            y.down(value if high is None else high),
            y.down(value if low is None else low),
        )
        for at, value, low, high in points
    )
    line = " ".join(f"{spot.x},{spot.y}" for spot in spots)
    upper = [f"{spot.x},{spot.top}" for spot in spots]
    lower = [f"{spot.x},{spot.bottom}" for spot in reversed(spots)]
    banded = any(low is not None for *_, low, _ in points) and len(spots) > 1
    return Series(
        name, position % SERIES, spots, line, " ".join([*upper, *lower]) if banded else "", note
    )


def ticks(axis: Axis, *, down: bool = False) -> tuple[Tick, ...]:
    """Marks of a chart's axis, in pixels."""
    place = axis.down if down else axis.right
    return tuple(Tick(place(value), _label(value)) for value in axis.values)


def labelled(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """`spots` with places for their labels where they cover no other spot or label, if there are.

    Each goes to the nearest free place around its spot, in turn.
    """
    taken = [(spot.x, spot.y) for spot in spots]
    placed = []
    for spot in spots:
        free = _free(spot, taken)
        taken.append(free)
        placed.append(
            Spot(spot.x, spot.y, spot.top, spot.bottom, spot.label, free[0], free[1], spot.series)
        )
    return tuple(placed)


def _free(spot: Spot, taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    for reach in _REACH:
        for right, down in _AROUND:
            x, y = round(spot.x + right * reach, 2), round(spot.y + down * reach, 2)
            inside = 4 <= x <= SIDE - 4 and 6 <= y <= SIDE - 4  # noqa: PLR2004  half a label
            if inside and all(
                abs(x - a) + abs(y - b) >= _NEAR for a, b in taken if (a, b) != (spot.x, spot.y)
            ):
                return x, y
    return round(min(spot.x + _REACH[0], SIDE - 4), 2), spot.y


def diagonal(x: Axis, y: Axis) -> tuple[float, float, float, float]:
    """The line on which both axes have the same value, both running from 0 to 1."""
    return x.right(x.low), y.down(x.low), x.right(x.high), y.down(x.high)


def chart(  # noqa: PLR0913, PLR0917  two axes with names, and what is drawn on them
    title: str,
    summary: str,
    x: Axis,
    y: Axis,
    names: tuple[str, str],
    lines: Sequence[Series],
    references: Sequence[tuple[float, float, float, float]] = (),
    bars: Sequence[tuple[float, float, float, str]] = (),
    *,
    connect: bool = True,
) -> Chart:
    """A chart with `lines` on the axes `x` and `y`, which are called `names`."""
    return Chart(
        title,
        summary,
        *names,
        ticks(x),
        ticks(y, down=True),
        tuple(lines),
        tuple(references),
        tuple(bars),
        connect,
    )


def _label(value: float) -> str:
    return number(value, digits=2).rstrip("0").rstrip(".") if value else "0"
