"""Which cells are left to decide: those that a store has no result for. The one rule for this."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from alignkit.evaluate.matrix import Part, Planned
from alignkit.store import Store

_KEYS = 500
"""Cells that a store is asked about together."""


@dataclass(frozen=True)
class Standing:
    """Which of some cells, by key, need not be made."""

    known: set[str]
    """Those that have a result, whichever run made it; one that failed is none."""
    erased: set[str]
    """Those whose result was erased and that are not made again."""


@dataclass(frozen=True)
class Stock:
    """How many cells need not be made."""

    known: int = 0
    """Cells with a result."""
    erased: int = 0
    """Cells that are not decided again, as their result was erased."""

    def __add__(self, other: Stock) -> Stock:
        """Both together."""
        return Stock(self.known + other.known, self.erased + other.erased)

    @property
    def cells(self) -> int:
        """All of them."""
        return self.known + self.erased


def standing(store: Store, keys: Sequence[str], *, remaking: bool = False) -> Standing:
    """Which of `keys` need not be made; with `remaking`, what was erased is made again."""
    known = store.known(keys)
    left = [key for key in keys if key not in known]
    return Standing(known, store.erased(left) if left and not remaking else set())


def stocks(
    cells: Iterable[Planned], store: Store, *, remaking: bool = False
) -> Mapping[Part, Stock]:
    """By data set, decider and model: how many of `cells` need not be made."""
    found: dict[Part, Stock] = defaultdict(Stock)
    for some, held in _asked(cells, store, remaking=remaking):
        for one in some:
            key = one.cell.key
            found[one.part] += Stock(int(key in held.known), int(key in held.erased))
    return found


def left(cells: Iterable[Planned], store: Store, *, remaking: bool = False) -> Iterator[Planned]:
    """Those of `cells` that are to be made, in their order."""
    for some, held in _asked(cells, store, remaking=remaking):
        done = held.known | held.erased
        yield from (one for one in some if one.cell.key not in done)


def _asked(
    cells: Iterable[Planned], store: Store, *, remaking: bool
) -> Iterator[tuple[list[Planned], Standing]]:
    """The cells in their order, some at a time, with what the store holds of them."""
    rest = iter(cells)
    while some := list(islice(rest, _KEYS)):
        yield some, standing(store, [one.cell.key for one in some], remaking=remaking)
