"""What can go wrong with a database: one clear line each, and nothing that was stored is lost."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from alignkit.errors import (
    AlignkitError,
    CannotWrite,
    InvalidSetting,
    MissingExtra,
    StoreBusy,
    StoreError,
    StoreOutdated,
)
from alignkit.store import Kept, Store, open_store

from .conftest import Sql, a_run

SECRET = "s3cret-w0rd"  # noqa: S105  of nobody


def _many(three: list[Kept], count: int) -> list[Kept]:
    one = three[0]
    return [
        Kept(
            one.cell.model_copy(update={"key": f"k{at}"}),
            one.result.model_copy(update={"key": f"k{at}", "decision": f"d{at}"}),
            one.record,
        )
        for at in range(count)
    ]


def _one_line(error: AlignkitError, code: int = 4) -> None:
    assert "\n" not in str(error)
    assert error.exit_code == code
    assert str(error).endswith((".", "alignkit", "align.db", "/DATABASE"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("align.db", "is not a URL"),
        ("mysql://localhost/x", "'mysql'"),
        ("sqlite://", "in memory nothing would be kept"),
        ("sqlite:///:memory:", "in memory nothing would be kept"),
        ("", "is not a URL"),
    ],
)
def test_an_address_that_is_none(url: str, said: str) -> None:
    with pytest.raises(InvalidSetting, match=said) as caught:
        open_store(url)
    _one_line(caught.value, 2)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match=r"there is no folder '.*runs'") as caught:
        open_store(f"sqlite:///{tmp_path}/runs/align.db")
    _one_line(caught.value)
    with pytest.raises(CannotWrite, match="is a folder"):
        open_store(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("content", ["id,choice\n1,a\n", "x", "SQLite format 3"])
def test_a_text_file_is_no_database_and_stays_as_it_is(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match="is not a database") as caught:
        open_store(f"sqlite:///{file}")
    _one_line(caught.value)
    assert file.read_text(encoding="utf-8") == content


def test_an_empty_file_becomes_a_store(file: Path) -> None:
    file.touch()
    with open_store(f"sqlite:///{file}") as store:
        assert store.runs() == []


def test_a_corrupted_file_is_named_when_it_is_read(file: Path, three: list[Kept]) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", _many(three, 300))
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(8192)
        raw.write(os.urandom(size - 8192))
    for ask in (
        lambda store: store.add("quick-1", three),
        lambda store: list(store.held("quick-1")),
        lambda store: store.verify("quick-1"),
        lambda store: store.known(["k1"]),
    ):
        with (
            pytest.raises(StoreError, match="corrupted") as caught,
            open_store(f"sqlite:///{file}") as store,
        ):
            ask(store)
        _one_line(caught.value)


def test_a_corrupted_head_is_named_when_it_is_opened(file: Path, three: list[Kept]) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", three)
    with file.open("r+b") as raw:
        raw.seek(16)
        raw.write(os.urandom(4000))
    with pytest.raises(StoreError, match="corrupted") as caught:
        open_store(f"sqlite:///{file}")
    _one_line(caught.value)


def test_a_corrupted_record_is_said_to_be_one(filled: Store, three: list[Kept], sql: Sql) -> None:
    sql("UPDATE parts SET body = :body", body=b"no zlib")
    with pytest.raises(StoreError, match="never wrote") as caught:
        filled.record(three[0].result.decision)
    _one_line(caught.value)
    sql("UPDATE results SET body = 'no json'")
    with pytest.raises(StoreError, match="never wrote"):
        list(filled.held("quick-1"))


def test_a_full_disk_loses_nothing_that_was_stored(file: Path, three: list[Kept]) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", three)

        @event.listens_for(store._engine, "connect")
        def _limit(connection: sqlite3.Connection, _: object) -> None:
            connection.execute("PRAGMA max_page_count = 20")

        store._engine.dispose()  # so that the limit holds
        with pytest.raises(CannotWrite, match="the disk is full") as caught:
            store.add("quick-1", _many(three, 500))
        _one_line(caught.value)
        assert len(list(store.held("quick-1"))) == 3
        assert store.verify("quick-1") == []
    with open_store(f"sqlite:///{file}") as store:  # there is room again
        store.add("quick-1", _many(three, 500))
        assert len(list(store.held("quick-1"))) == 503
        assert store.verify("quick-1") == []


def test_a_file_that_may_not_grow_loses_nothing_that_was_stored(
    file: Path, three: list[Kept]
) -> None:
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", three)
        with (
            _files_of_at_most(600_000),
            pytest.raises(CannotWrite, match=r"disk is full|does not take or give") as caught,
        ):
            store.add("quick-1", _many(three, 2000))
        _one_line(caught.value)
        assert len(list(store.held("quick-1"))) == 3
        store.add("quick-1", _many(three, 50))
        assert len(list(store.held("quick-1"))) == 53
        assert store.verify("quick-1") == []


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that is full at this size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_store_that_another_process_holds_is_busy(url: str, three: list[Kept]) -> None:
    with open_store(url, patience=0.2) as store:
        store.start(a_run())
        engine = create_engine(url)
        with engine.connect() as other:
            if engine.dialect.name == "sqlite":
                other.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                other.execute(text("LOCK TABLE results IN EXCLUSIVE MODE"))
            with pytest.raises(StoreBusy, match="another process is writing") as caught:
                store.add("quick-1", three)
            _one_line(caught.value)
            assert caught.value.retryable
            assert list(store.held("quick-1")) == []  # reading goes on
            other.rollback()
        engine.dispose()
        store.add("quick-1", three)
        assert store.verify("quick-1") == []


_WRITER = """
import sys
from datetime import UTC, datetime
from alignkit.schema import Cell, Result
from alignkit.store import Kept, open_store

