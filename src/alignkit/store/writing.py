"""Writes into a store: runs, what was made for them, and what another run had made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, Insert, insert, select, text, update

from alignkit.errors import UnknownName
from alignkit.schema import Cell, Run
from alignkit.store.audit import Deed, log
from alignkit.store.kept import Kept
from alignkit.store.moments import moment, now
from alignkit.store.parts import Apart, packed, taken_apart
from alignkit.store.reading import holding, run_number
from alignkit.store.tables import cells, parts, records, results, reviews, runs
from alignkit.store.texts import (
    cell_digest,
    cell_text,
    first_hash,
    next_hash,
    result_digest,
    result_text,
    run_text,
    squeezed,
)

T = TypeVar("T")
_AT_ONCE = 500
"""Values in one statement."""
_ANY_MARK = re.compile("['\"]")
"""Where an error may begin to quote."""
_QUOTE = re.compile("(?<!\\w)'|\"")
"""The same in sentences of ours, where a sign inside a word is no quote: "the profile's 0.2"."""


@dataclass(frozen=True)
class Prepared:
    """A cell with its result as texts, made before the store is locked."""

    key: str
    decision: str
    usable: bool
    made: int
    cell: str
    result: str
    record: Apart | None
    body: bytes
    """The record's own text, compressed."""
    waits: bool
    """Whether a person is to decide."""
    by: str | None


@dataclass(frozen=True)
class _Entry:
    """What a chain takes in."""

    result: int
    key: str
    cell: str
    digest: bytes
    record_digest: bytes | None


def prepared(one: Kept, *, keep_prompts: bool) -> Prepared:
    """`one` as it is kept."""
    result, record = one.result, one.record if keep_prompts else None
    if not keep_prompts and result.reason is not None:
        failed = result.outcome == "failed"
        reason = without_quotes(result.reason, _ANY_MARK if failed else _QUOTE)
        result = result.model_copy(update={"reason": reason})
    apart = taken_apart(record) if record else None
    made = one.record.created if one.record else datetime.now(UTC)
    return Prepared(
        key=one.cell.key,
        decision=result.decision,
        usable=result.outcome != "failed",
        made=moment(made),
        cell=cell_text(one.cell),
        result=result_text(result),
        record=apart,
        body=squeezed(apart.text) if apart else b"",
        waits=result.outcome == "escalated",
        by=one.by,
    )


def without_quotes(reason: str, mark: re.Pattern[str]) -> str:
    """`reason` up to what it quotes, which may be a text of the model's or of the scenario's."""
    found = mark.search(reason)
    return f"{reason[: found.start()].rstrip()} ..." if found else reason


def start(connection: Connection, run: Run) -> None:
    """Begin `run` unless it was begun before."""
    body = run_text(run)
    row = {"id": run.id, "name": run.name, "body": body, "length": 0, "head": first_hash(body)}
    connection.execute(_unless_there(connection, insert(runs)), row)


def add(connection: Connection, run_id: str, made: Sequence[Prepared]) -> None:
    """Keep what was `made` for a run; what has a usable result already is linked to that."""
    number = _locked(connection, run_id)
    held = holding(connection, number, [one.key for one in made])
    wanted = {one.key: one for one in made if one.key not in held}
    known = _usable(connection, wanted)
    left = [one for key, one in wanted.items() if key not in known]
    stored = _stored(connection, [one.decision for one in left])
    new = [one for one in left if one.decision not in stored]
    numbers = _store_results(connection, new)
    _store_records(connection, [(numbers[one.key], one) for one in new if one.record])
    _queue(connection, [numbers[one.key] for one in new if one.waits])
    log(connection, [Deed(one.by, "decide", one.decision) for one in new if one.by is not None])
    fresh = {
        one.key: _Entry(
            numbers[one.key],
            one.key,
            one.cell,
            result_digest(one.key, one.decision, one.made, one.result),
            one.record.digest if one.record else None,
        )
        for one in new
    }
    entries = fresh | {key: _linked(found, wanted[key].cell) for key, found in known.items()}
    _append(connection, number, [entries[key] for key in wanted if key in entries])


def link(connection: Connection, run_id: str, wanted: Sequence[Cell]) -> None:
    """Make `wanted` part of a run, with results that are there."""
    number = _locked(connection, run_id)
    held = holding(connection, number, [cell.key for cell in wanted])
    missing = {cell.key: cell for cell in wanted if cell.key not in held}
    known = _usable(connection, missing)
    for key in missing:
        if key not in known:
            raise UnknownName("result", key, known)
    _append(
        connection, number, [_linked(known[key], cell_text(cell)) for key, cell in missing.items()]
    )


@dataclass(frozen=True)
class _Known:
    number: int
    key: str
    digest: bytes
    record_digest: bytes | None


