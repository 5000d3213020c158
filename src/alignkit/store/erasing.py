"""Removes the content of decisions for good, and leaves tombstones that still verify."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, text, update

from alignkit.errors import StoreBusy
from alignkit.store.audit import Deed, log
from alignkit.store.moments import moment, now
from alignkit.store.parts import unpacked
from alignkit.store.reading import decision_number, run_number
from alignkit.store.tables import cells, parts, records, results, reviews, writings
from alignkit.store.writing import chunks, one_writer

_PAGE = 5000


def numbers_of(connection: Connection, decisions: Iterable[str]) -> list[int]:
    """Numbers of the results of `decisions`, given by id or by how it begins."""
    return [decision_number(connection, decision) for decision in decisions]


def left_of(connection: Connection, numbers: Iterable[int]) -> int:
    """How many of these results are not erased yet."""
    return sum(
        connection.execute(
            select(func.count()).where(results.c.number.in_(some), results.c.erased.is_(None))
        ).scalar_one()
        for some in chunks(dict.fromkeys(numbers))
    )


def to_prune(connection: Connection, what: datetime | str) -> list[int]:
    """Numbers of the results made before a moment, or held by the run of this id and no other."""
    left = results.c.erased.is_(None)
    if isinstance(what, datetime):
        query = select(results.c.number).where(results.c.made < moment(what), left)
        return list(connection.execute(query).scalars())
    number = run_number(connection, what)
    other = cells.alias("other")
    shared = exists(
        select(1).where(other.c.result == cells.c.result, other.c.run != number).correlate(cells)
    )
    joined = cells.join(results, cells.c.result == results.c.number)
    query = select(cells.c.result).select_from(joined).where(cells.c.run == number, left, ~shared)
    return list(connection.execute(query).scalars())


def erase(connection: Connection, numbers: Sequence[int], by: str) -> int:
    """Remove results, their records and verdicts, and the parts that no record uses then."""
    one_writer(connection)  # nobody may begin to use a part while it is looked for below
    at, gone = now(), list[str]()
    loose: set[int] = set()
    for some in chunks(dict.fromkeys(numbers)):
        held = select(records.c.parts).where(records.c.result.in_(some))
        loose.update(n for data in connection.execute(held).scalars().all() for n in unpacked(data))
        connection.execute(delete(records).where(records.c.result.in_(some)))
        _erase_reviews(connection, some, at)
        erased = connection.execute(
            update(results)
            .where(results.c.number.in_(some), results.c.erased.is_(None))
            .values(body=None, usable=0, erased=at)
            .returning(results.c.decision)
        )
        gone += erased.scalars()
    _drop(connection, loose)
    log(connection, [Deed(by, "erase", decision) for decision in gone])
    return len(gone)


def _erase_reviews(connection: Connection, some: Sequence[int], at: int) -> None:
    """Remove what people decided on these results and noted; who did so when stays in the log."""
    these = reviews.c.result.in_(some)
    connection.execute(delete(reviews).where(these, reviews.c.decided.is_(None)))
    connection.execute(
        update(reviews).where(these, reviews.c.erased.is_(None)).values(body=None, erased=at)
    )


def _drop(connection: Connection, loose: set[int]) -> None:
    """Remove those of the parts `loose` that no record uses."""
    if not loose:
        return
    last = 0
    while rows := connection.execute(
        select(records.c.result, records.c.parts)
        .where(records.c.result > last)
        .order_by(records.c.result)
        .limit(_PAGE)
    ).all():
        for row in rows:
            loose.difference_update(unpacked(row.parts))
        last = rows[-1].result
        if not loose:
            return
    for some in chunks(sorted(loose)):
        connection.execute(delete(parts).where(parts.c.number.in_(some)))


def scrub(connection: Connection) -> None:
    """Remove what erased rows left in the database's files.

    SQLite writes the file anew and empties its log; PostgreSQL rewrites the tables (its own log
    and backups are for its administrator).
    """
    if connection.dialect.name == "postgresql":
        for table in (results, records, parts, reviews, writings):
            connection.execute(text(f"VACUUM (FULL) {table.name}"))
        return
    connection.execute(text("VACUUM"))
    busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
    if busy:
        raise StoreBusy(
            "All is erased, but the log beside the database's file still holds remains, as "
            "another process is reading the store.",
            "Run it again when the other one has ended.",
        )
