"""Texts that models wrote in conversations, each with all that led to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager

from pydantic import ValidationError
from sqlalchemy import Connection, func, insert, select, update

from alignkit.errors import BadRecord, UnknownName
from alignkit.schema import Writing
from alignkit.store.audit import Deed, log, one_logger
from alignkit.store.moments import moment, now
from alignkit.store.tables import writings
from alignkit.store.texts import broken, compact, squeezed, unsqueezed

Open = Callable[[], AbstractContextManager[Connection]]


class Writings:
    """The texts of a store that models wrote in conversations."""

    def __init__(self, reading: Open, writing: Open, *, keep_prompts: bool) -> None:
        """Use `Store.writings`."""
        self._reading = reading
        self._writing = writing
        self._keep_prompts = keep_prompts

    def add(self, made: Sequence[tuple[Writing, str]]) -> None:
        """Keep what was `made`, and log who asked for each; all or nothing."""
        rows = [
            {
                "id": one.id,
                "made": moment(one.created),
                "body": squeezed(compact(one.model_dump(mode="json")))
                if self._keep_prompts
                else None,
            }
            for one, _ in made
        ]
        with self._writing() as connection:
            one_logger(connection)
            connection.execute(insert(writings), rows)
            log(connection, [Deed(by, "write", one.id) for one, by in made])

    def one(self, name: str) -> Writing:
        """The text with this id.

        Raises:
            UnknownName: there is none.
            BadRecord: it was erased, or kept without its record.
        """
        with self._reading() as connection:
            row = connection.execute(select(writings).where(writings.c.id == name)).one_or_none()
        if row is None:
            raise UnknownName("text", name, ())
        if row.body is None:
            why = "was erased" if row.erased else "was kept without its record"
            raise BadRecord(f"The text {name!r} {why}.")
        try:
            return Writing.model_validate_json(unsqueezed(row.body))
        except ValidationError as error:
            raise broken() from error


def left_before(connection: Connection, when: int) -> int:
    """How many texts were written before a moment and are not erased."""
    query = select(func.count()).where(writings.c.made < when, writings.c.erased.is_(None))
    return int(connection.execute(query).scalar_one())


def erase_before(connection: Connection, when: int, by: str) -> int:
    """Remove what was written before a moment; ids stay. Gives their number."""
    left = (writings.c.made < when, writings.c.erased.is_(None))
    gone: Iterable[str] = connection.execute(
        update(writings).where(*left).values(body=None, erased=now()).returning(writings.c.id)
    ).scalars()
    deeds = [Deed(by, "erase", one) for one in gone]
    log(connection, deeds)
    return len(deeds)