def _linked(known: _Known, cell: str) -> _Entry:
    return _Entry(known.number, known.key, cell, known.digest, known.record_digest)


def _locked(connection: Connection, run_id: str) -> int:
    """The run's number; nobody else writes results until this transaction ends."""
    one_writer(connection)
    return run_number(connection, run_id)


def one_writer(connection: Connection) -> None:
    """Let no other transaction write results, records or parts until this one ends.

    In SQLite that is so from its beginning. Commits are grouped, so nobody waits long.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE results IN SHARE ROW EXCLUSIVE MODE"))


def _usable(connection: Connection, keys: Iterable[str]) -> dict[str, _Known]:
    """By key, the usable result that the store holds."""
    columns = (results.c.number, results.c.key, results.c.digest, results.c.record_digest)
    return {
        row.key: _Known(*row)
        for some in chunks(keys)
        for row in connection.execute(
            select(*columns).where(results.c.key.in_(some), text("usable = 1"))
        )
    }


def _stored(connection: Connection, decisions: Iterable[str]) -> set[str]:
    """Those of `decisions` that are there already, because this was added before."""
    return {
        found
        for some in chunks(decisions)
        for found in connection.execute(
            select(results.c.decision).where(results.c.decision.in_(some))
        ).scalars()
    }


def _store_results(connection: Connection, new: Sequence[Prepared]) -> dict[str, int]:
    """Numbers of the stored results, by key."""
    if not new:
        return {}
    rows = [
        {
            "key": one.key,
            "decision": one.decision,
            "usable": int(one.usable),
            "made": one.made,
            "body": one.result,
            "digest": result_digest(one.key, one.decision, one.made, one.result),
            "record_digest": one.record.digest if one.record else None,
        }
        for one in new
    ]
    found = connection.execute(insert(results).returning(results.c.key, results.c.number), rows)
    return {row.key: row.number for row in found}


def _store_records(connection: Connection, new: Sequence[tuple[int, Prepared]]) -> None:
    if not new:
        return
    texts: dict[bytes, str] = {}
    for _, one in new:
        texts.update(one.record.parts if one.record else {})
    numbers = _store_parts(connection, texts)
    rows = [
        {
            "result": number,
            "body": one.body,
            "parts": packed([numbers[name] for name in (one.record.parts if one.record else ())]),
        }
        for number, one in new
    ]
    connection.execute(insert(records), rows)


def _queue(connection: Connection, waiting: Sequence[int]) -> None:
    """Let the results with these numbers wait for a person."""
    if waiting:
        since = now()
        rows = [{"result": number, "since": since} for number in waiting]
        connection.execute(insert(reviews), rows)


def _store_parts(connection: Connection, texts: dict[bytes, str]) -> dict[bytes, int]:
    """Numbers of parts by name; those that are not there yet are stored."""
    found = _numbers(connection, texts)
    missing = sorted(name for name in texts if name not in found)
    if missing:
        rows = [{"sha256": name, "body": squeezed(texts[name])} for name in missing]
        connection.execute(_unless_there(connection, insert(parts)), rows)
        found |= _numbers(connection, missing)
    return found


def _numbers(connection: Connection, names: Iterable[bytes]) -> dict[bytes, int]:
    return {
        row.sha256: row.number
        for some in chunks(names)
        for row in connection.execute(
            select(parts.c.sha256, parts.c.number).where(parts.c.sha256.in_(some))
        )
    }


def _append(connection: Connection, number: int, entries: Sequence[_Entry]) -> None:
    """Put `entries` behind the last one of a run."""
    if not entries:
        return
    length, head = connection.execute(
        select(runs.c.length, runs.c.head).where(runs.c.number == number)
    ).one()
    rows = []
    for position, entry in enumerate(entries, start=length):
        digest = cell_digest(entry.key, entry.cell)
        head = next_hash(head, digest, entry.digest, entry.record_digest)
        rows.append(
            {
                "run": number,
                "position": position,
                "result": entry.result,
                "body": entry.cell,
                "digest": digest,
                "hash": head,
            }
        )
    connection.execute(insert(cells), rows)
    connection.execute(
        update(runs).where(runs.c.number == number).values(length=length + len(rows), head=head)
    )


def _unless_there(connection: Connection, statement: Insert) -> Insert:
    """`statement`, which passes over rows that are there already."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as of_dialect
    else:
        from sqlalchemy.dialects.sqlite import insert as of_dialect  # type: ignore[assignment]
    return of_dialect(statement.table).on_conflict_do_nothing()


def chunks(values: Iterable[T], size: int = _AT_ONCE) -> Iterable[list[T]]:
    """`values` in lists of at most `size`."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some
