"""Rows that ask the same and know different things of the choices: one scenario of them all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from alignkit.datasets.reading import Placed
from alignkit.errors import DatasetFormat

Row = TypeVar("Row")
Values = Sequence[Mapping[str, float]]
"""Of each choice: its value of each attribute."""


@dataclass(frozen=True)
class Merged(Generic[Row]):
    """The first of the rows that ask the same, and what all of them say of the choices."""

    first: Row
    values: tuple[dict[str, float], ...]


def merged(
    rows: Placed[Row], asked: Callable[[Row], Hashable], values: Callable[[Row], Values]
) -> Iterator[tuple[str, Merged[Row] | DatasetFormat]]:
    """The errors among `rows`, then what they ask, in the places and the order of their first ones.

    A row that contradicts an earlier one is an error; the first holds.

    Args:
        rows: with their places.
        asked: what makes two rows the same question; with it the number of choices is the same.
        values: what a row says of each choice.
    """
    found: dict[Hashable, tuple[str, Merged[Row]]] = {}
    for place, row in rows:
        if isinstance(row, DatasetFormat):
            yield place, row
            continue
        said = values(row)
        new = place, Merged(row, tuple({} for _ in said))
        _, one = found.setdefault(asked(row), new)
        against = _contradicted(one.values, said)
        if against is not None:
            told = f"{place}: its values of {against!r} contradict those of an earlier row."
            yield place, DatasetFormat(told)
            continue
        for known, added in zip(one.values, said, strict=True):
            known.update(added)
    yield from found.values()


def _contradicted(values: Values, said: Values) -> str | None:
    """An attribute of which `said` gives another value than `values`."""
    for known, added in zip(values, said, strict=True):
        for name in known.keys() & added.keys():
            if known[name] != added[name]:
                return name
    return None
