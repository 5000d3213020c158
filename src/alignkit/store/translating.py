"""Errors of the database libraries as ours: one line each, and never a password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from alignkit.errors import AlignkitError, CannotWrite, StoreBusy, StoreError

_FULL = "Free some space and run it again: what was stored before is kept."
_BUSY = "Wait for the other one to end, or use another store."
_CHECK = "Check the URL and that the server runs."
_CORRUPT = "Keep a copy, restore a backup or start another store with --store."


@contextmanager
def translated(url: URL) -> Iterator[None]:
    """Errors of the database `url` are raised as errors of ours.

    Raises:
        CannotWrite: the disk is full or the file cannot be written.
        StoreBusy: another process holds the store, or the server has no room.
        StoreError: the database is corrupted, cannot be reached, or refuses.
    """
    try:
        yield
    except DBAPIError as error:
        raise _ours(url, error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{shown(url)}: {_said(url, error)}") from error


def shown(url: URL) -> str:
    """`url` for people: a file's path, or an address without the password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return URL.create(
        url.drivername, url.username, None, url.host, url.port, url.database
    ).render_as_string()


def not_a_database(name: object) -> StoreError:
    """The file `name` is something else than a store."""
    return StoreError(
        f"{name}: is not a database, or its beginning is corrupted.",
        "Name another file with --store.",
    )


def _ours(url: URL, error: DBAPIError) -> AlignkitError:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(url, cause)
    state = str(getattr(cause, "sqlstate", None) or "")
    return _of_postgresql(url, state, _said(url, cause))


def _of_sqlite(  # noqa: PLR0911  one for every kind of trouble
    url: URL, cause: sqlite3.Error
) -> AlignkitError:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    name = shown(url)
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreBusy(f"{name}: another process is writing to the store.", _BUSY)
    if code == sqlite3.SQLITE_FULL:
        return CannotWrite(f"{name}: the disk is full.", _FULL)
    if code == sqlite3.SQLITE_NOTADB:
        return not_a_database(name)
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreError(f"{name}: the database file is corrupted or is none.", _CORRUPT)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}:
        return CannotWrite(f"{name}: the store cannot be written: {cause}.")
    if code == sqlite3.SQLITE_IOERR:
        return CannotWrite(f"{name}: the disk does not take or give data: {cause}.", _FULL)
    return StoreError(f"{name}: {cause}.")


def _of_postgresql(url: URL, state: str, said: str) -> AlignkitError:
    name, lower = shown(url), said.casefold()
    full, busy = f"{name}: the server's disk is full.", f"{name}: another process is writing to it."
    table: tuple[tuple[bool, AlignkitError], ...] = (
        (state == "53100", CannotWrite(full, _FULL)),
        (state in {"55P03", "40001", "40P01"}, StoreBusy(busy, _BUSY)),
        (
            state in {"53300", "57P03"} or "too many clients" in lower,
            StoreBusy(f"{name}: the server has no room for another connection.", _BUSY),
        ),
        (
            state in {"28P01", "28000"}
            or "authentication failed" in lower
            or "no password supplied" in lower
            or ("role" in lower and "does not exist" in lower),
            StoreError(f"{name}: the server does not accept this user or password.", _CHECK),
        ),
        (
            state == "3D000" or ("database" in lower and "does not exist" in lower),
            StoreError(f"{name}: there is no such database.", f"Run: createdb {url.database}"),
        ),
        (
            state in {"XX001", "XX002"},
            StoreError(f"{name}: the database is corrupted: {said}", _CORRUPT),
        ),
        (
            not state or state.startswith("08") or state == "57P01",
            StoreError(f"{name}: the server cannot be reached: {said}.", _CHECK),
        ),
    )
    fitting = (error for fits, error in table if fits)
    return next(fitting, StoreError(f"{name}: {said}"))


def _said(url: URL, error: object) -> str:
    """The first line of what the library says, without the password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[0] if lines else type(error).__name__
    secret = str(url.password or "")
    return said.replace(secret, "***") if secret else said
