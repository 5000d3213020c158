"""What sections have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import Method
from alignkit.report.run.drawing import Axis, fitting
from alignkit.report.run.findings import Findings

NO_PROFILE = "no profile"
FEWEST_FOR_CURVES = 10
"""Curves through fewer decisions say nothing."""


def methods(found: Findings) -> list[Method]:
    """All methods of the run; the place of each is its colour and shape."""
    return [one.method for one in found.costs]


def names(found: Findings, shown: Iterable[Method]) -> tuple[tuple[int, str], ...]:
    """The legend of those that are shown, where the run has several."""
    everyone = methods(found)
    here = set(shown)
    if len(everyone) == 1:
        return ()
    return tuple((n % 8, str(one)) for n, one in enumerate(everyone) if one in here)


def label(found: Findings, method: Method) -> str:
    """What to call `method` in a row: nothing where the run has no other."""
    return str(method) if len(methods(found)) > 1 else ""


def place(found: Findings, method: Method) -> int:
    """Colour and shape of `method`."""
    return methods(found).index(method)


def around_zero(figures: Sequence[Figure]) -> Axis:
    """An axis with zero in its middle that holds `figures` with their intervals."""
    ends = [end for one in figures if one.interval for end in (one.interval.low, one.interval.high)]
    return fitting([*(one.value for one in figures), *ends], around=0.0)


def from_zero(figures: Sequence[Figure]) -> Axis:
    """An axis from 0 that holds `figures` with their intervals and what they are held against."""
    ends = [one.interval.high for one in figures if one.interval]
    chances = [one.chance for one in figures if one.chance is not None]
    return fitting([0.0, *(one.value for one in figures), *ends, *chances])
