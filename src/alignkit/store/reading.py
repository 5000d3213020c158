"""Reads from a store: runs, what they hold, and single records.

Rows are fetched before they are looked at. A row that raises an error would leave the statement
open, and in SQLite the connection would go on seeing the store as it was then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, func, not_, or_, select, text

from alignkit.errors import BadRecord, UnknownName
from alignkit.schema import SCHEMA_VERSION, Outcome, Record, Result, Run
from alignkit.store.kept import Held, Tally
from alignkit.store.parts import part_text, put_together, unpacked
from alignkit.store.tables import cells, parts, records, results, reviews
from alignkit.store.tables import runs as table
from alignkit.store.texts import (
    beginning,
    broken,
    cell_from,
    parsed,
    result_from,
    review_from,
    run_from,
    unsqueezed,
)

_PAGE = 200
_AT_ONCE = 500
_NEAR = 5
"""Neighbours of an unknown id that may be meant."""


def runs(connection: Connection) -> list[Run]:
    """All runs, the oldest first."""
    bodies = connection.execute(select(table.c.body).order_by(table.c.number)).scalars().all()
    return sorted((run_from(body) for body in bodies), key=lambda run: run.created)


def run(connection: Connection, name: str) -> Run:
    """The run with this id, the latest of this name, or the only one whose id begins so."""
    found = runs(connection)
    for fitting in (
        [one for one in found if one.id == name],
        [one for one in found if one.name == name][-1:],
        [one for one in found if one.id.startswith(name)],
    ):
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            several = ", ".join(one.id for one in fitting[:_NEAR])
            raise UnknownName("run", name, [], f"Several begin so: {several}.")
    names = dict.fromkeys(word for one in found for word in (one.id, one.name))
    raise UnknownName("run", name, names, "`align runs` lists them.")


def run_number(connection: Connection, run_id: str) -> int:
    """The number of the run with this id."""
    number = connection.execute(select(table.c.number).where(table.c.id == run_id)).scalar()
    if number is None:
        known = connection.execute(select(table.c.id)).scalars()
        raise UnknownName("run", run_id, known, "`align runs` lists them.")
    return int(number)


def known(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that have a usable result."""
    left, found = iter(keys), set[str]()
    while some := list(islice(left, _AT_ONCE)):
        query = select(results.c.key).where(results.c.key.in_(some), text("usable = 1"))
        found.update(connection.execute(query).scalars())
    return found