url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_store(url) as store:
    for at in range(count):
        key = f"shared-{at}" if at % 2 else f"{name}-{at}"
        cell = Cell(key=key, dataset="d", scenario=key, group=key, profile=None, decider="x",
                    model="m")
        result = Result(key=key, decision=f"{name}-{at}", outcome="decided", choice="a",
                        confidence=1.0, probabilities={"a": 1.0, "b": 0.0})
        store.add("quick-1", [Kept(cell, result)])
        print(at, flush=True)
"""


def _writer(url: str, name: str, count: int) -> subprocess.Popen[str]:
    code = textwrap.dedent(_WRITER)
    return subprocess.Popen(
        [sys.executable, "-c", code, url, name, str(count)], stdout=subprocess.PIPE, text=True
    )


def test_two_processes_write_the_same_run(url: str) -> None:
    with open_store(url) as store:
        store.start(a_run())
        if url.startswith("postgresql"):
            url = store._engine.url.render_as_string(hide_password=False)
        writers = [_writer(url, name, 40) for name in ("one", "two")]
        for writer in writers:
            writer.communicate(timeout=120)
            assert writer.returncode == 0
        assert len(store.done("quick-1")) == 20 + 20 + 20
        assert store.verify("quick-1") == []


def test_what_add_returned_for_survives_a_kill(url: str) -> None:
    with open_store(url) as store:
        store.start(a_run())
    writer = _writer(url, "one", 100_000)
    assert writer.stdout is not None
    shown = [writer.stdout.readline() for _ in range(25)]
    writer.kill()
    shown += writer.stdout.read().splitlines()
    writer.stdout.close()
    writer.wait()
    with open_store(url) as store:
        done = len(store.done("quick-1"))
        assert len(shown) <= done <= len(shown) + 1
        assert store.verify("quick-1") == []


def test_a_store_of_a_newer_version_is_left_alone(url: str, sql: Sql) -> None:
    open_store(url).close()
    sql("UPDATE align_version SET version_num = '9999'")
    with pytest.raises(StoreOutdated, match="newer version of ALIGN") as caught:
        open_store(url)
    _one_line(caught.value)
    assert "pip install --upgrade alignkit" in caught.value.hint
    assert sql("SELECT version_num FROM align_version") == [("9999",)]


def test_a_server_that_is_not_there_is_said_to_be_unreachable() -> None:
    url = f"postgresql://align:{SECRET}@127.0.0.1:9/align"
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        open_store(url, patience=2)
    assert caught.value.message.endswith(".")
    _one_line(caught.value)
    _hides_the_password(caught.value)


def test_a_database_that_is_not_there_is_named(server: Callable[[], str]) -> None:
    url = server()
    wrong = url.replace("/store_", "/nostore_")
    with pytest.raises(StoreError, match="there is no such database") as caught:
        open_store(wrong)
    assert "createdb nostore_" in caught.value.hint


def test_a_wrong_password_is_refused_and_never_shown(server: Callable[[], str]) -> None:
    url = server()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE ROLE guarded LOGIN PASSWORD 'right'"))
        path = Path(connection.execute(text("SHOW hba_file")).scalar_one())
        before = path.read_text(encoding="utf-8")
        path.write_text(f"local all guarded scram-sha-256\n{before}", encoding="utf-8")
        connection.execute(text("SELECT pg_reload_conf()"))
        try:
            address = engine.url.set(username="guarded", password=SECRET)
            with pytest.raises(StoreError, match="does not accept this user or password") as caught:
                open_store(address.render_as_string(hide_password=False))
        finally:
            path.write_text(before, encoding="utf-8")
            connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    _one_line(caught.value)
    _hides_the_password(caught.value)


def _hides_the_password(error: BaseException | None) -> None:
    while error is not None:
        assert SECRET not in str(error)
        assert SECRET not in repr(error)
        error = error.__cause__


def test_the_name_of_a_store_has_no_password() -> None:
    from sqlalchemy import make_url  # noqa: PLC0415  only here

    from alignkit.store.translating import shown  # noqa: PLC0415  only here

    url = make_url(f"postgresql+psycopg://me:{SECRET}@host:5432/db?password={SECRET}")
    assert shown(url) == "postgresql+psycopg://me@host:5432/db"


@pytest.mark.parametrize(
    ("module", "url", "extra"),
    [
        ("sqlalchemy", "sqlite:///align.db", "store"),
        ("alembic", "sqlite:///align.db", "store"),
        ("psycopg", "postgresql://localhost/x", "postgres"),
    ],
)
def test_a_library_that_is_missing_is_named(
    module: str, url: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match="is not installed") as caught:
        open_store(url)
    assert f"alignkit[{extra}]" in caught.value.hint


def test_importing_the_store_loads_no_database_library() -> None:
    wanted = "[m for m in ('sqlalchemy', 'alembic', 'pyarrow') if m in sys.modules]"
    code = f"import sys, alignkit.store; print({wanted})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_store_of_today_is_opened_without_the_library_for_migrations(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'align.db'}"
    opening = f"from alignkit.store import open_store; open_store({url!r}).close()"
    code = f"import sys; {opening}; print('alembic' in sys.modules)"
    for loaded in ("True", "False"):  # made, then as it is
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == loaded
