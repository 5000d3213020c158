"""What sections have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from alignkit.evaluate.metrics.capability import Retention
from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import Method, grouped
from alignkit.report.run.blocks import DotGroup, Table, columns_with
from alignkit.report.run.drawing import UNIT, Axis, dot, fitting
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import Items
from alignkit.report.run.numbers import cells, p_words

NO_PROFILE = "no profile"
ALL_SETS = "all data sets"
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


class OnDataset(Protocol):
    """A line about a method under a profile on a data set."""

    @property
    def dataset(self) -> str: ...  # noqa: D102  they say what they are
    @property
    def method(self) -> Method: ...  # noqa: D102
    @property
    def profile(self) -> str | None: ...  # noqa: D102


L = TypeVar("L", bound=OnDataset)


def by_dataset(
    found: Findings, items: Items, lines: Sequence[L], figure: Callable[[L], Figure]
) -> tuple[DotGroup, ...]:
    """A group of rows for each data set, in order of their names: the `figure` of each line."""
    parts = grouped(lines, lambda one: one.dataset)
    return tuple(
        DotGroup(
            name,
            tuple(
                dot(
                    UNIT,
                    figure(one),
                    one.profile or NO_PROFILE,
                    note=label(found, one.method),
                    series=place(found, one.method),
                    links=items.links(one.method, profile=one.profile, dataset=name),
                )
                for one in part
            ),
        )
        for name, part in sorted(parts.items())
    )


def dataset_table(name: str, lines: Sequence[L], figure: Callable[[L], Figure]) -> Table:
    """The numbers that `by_dataset` draws, under `name`."""
    return Table(
        name,
        columns_with("dataset", "profile", "decider", "model"),
        tuple(
            (one.dataset, one.profile, one.method.decider, one.method.model, *cells(figure(one)))
            for one in lines
        ),
    )


def retention_words(one: Retention) -> str:
    """Whether capability is retained, with its p-value."""
    words = {
        "non-inferior": "retained",
        "inferior": "lost more than the margin",
        "undecided": "cannot tell",
    }
    return f"{words[one.test.verdict]}, {p_words(one.test.p_value)}"


def around_zero(figures: Sequence[Figure]) -> Axis:
    """An axis with zero in its middle that holds `figures` with their intervals."""
    ends = [end for one in figures if one.interval for end in (one.interval.low, one.interval.high)]
    return fitting([*(one.value for one in figures), *ends], around=0.0)


def from_zero(figures: Sequence[Figure]) -> Axis:
    """An axis from 0 that holds `figures` with their intervals and what they are held against."""
    ends = [one.interval.high for one in figures if one.interval]
    chances = [one.chance for one in figures if one.chance is not None]
    return fitting([0.0, *(one.value for one in figures), *ends, *chances])
