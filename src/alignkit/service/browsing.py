"""Runs of a store as somebody browses them: how far they are, what they hold, and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alignkit.errors import UsageError
from alignkit.library import Library
from alignkit.service.evidence.stored import stored, titles
from alignkit.store import Format, Store, Wanted

MOST_DRAWN = 50_000
"""Cells of a run whose figures are computed for a page."""
_SAMPLES = 20
_EACH = 50
FIELDS = ("dataset", "profile", "decider", "model", "outcome")
"""What cells are told apart by."""


def values_of(store: Store, run: str, cells: int) -> dict[str, list[str]]:
    """By field: the values that occur in samples from all over a run.

    Raises:
        UnknownName: there is no such run.
    """
    found: dict[str, set[str]] = {field: set() for field in FIELDS}
    starts = {cells * part // _SAMPLES for part in range(_SAMPLES)}
    for start in sorted(starts):
        for _, held in store.look(run, Wanted(), start, _EACH, _EACH).found:
            cell = held.cell
            found["dataset"].add(cell.dataset)
            found["profile"].add(cell.profile or "none")
            found["decider"].add(cell.decider)
            found["model"].add(cell.model)
            found["outcome"].add(held.result.outcome if held.result else "erased")
    return {field: sorted(values) for field, values in found.items()}


@dataclass(frozen=True)
class Drawn:
    """The figures of a run."""

    headline: str
    sections: Sequence[object]
    """Of a report: `alignkit.report.run.blocks.Section`."""
    lists: Sequence[object]
    """The lists of items that plots point to: `alignkit.report.run.items.ItemList`."""


def drawn(store: Store, run: str, library: Library) -> Drawn:
    """The report's figures of a run, for a page.

    Raises:
        UsageError: the run is too large to do it while somebody waits.
        DataError: it holds no decision.
    """
    from alignkit.report.run.findings import findings
    from alignkit.report.run.items import Items
    from alignkit.report.run.sections.every import sections_of
    from alignkit.report.run.verdicts import headline

    cells = store.run(run).cells
    if cells > MOST_DRAWN:
        raise UsageError(
            f"The run has {cells:,} cells; the page draws up to {MOST_DRAWN:,}.",
            f"Run: align report {run}",
        )
    found = stored(store, run)
    figures = findings(found.run, found.pairs, found.erased, titles(library))
    items = Items(found.pairs)
    return Drawn(headline(figures), sections_of(figures, items), items.lists)


def exported_file(store: Store, run: str, kind: str, folder: Path) -> Path:
    """A run as a file in `folder`, to be sent to a browser.

    Raises:
        UsageError: there is no such format.
        UnknownName: there is no such run.
    """
    from alignkit.service.keeping import exported

    formats: dict[str, Format] = {"csv": "csv", "jsonl": "jsonl"}
    if kind not in formats:
        raise UsageError(f"There is no format {kind!r}.", "There are: csv, jsonl.")
    path = folder / f"{store.run(run).id}.{kind}"
    exported(store, run, formats[kind], path)
    return path
