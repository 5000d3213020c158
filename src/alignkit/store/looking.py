"""Looks through what a run holds, a stretch at a time, so that a million cells hold up nobody."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from alignkit.store.kept import Held, Looked, Wanted
from alignkit.store.reading import held_of, select_held
from alignkit.store.tables import cells, results
from alignkit.store.texts import compact

PLAIN, ERASED = "none", "erased"


def cells_of(connection: Connection, number: int) -> int:
    """One more than the last position in a run."""
    query = select(func.max(cells.c.position)).where(cells.c.run == number)
    last = connection.execute(query).scalar()
    return 0 if last is None else int(last) + 1


def look(  # noqa: PLR0913, PLR0917  where, what, from where on, and how much
    connection: Connection, number: int, wanted: Wanted, start: int | None, most: int, stretch: int
) -> Looked:
    """At most `most` cells that are wanted, among the `stretch` positions from `start` on.

    The database narrows them down by their texts as they are stored; what it lets through is
    looked at again here, so that nothing is found by accident.
    """
    end = cells_of(connection, number)
    if wanted.newest_first:
        high = end - 1 if start is None else start
        low = max(high - stretch + 1, 0)
    else:
        low = 0 if start is None else start
        high = min(low + stretch - 1, end - 1)
    column = cells.c.position
    query = (
        select_held(number)
        .where(column.between(low, high), *_conditions(wanted))
        .order_by(column.desc() if wanted.newest_first else column)
        .limit(most)
    )
    rows = connection.execute(query).all()
    found = tuple((row.position, held_of(row)) for row in rows)
    kept = tuple((at, held) for at, held in found if _fits(held, wanted))
    whole = low if wanted.newest_first else high
    last = rows[-1].position if len(rows) == most else whole  # there may be more in the stretch
    following = last - 1 if wanted.newest_first else last + 1
    return Looked(kept, following if 0 <= following < end else None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the stored texts of wanted cells must hold."""
    found = []
    for name in ("dataset", "profile", "decider", "model"):
        value = getattr(wanted, name)
        if value:
            said = compact(None if name == "profile" and value == PLAIN else value)
            found.append(cells.c.body.contains(f'"{name}":{said}', autoescape=True))
    if wanted.outcome == ERASED:
        found.append(results.c.erased.is_not(None))
    elif wanted.outcome:
        said = f'"outcome":{compact(wanted.outcome)}'
        found.append(results.c.body.contains(said, autoescape=True))
    if wanted.text:
        # As it stands in JSON, where other letters than ASCII are written out.
        said = compact(wanted.text)[1:-1].lower()
        found.append(
            or_(
                func.lower(cells.c.body).contains(said, autoescape=True),
                func.lower(results.c.body).contains(said, autoescape=True),
                func.lower(results.c.decision).startswith(said, autoescape=True),
            )
        )
    return [and_(*found)] if found else []


def _fits(held: Held, wanted: Wanted) -> bool:
    cell, result = held.cell, held.result
    named = {
        "dataset": cell.dataset,
        "profile": cell.profile or PLAIN,
        "decider": cell.decider,
        "model": cell.model,
        "outcome": result.outcome if result else ERASED,
    }
    for field in fields(wanted):
        value: Any = getattr(wanted, field.name)
        if field.name in named and value and named[field.name] != value:
            return False
    if not wanted.text:
        return True
    texts = [cell.scenario]
    if result is not None:
        texts += [result.decision, result.choice or "", result.reason or ""]
    return any(wanted.text.casefold() in text.casefold() for text in texts)
