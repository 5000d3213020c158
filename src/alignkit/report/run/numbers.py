"""Figures in words and as rows of tables."""

from __future__ import annotations

from alignkit.evaluate.metrics.figure import Figure
from alignkit.report.run.blocks import Value
from alignkit.stats.intervals import Interval

_TINY = 0.001


def number(value: float | None, *, signed: bool = False, digits: int = 2) -> str:
    """A number as people read it, with a true minus sign; a dash where there is none."""
    if value is None or value != value:  # noqa: PLR0124  not-a-number
        return "\N{EN DASH}"
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else f"{0:.{digits}f}"


def ends(interval: Interval | None, *, digits: int = 2) -> str:
    """An interval in brackets; empty where there is none."""
    if interval is None:
        return ""
    return f"[{number(interval.low, digits=digits)}, {number(interval.high, digits=digits)}]"


def with_ends(found: Figure, *, signed: bool = False, digits: int = 2) -> str:
    """A figure with its interval: "0.71 [0.62, 0.79]"."""
    value = number(found.value, signed=signed, digits=digits)
    return f"{value} {ends(found.interval, digits=digits)}".rstrip()


def counts(found: Figure) -> str:
    """What a figure rests on: "n 40, 20 groups"."""
    if found.groups == found.n:
        return f"n {found.n:,}"
    return f"n {found.n:,}, {found.groups:,} group{'s' * (found.groups != 1)}"


def beside(found: Figure) -> str:
    """What a figure is to be held against: "chance 0.50, best constant 0.62"."""
    parts = [
        f"{name} {number(value)}"
        for name, value in (("chance", found.chance), ("best constant", found.constant))
        if value is not None
    ]
    return ", ".join(parts)


def words(found: Figure, *, signed: bool = False) -> str:
    """A figure with all that belongs to it."""
    against = beside(found)
    return f"{with_ends(found, signed=signed)} · {counts(found)}" + (
        f" · {against}" * bool(against)
    )


def p_words(p_value: float) -> str:
    """A p-value: "p = 0.012", "p < 0.001"."""
    return "p < 0.001" if p_value < _TINY else f"p = {p_value:.3f}"


def cells(found: Figure | None) -> tuple[Value, ...]:
    """A figure as the columns of `columns_with`."""
    if found is None:
        return (None,) * 7
    low = found.interval.low if found.interval else None
    high = found.interval.high if found.interval else None
    return (found.value, low, high, found.n, found.groups, found.chance, found.constant)


def level_words(level: float | None) -> str:
    """A wanted level: "high", "low", or the number."""
    if level is None:
        return ""
    return {1.0: "high", 0.0: "low"}.get(level, f"{level:g}")
