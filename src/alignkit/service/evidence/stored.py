"""A stored run, read for its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from alignkit.errors import AlignkitError, BadRecord, DataError, UnknownName
from alignkit.evaluate.metrics.pairs import Pair
from alignkit.library import Library
from alignkit.schema import Record, Review, Run
from alignkit.store import Store


@dataclass(frozen=True)
class Stored:
    """A run with its cells and what became of them."""

    run: Run
    pairs: list[Pair]
    erased: int
    """Decisions whose content was removed for good."""
    reviews: Mapping[str, Review] = field(default_factory=dict)
    """By decision: what people decided."""

    @property
    def formats(self) -> Mapping[str, str]:
        """By data set: the public format it was read from."""
        from alignkit.report.run.findings import formats_of

        return formats_of(self.run)


def stored(store: Store, name: str) -> Stored:
    """The run of this id, unique prefix, or name of the latest.

    Raises:
        UnknownName: there is none.
        DataError: it holds no decision.
        StoreError: the store cannot be read.
    """
    run = store.run(name)
    pairs: list[Pair] = []
    erased = 0
    for held in store.held(run.id):
        if held.result is None:
            erased += 1
        else:
            pairs.append((held.cell, held.result))
    if not pairs:
        raise DataError(f"The run {run.id} holds no decision.", f"Run: align run {run.name}")
    return Stored(run, pairs, erased, store.reviews.of_run(run.id))


def finder(store: Store) -> Callable[[str], Record | None]:
    """Gives the record of a decision, None where none was kept or it was erased."""

    def find(decision: str) -> Record | None:
        try:
            return store.record(decision)
        except (BadRecord, UnknownName):
            return None

    return find


def titles(library: Library) -> dict[str, str]:
    """Names of attributes for people; one that cannot be read keeps its own name."""
    found = {}
    for name in library.attributes:
        try:
            found[name] = library.attributes[name].title
        except AlignkitError:
            continue
    return found