def erased(connection: Connection, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that have an erased result and no usable one."""
    left, found = iter(keys), set[str]()
    while some := list(islice(left, _AT_ONCE)):
        gone = and_(text("usable = 0"), results.c.erased.is_not(None))
        query = select(results.c.key).where(results.c.key.in_(some), gone)
        tombs = set(connection.execute(query).scalars())
        found |= tombs - known(connection, tombs)
    return found


_HELD = or_(results.c.usable == 1, results.c.erased.is_not(None))
"""A result that need not be made again."""


def done(connection: Connection, run_id: str) -> set[str]:
    """Keys of the cells that a run holds, other than those that failed."""
    number = run_number(connection, run_id)
    joined = cells.join(results, cells.c.result == results.c.number)
    query = select(results.c.key).select_from(joined).where(cells.c.run == number, _HELD)
    return set(connection.execute(query).scalars())


def holding(connection: Connection, number: int, keys: Iterable[str]) -> set[str]:
    """Those of `keys` that a run holds with a usable result."""
    left, found = iter(keys), set[str]()
    joined = cells.join(results, cells.c.result == results.c.number)
    while some := list(islice(left, _AT_ONCE)):
        query = (
            select(results.c.key)
            .select_from(joined)
            .where(results.c.key.in_(some), text("usable = 1"), cells.c.run == number)
        )
        found.update(connection.execute(query).scalars())
    return found


@cache  # as one for each page would pile up until it is collected
def superseded() -> Any:  # noqa: ANN401  a condition
    """Whether the same run holds a later try of a cell that failed or was erased."""
    later, tried = cells.alias("later"), results.alias("tried")

    def behind(usable: int) -> Any:  # noqa: ANN401  a condition
        # Written out, so that the database sees which of the two indexes serves.
        return exists(
            select(1)
            .select_from(tried.join(later, later.c.result == tried.c.number))
            .where(
                tried.c.key == results.c.key,
                text(f"tried.usable = {usable}"),
                later.c.run == cells.c.run,
                later.c.position > cells.c.position,
            )
            .correlate(cells, results)
        )

    return and_(results.c.usable == 0, or_(behind(0), behind(1)))


def tallies(connection: Connection) -> list[Tally]:
    """All runs and how far they are, the oldest first."""
    joined = cells.join(results, cells.c.result == results.c.number)
    erased, usable = results.c.erased.is_not(None), results.c.usable == 1
    query = (
        select(
            cells.c.run,
            func.sum(case((usable, 1), else_=0)),
            func.sum(case((or_(usable, erased), 0), else_=1)),
            func.sum(case((erased, 1), else_=0)),
        )
        .select_from(joined)
        .where(not_(superseded()))
        .group_by(cells.c.run)
    )
    counted = {row[0]: row[1:] for row in connection.execute(query)}
    rows = connection.execute(select(table.c.number, table.c.body)).all()
    found = [Tally(run_from(body), *map(int, counted.get(at, (0, 0, 0)))) for at, body in rows]
    return sorted(found, key=lambda tally: tally.run.created)


def held_after(
    connection: Connection,
    number: int,
    last: int,
    limit: int | None = None,
    outcome: Outcome | None = None,
) -> Sequence[tuple[int, Held]]:
    """The next cells of a run behind the position `last`, with their positions."""
    query = (
        select_held(number)
        .where(cells.c.position > last)
        .order_by(cells.c.position)
        .limit(_PAGE if limit is None else limit)
    )
    if outcome is not None:
        query = query.where(results.c.body.startswith(beginning(outcome)))
    return [(row.position, held_of(row)) for row in connection.execute(query).all()]


def select_held(number: int) -> Select[Any]:
    """The cells of a run with what became of them, as rows for `held_of`, with their positions."""
    return (
        select(
            cells.c.position,
            cells.c.body.label("cell"),
            results.c.key,
            results.c.decision,
            results.c.body,
            results.c.erased,
        )
        .select_from(cells.join(results, cells.c.result == results.c.number))
        .where(cells.c.run == number, not_(superseded()))
    )


def held_of(row: Any) -> Held:  # noqa: ANN401  a row
    """The cell in a row of cells joined with results, and what became of it."""
    cell = cell_from(row.cell, row.key)
    if row.erased is not None:
        return Held(cell, None)
    if row.body is None:
        raise broken()
    return Held(cell, result_from(row.body, row.key, row.decision))


def decision_number(connection: Connection, decision: str) -> int:
    """The number of the result whose decision is or begins with `decision`."""
    column, after = results.c.decision, decision + "\U0010ffff"
    query = select(results.c.number, column).order_by(column).limit(_NEAR)
    found = connection.execute(query.where(column >= decision, column < after)).all()
    exact = [row.number for row in found if row.decision == decision]
    if exact or (len(found) == 1 and decision):
        return int((exact or [found[0].number])[0])
    if found and decision:
        several = ", ".join(row.decision for row in found)
        raise UnknownName("decision", decision, [], f"Several begin so: {several}.")
    near = [
        row.decision
        for side in (
            query.where(column > decision),
            query.where(column < decision).order_by(None).order_by(column.desc()),
        )
        for row in connection.execute(side)
    ]
    raise UnknownName("decision", decision, near)


def result(connection: Connection, decision: str) -> Result:
    """What became of a decision."""
    number = decision_number(connection, decision)
    row = connection.execute(select(results).where(results.c.number == number)).one()
    if row.erased is not None or row.body is None:
        raise BadRecord(f"Decision {row.decision!r} was erased.")
    return result_from(row.body, row.key, row.decision)


def record(connection: Connection, decision: str) -> Record:
    """The record of a decision."""
    number = decision_number(connection, decision)
    row = connection.execute(
        select(results.c.decision, results.c.erased, records.c.body, records.c.parts)
        .select_from(results.outerjoin(records, records.c.result == results.c.number))
        .where(results.c.number == number)
    ).one()
    if row.erased is not None:
        raise BadRecord(f"The record of decision {row.decision!r} was erased.")
    if row.body is None:
        raise BadRecord(
            f"Decision {row.decision!r} was kept without its record.",
            "Records are kept unless the store is told to keep no prompts.",
        )
    own = unsqueezed(row.body)
    if int(parsed(own).get("schema_version", 0)) > SCHEMA_VERSION:
        raise BadRecord(
            f"The record of decision {row.decision!r} was written by a newer version.",
            "Run: pip install --upgrade alignkit",
        )
    found = put_together(own, _texts(connection, unpacked(row.parts)))
    verdict = connection.execute(select(reviews.c.body).where(reviews.c.result == number)).scalar()
    return found if verdict is None else found.model_copy(update={"review": review_from(verdict)})


def _texts(connection: Connection, numbers: Sequence[int]) -> list[str]:
    """The texts of parts, in the order of their `numbers`."""
    query = select(parts).where(parts.c.number.in_(numbers))
    rows = connection.execute(query).all()
    found = {row.number: part_text(row.body, row.sha256) for row in rows}
    try:
        return [found[number] for number in numbers]
    except KeyError as error:
        raise broken() from error
