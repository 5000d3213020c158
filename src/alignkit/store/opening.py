"""Opens a database for a store: the connection's settings, and the tables brought up to date."""

from __future__ import annotations

import sqlite3
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from alignkit.errors import CannotWrite, InvalidSetting, MissingExtra, StoreOutdated
from alignkit.store.store import Store

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_WAYS = "Write sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE."
_LOCK = 0x_A116_0001
"""Number of the lock under which PostgreSQL's tables are made, so that two don't make them."""
_SMALLEST = 512
"""Bytes that a database has at least: one page of the smallest size."""
_PAUSE = 0.02
"""Seconds until a lock is tried again."""


def open_store(url: str, *, keep_prompts: bool = True, patience: float = 10.0) -> Store:
    """The store at `url`, made if it is not there and brought up to date if it is older.

    What was added survives the end of the process at any moment, also by `kill -9`, and a loss of
    power as far as the disk tells the truth: SQLite has a write-ahead log and `synchronous` is
    FULL, which costs less than a millisecond a commit where NORMAL would lose the last commits.
    PostgreSQL keeps commits as its own settings say.

    Args:
        url: `sqlite:///FILE` or `postgresql+psycopg://USER@HOST/DATABASE`.
        keep_prompts: False keeps texts of scenarios, prompts and generations out of the store:
            cells and results are kept, records are not, and reasons lose what they quote.
        patience: seconds to wait for another process that is writing.

    Raises:
        InvalidSetting: `url` is no URL of either kind.
        MissingExtra: the database library is not installed.
        StoreOutdated: a newer version of ALIGN wrote it.
        StoreBusy: another process holds it.
        CannotWrite: there is no such folder, no space, no permission.
        StoreError: it is corrupted, is something else, cannot be reached, or refuses the password.
    """
    # Alembic takes seconds to load and is needed only where tables are to be made or changed.
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        raise MissingExtra("The library for databases", "store")
    from alignkit.store.translating import translated

    address = _address(url)
    _check_file(address)
    with translated(address):
        engine = _engine(address, patience)
        try:
            _bring_up_to_date(engine)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, keep_prompts=keep_prompts)


def _address(url: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InvalidSetting("The store's address is not a URL.", _WAYS) from error
    kind = address.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise InvalidSetting(f"A store cannot be kept in {kind!r}.", _WAYS)
    if kind == "postgresql":
        return address.set(drivername="postgresql+psycopg")
    if not address.database or address.database == ":memory:":
        raise InvalidSetting("A store needs a file: in memory nothing would be kept.", _WAYS)
    return address.set(drivername="sqlite+pysqlite")


def _check_file(address: URL) -> None:
    """Say in words what SQLite would say in a code.

    Nothing here may open the file. The system drops all locks that a process has on a file when the
    process closes it once, and those of a store that is open already would be gone: the next other
    process to close it would take itself for the last one and remove the write-ahead log.
    """
    if address.get_backend_name() != "sqlite":
        return
    from alignkit.store.translating import not_a_database

    path = Path(str(address.database))
    if path.is_dir():
        raise CannotWrite(f"{path}: is a folder.", "Name a file: sqlite:///FOLDER/align.db")
    if not path.parent.is_dir():
        raise CannotWrite(f"{path}: there is no folder {str(path.parent)!r}.", "Make it first.")
    if path.is_file() and 0 < path.stat().st_size < _SMALLEST:  # SQLite would take it for empty
        raise not_a_database(path)


def _engine(address: URL, patience: float) -> Engine:
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import NoSuchModuleError

    given: dict[str, object] = (
        {"timeout": patience, "check_same_thread": False}
        if address.get_backend_name() == "sqlite"
        else {
            "connect_timeout": max(2, round(patience)),
            "options": f"-c lock_timeout={round(patience * 1000)} -c timezone=UTC",
        }
    )
    try:
        engine = create_engine(
            address, connect_args=given, hide_parameters=True, pool_pre_ping=True
        )
    except (ImportError, NoSuchModuleError) as error:
        raise MissingExtra("The library for PostgreSQL", "postgres") from error
    if address.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _settle)
        event.listen(engine, "begin", _begin)
    return engine


def _settle(connection: object, _: object) -> None:
    """Settings of every SQLite connection."""
    assert isinstance(connection, sqlite3.Connection)  # noqa: S101  for the type checker
    connection.isolation_level = None  # transactions begin as `_begin` says
    for pragma in (
        "page_size = 8192",  # of a new file; long rows waste less of such pages
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite does not wait by itself while another one does it."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    """Take the write lock at the start of a writing transaction: later it could be refused."""
    options = connection.get_execution_options()
    if not options.get("alone"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")


def _bring_up_to_date(engine: Engine) -> None:
    from sqlalchemy import text

    from alignkit.store.migrations import VERSIONS

    with engine.connect() as connection:
        if _version(connection) == VERSIONS[-1]:
            return
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        found = _version(connection)
        if found is not None and found not in VERSIONS:
            raise StoreOutdated(
                f"The store was written by a newer version of ALIGN (its tables are of version "
                f"{found}, this one knows {VERSIONS[-1]}).",
                "Run: pip install --upgrade alignkit",
            )
        if found != VERSIONS[-1]:
            _migrate(connection)


def _version(connection: Connection) -> str | None:
    """The version of the tables; None where there are none yet."""
    from sqlalchemy import inspect, text

    from alignkit.store.migrations import VERSION_TABLE

    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "alignkit.store:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
