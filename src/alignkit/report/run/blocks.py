"""What a section of a report is made of: plots, each with the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Value = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Numbers in full, for reading and for download."""

    name: str
    """In small letters with hyphens; the name of its file."""
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Link:
    """Where the decisions behind a figure are."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    """Percent of the axis, or pixels in a chart."""
    label: str


@dataclass(frozen=True)
class Dot:
    """One row of a dot plot. Positions are percent of the axis."""

    label: str
    note: str
    """Small words under the label."""
    at: float
    low: float | None
    """End of the interval, cut at the ends of the axis; None without one."""
    high: float | None
    chance: float | None
    constant: float | None
    wanted: float | None
    figure: str
    """The numbers in words."""
    series: int
    """Which colour and shape it has, 0 to 7."""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class DotGroup:
    """Rows under a heading."""

    title: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class DotPlot:
    """Means with intervals, one row each."""

    kind: Literal["dots"]
    title: str
    hint: str
    groups: tuple[DotGroup, ...]
    ticks: tuple[Tick, ...]
    zero: float | None
    """Where zero lies, in percent, if inside the axis."""
    names: tuple[tuple[int, str], ...]
    """Series and what they are called, where there are several."""
    table: Table

    @property
    def marks(self) -> frozenset[str]:
        """Which marks occur, for the legend."""
        dots = [dot for group in self.groups for dot in group.dots]
        found = {
            "interval": any(dot.low is not None for dot in dots),
            "chance": any(dot.chance is not None for dot in dots),
            "constant": any(dot.constant is not None for dot in dots),
            "wanted": any(dot.wanted is not None for dot in dots),
        }
        return frozenset(name for name, there in found.items() if there)


@dataclass(frozen=True)
class Spot:
    """A point in a chart. Pixels from the upper left corner of its square."""

    x: float
    y: float
    top: float
    """Of the interval; `y` where there is none."""
    bottom: float
    label: str = ""
    label_x: float = 0.0
    label_y: float = 0.0
    series: int = 0


@dataclass(frozen=True)
class Series:
    """A line through points."""

    name: str
    number: int
    """Which colour and shape it has, 0 to 7."""
    spots: tuple[Spot, ...]
    line: str
    """The points of its line, as SVG takes them."""
    band: str
    """The outline of the intervals; empty where there are none."""
    note: str = ""
    """What else is to be said in the legend."""


@dataclass(frozen=True)
class Chart:
    """A square with two axes."""

    title: str
    summary: str
    """What it shows, in words; also for those who cannot see it."""
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    series: tuple[Series, ...]
    lines: tuple[tuple[float, float, float, float], ...] = ()
    """Reference lines: from x, y to x, y."""
    bars: tuple[tuple[float, float, float, str], ...] = ()
    """Counts under a reliability diagram: left end, width, height in pixels, label."""
    connect: bool = True
    """Whether spots are joined by a line."""


@dataclass(frozen=True)
class Charts:
    """Several charts side by side, with one table behind them."""

    kind: Literal["charts"]
    title: str
    hint: str
    charts: tuple[Chart, ...]
    table: Table
    key: tuple[tuple[str, str], ...] = ()
    """Labels of spots and what they stand for."""


@dataclass(frozen=True)
class Square:
    """A cell of a matrix."""

    figure: str
    """Empty where there is no number."""
    side: float
    """Of the square drawn, percent of the largest."""
    positive: bool
    told: bool
    """Whether the interval excludes zero."""
    own: bool
    """Whether it is the effect on the steered attribute itself."""
    title: str


@dataclass(frozen=True)
class Matrix:
    """A table of signed numbers, drawn as squares."""

    kind: Literal["matrix"]
    title: str
    hint: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square, ...]], ...]
    table: Table


@dataclass(frozen=True)
class Bars:
    """Pairs of bars: shares of a group beside those of a method."""

    kind: Literal["bars"]
    title: str
    hint: str
    rows: tuple[tuple[str, float, float], ...]
    """Label, and both shares, 0 to 1."""
    names: tuple[str, str]
    table: Table


@dataclass(frozen=True)
class Plain:
    """A table on its own."""

    kind: Literal["table"]
    title: str
    hint: str
    table: Table


Block = DotPlot | Charts | Matrix | Bars | Plain


@dataclass(frozen=True)
class Section:
    """What a report says about one thing."""

    anchor: str
    title: str
    lead: str
    """What is shown, and how to read it."""
    blocks: tuple[Block, ...]


def columns_with(*names: str) -> tuple[str, ...]:
    """Column names, with those of a figure behind them."""
    return (*names, "value", "low", "high", "n", "groups", "chance", "best_constant")


def tables_of(sections: Sequence[Section]) -> list[tuple[str, Table]]:
    """Every table, with the title of its section."""
    return [(section.title, block.table) for section in sections for block in section.blocks]
