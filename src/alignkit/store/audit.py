"""The audit log: who did what when, in a chain of hashes of its own.

Each entry's hash is taken of the one before it and of all that the entry says. A verdict's digest
stands in it; so a changed verdict is seen, and an erased one leaves a tombstone that still fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, text

from alignkit.store.moments import now, when
from alignkit.store.people import Action, Entry, Logged
from alignkit.store.tables import audit, results, reviews
from alignkit.store.texts import digest_of, review_digest

Open = Callable[[], AbstractContextManager[Connection]]
_PAGE = 500
_MOST = 100
_FIRST = digest_of("audit")


@dataclass(frozen=True)
class Deed:
    """What is to be logged."""

    who: str
    action: Action
    what: str
    digest: bytes | None = None


class Log:
    """The audit log of a store."""

    def __init__(self, reading: Open, writing: Open) -> None:
        """Use `Store.log`."""
        self._reading = reading
        self._writing = writing

    def add(self, who: str, action: Action, what: str) -> None:
        """Log that `who` did something just now."""
        with self._writing() as connection:
            log(connection, [Deed(who, action, what)])

    def entries(self, before: int | None = None, limit: int = 100) -> list[Entry]:
        """At most `limit` entries, the latest first; those before the number `before`."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [Entry(row.number, when(row.at), row.who, row.action, row.what) for row in rows]

    def check(self) -> Logged:
        """Whether the log and the verdicts are still what was stored."""
        with self._reading() as connection:
            return _check(connection)


def log(connection: Connection, deeds: Sequence[Deed]) -> None:
    """Put `deeds` behind the last entry."""
    if not deeds:
        return
    one_logger(connection)
    last = select(audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    head, at, rows = connection.execute(last).scalar() or _FIRST, now(), []
    for deed in deeds:
        head = _hash(head, at, deed)
        rows.append(
            {
                "at": at,
                "who": deed.who,
                "action": deed.action,
                "what": deed.what,
                "digest": deed.digest,
                "hash": head,
            }
        )
    connection.execute(insert(audit), rows)


def one_logger(connection: Connection) -> None:
    """Let no other transaction log anything until this one ends; in SQLite that is so anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))


def _hash(before: bytes, at: int, deed: Deed) -> bytes:
    return digest_of("entry", before, str(at), deed.who, deed.action, deed.what, deed.digest or b"")


def _check(connection: Connection) -> Logged:
    head, count, problems = _FIRST, 0, list[str]()
    verdicts: dict[str, bytes] = {}
    for row in _rows(connection):
        count += 1
        deed = Deed(row.who, row.action, row.what, row.digest)
        if _hash(head, row.at, deed) != row.hash:
            problems.append(f"Audit log: entry {row.number} was changed, or one before it is gone.")
        head = row.hash
        if row.digest is not None:
            verdicts[row.what] = row.digest
    problems += _changed_verdicts(connection, verdicts)
    return Logged(count, head.hex(), tuple(problems[:_MOST]))


def _rows(connection: Connection) -> Iterator[Any]:
    last = 0
    while True:
        query = select(audit).where(audit.c.number > last).order_by(audit.c.number).limit(_PAGE)
        page = connection.execute(query).all()
        if not page:
            return
        yield from page
        last = page[-1].number


def _changed_verdicts(connection: Connection, logged: dict[str, bytes]) -> Iterator[str]:
    """What stands in verdicts otherwise than in the log."""
    left = dict(logged)
    query = (
        select(reviews, results.c.decision)
        .select_from(reviews.join(results, reviews.c.result == results.c.number))
        .where(reviews.c.decided.is_not(None))
        .order_by(reviews.c.result)
    )
    for row in connection.execute(query).all():
        known = left.pop(row.decision, None)
        fits = row.erased is not None or (
            row.body is not None and review_digest(row.decision, row.body) == known
        )
        if row.digest != known or not fits:
            yield f"Decision {row.decision}: the verdict on it was changed."
    for decision in left:
        yield f"Decision {decision}: the verdict on it is missing."
