"""Verifies a run: every hash is computed anew, and what does not fit is named.

The chain begins with the hash of the run itself; each entry's hash is taken of the hash before it
and of the digests of its cell, its result and its record. A record's digest is taken of its own
text and of the names of its parts, which are their hashes. An erased result keeps its digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from alignkit.errors import StoreError
from alignkit.store.kept import Checked
from alignkit.store.links import Link, broken_links
from alignkit.store.parts import part_text, record_digest, unpacked
from alignkit.store.tables import cells, parts, records, results, runs
from alignkit.store.texts import (
    cell_digest,
    first_hash,
    parsed,
    result_digest,
    run_from,
    unsqueezed,
)

_PAGE = 500
_MOST = 100
"""Sentences about one run; more would not be read."""


def check(connection: Connection, run_id: str) -> Checked:
    """Whether the run is still what was stored."""
    from alignkit.store.reading import run_number

    number = run_number(connection, run_id)
    row = connection.execute(select(runs).where(runs.c.number == number)).one()
    check = _Check(connection, number)
    first = first_hash(row.body)
    problems = [*_of_run(row), *check.contents(), *broken_links(check.links, row, first)]
    if len(problems) > _MOST:
        problems = [*problems[:_MOST], f"And {len(problems) - _MOST} more."]
    return Checked(run_id, check.entries, check.erased, row.head.hex(), tuple(problems))


def strays(connection: Connection) -> list[str]:
    """Entries whose run is gone, and records whose result is gone."""
    orphans = (
        (
            select(cells.c.run).outerjoin(runs, cells.c.run == runs.c.number),
            runs,
            "Cells are left of a run",
        ),
        (
            select(records.c.result).outerjoin(results, records.c.result == results.c.number),
            results,
            "A record is left of a result",
        ),
    )
    return [
        f"{what} that was removed (number {number})."
        for query, owner, what in orphans
        for number in connection.execute(
            query.where(owner.c.number.is_(None)).distinct().limit(_MOST)
        ).scalars()
    ]


def _of_run(row: Any) -> list[str]:  # noqa: ANN401  a row
    """What the run's own columns say otherwise than its text."""
    try:
        run = run_from(row.body)
    except StoreError:
        return ["The run's own text was changed: it cannot be read."]
    return ["The run's id or name was changed."] if (run.id, run.name) != (row.id, row.name) else []


class _Check:
    """One pass over the entries of a run."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.entries = self.erased = 0
        self._connection = connection
        self._number = number
        self._good: set[int] = set()
        """Parts that still hash to their names."""
        self._bad: set[int] = set()
        self._names: dict[int, bytes] = {}

    def links(self) -> Iterator[Link]:
        """The chain as it stands, in its order."""
        query = (
            select(
                cells.c.position,
                cells.c.digest,
                cells.c.hash,
                results.c.digest.label("result"),
                results.c.record_digest.label("record"),
            )
            .select_from(cells.outerjoin(results, cells.c.result == results.c.number))
            .where(cells.c.run == self._number)
        )
        for row in _paged(self._connection, query):
            yield Link(row.position, row.hash, row.digest, row.result, row.record)

    def contents(self) -> Iterator[str]:
        """What no longer fits its digest."""
        query = (
            select(
                cells.c.position,
                cells.c.body.label("cell"),
                cells.c.digest.label("cell_digest"),
                results,
                records.c.body.label("record"),
                records.c.parts,
            )
            .select_from(
                cells.outerjoin(results, cells.c.result == results.c.number).outerjoin(
                    records, records.c.result == results.c.number
                )
            )
            .where(cells.c.run == self._number)
        )
        for row in _paged(self._connection, query):
            self.entries += 1
            yield from self._of_entry(row)

    def _of_entry(self, row: Any) -> Iterator[str]:  # noqa: ANN401  a row
        at = f"Entry {row.position}"
        if row.number is None:
            yield f"{at}: its result is missing."
            return
        name = f"{at} (decision {row.decision})"
        if cell_digest(row.key, row.cell) != row.cell_digest:
            yield f"{name}: its cell was changed."
        if row.erased is not None:
            self.erased += 1
            if row.body is not None or row.record is not None or row.usable:
                yield f"{name}: is marked as erased but has content."
            return
        if row.body is None:
            yield f"{name}: its result is missing."
        elif result_digest(row.key, row.decision, row.made, row.body) != row.digest:
            yield f"{name}: its result was changed."
        elif bool(row.usable) != _is_usable(row.body):
            yield f"{name}: whether its result is usable was changed."
        yield from self._of_record(row, name)

    def _of_record(self, row: Any, name: str) -> Iterator[str]:  # noqa: ANN401  a row
        if row.record is None:
            if row.record_digest is not None:
                yield f"{name}: its record is missing."
            return
        numbers = unpacked(row.parts)
        self._look_at(numbers)
        bad = [number for number in numbers if number in self._bad]
        for number in bad:
            yield f"{name}: a text of its record (part {number}) was changed."
        missing = [number for number in numbers if number not in self._names]
        for number in missing:
            yield f"{name}: a text of its record (part {number}) is missing."
        if missing:
            return
        try:
            digest = record_digest(unsqueezed(row.record), [self._names[n] for n in numbers])
        except StoreError:
            digest = b""
        if digest != row.record_digest and not bad:
            yield f"{name}: its record was changed."

    def _look_at(self, numbers: Any) -> None:  # noqa: ANN401  a sequence of int
        """Hash those parts that were not seen before."""
        new = sorted({n for n in numbers if n not in self._names})
        if not new:
            return
        for row in self._connection.execute(select(parts).where(parts.c.number.in_(new))).all():
            self._names[row.number] = row.sha256
            try:
                part_text(row.body, row.sha256)
            except StoreError:
                self._bad.add(row.number)


def _is_usable(body: str) -> bool:
    try:
        return bool(parsed(body).get("outcome") != "failed")
    except StoreError:
        return False


def _paged(connection: Connection, query: Any) -> Iterator[Any]:  # noqa: ANN401  rows
    """Rows of `query` in the order of their positions, a page at a time."""
    last = -(2**62)
    while True:
        page = connection.execute(
            query.where(cells.c.position > last).order_by(cells.c.position).limit(_PAGE)
        ).all()
        if not page:
            return
        yield from page
        last = page[-1].position
