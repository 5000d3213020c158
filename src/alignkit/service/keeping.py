"""What is kept in a store: looked at, exported, verified and erased."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, Literal

from alignkit.errors import CannotWrite, FileProblem, InvalidSetting
from alignkit.schema import Record
from alignkit.service.records import read_record
from alignkit.service.settings import Settings
from alignkit.store import Checked, Format, Store, export, open_store

Tool = Literal["inspect", "align_phase2"]
"""Whose format a run is written in: Inspect's logs, or the records of the triage data."""

_SQLITE = "sqlite:///"


def store_of(settings: Settings) -> Store:
    """The store that `settings` name, opened; made if it is not there.

    Raises:
        StoreError: it cannot be opened.
    """
    return open_store(settings.store, keep_prompts=settings.keep_prompts)


def existing_store(settings: Settings) -> Store:
    """The store that `settings` name, opened; for those who only read or erase.

    Raises:
        FileProblem: there is none; a misspelt name must not make an empty one.
        StoreError: it cannot be opened.
    """
    path = _file_of(settings.store)
    if path is not None and not path.exists():
        raise FileProblem(
            f"{path}: there is no store.", "`align run` makes one; --store names another."
        )
    return store_of(settings)


def record_names(names: Iterable[str]) -> Iterator[str]:
    """The `names` of records, those of the files in a folder instead of the folder's.

    Raises:
        FileProblem: a folder holds no record.
    """
    for name in names:
        folder = Path(name)
        if not folder.is_dir():
            yield name
            continue
        files = sorted(folder.glob("*.json"))
        if not files:
            raise FileProblem(f"{name}: holds no record.")
        yield from map(str, files)


@contextmanager
def recorded(settings: Settings, *, in_store: bool = False) -> Iterator[Callable[[str], Record]]:
    """Finds records by a file's path or by a decision's id; the store is opened when it is needed.

    A name that is a file's is a file. What else is a decision's id where the user named a store
    (`in_store`) or the one of the `settings` is there; other names are files that are missing.
    """
    opened: list[Store] = []
    path = _file_of(settings.store)
    asked = in_store or (path is not None and path.exists())

    def find(name: str) -> Record:
        looks_like_file = Path(name).exists() or os.sep in name or name.endswith(".json")
        if looks_like_file or not asked:
            return read_record(Path(name))
        if not opened:
            opened.append(existing_store(settings))
        return opened[0].record(name)

    try:
        yield find
    finally:
        for store in opened:
            store.close()


def checked(store: Store, run: str | None = None) -> Iterator[Checked]:
    """Whether the run is still what was stored, or every run where none is named.

    Raises:
        UnknownName: there is no such run.
    """
    ids = [store.run(run).id] if run else [one.id for one in store.runs()]
    yield from (store.check(one) for one in ids)


def exported(store: Store, run: str | None, kind: Format, out: Path | None) -> int:
    """Write a run, or all of them, to a file or else to standard output; gives the rows' number.

    A file is written whole or not at all.

    Raises:
        UnknownName: there is no such run.
        InvalidSetting: Parquet cannot be written to standard output.
        CannotWrite: the file cannot be written.
        MissingExtra: Parquet needs pyarrow.
    """
    ids = [store.run(run).id] if run else [one.id for one in store.runs()]
    if out is None:
        if kind == "parquet":
            raise InvalidSetting("Parquet needs a file.", "Name one with --out.")
        return export(store, ids, kind, sys.stdout.buffer)
    try:
        with _replacing(out) as file:
            return export(store, ids, kind, file)
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written: {error.strerror}.") from error


def exported_for(store: Store, run: str, tool: Tool, folder: Path) -> list[Path]:
    """The files in which other tools read a run, one for each data set, profile, method and model.

    What was erased is left out, for these files hold the scenarios' texts.

    Raises:
        UnknownName: there is no such run.
        BadRecord: the run was kept without prompts, so that the texts are not there.
        CannotWrite: a file cannot be written.
    """
    from alignkit.datasets.inspect_log import write_inspect_logs
    from alignkit.datasets.record_format import write_records
    from alignkit.evaluate.verdicts import judge
    from alignkit.report.run.findings import formats_of

    found = store.run(run)
    kept = (
        (store.record(held.result.decision).scenario, held.cell, held.result)
        for held in store.held(found.id)
        if held.result is not None
    )
    if tool == "align_phase2":
        return write_records(folder, found, kept)
    return write_inspect_logs(folder, found, kept, judge(formats_of(found)))


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when all is written."""
    if path.exists() and not path.is_file():  # a device such as /dev/stdout
        with path.open("wb") as device:
            yield device
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", delete=False) as file:
        try:
            yield file  # type: ignore[misc]  # a wrapper that does what a binary file does
            file.flush()
            _as_others(Path(file.name))
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _as_others(path: Path) -> None:
    """Let others read a file that was made as a private one, as far as the user's mask does."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def to_prune(store: Store, before: str | None, run: str | None) -> datetime | str:
    """What `Store.prune` takes: the moment `before`, or the id of the `run`.

    Raises:
        InvalidSetting: not exactly one of the two is given, or `before` is no date.
        UnknownName: there is no such run.
    """
    if (before is None) == (run is None):
        raise InvalidSetting("Say either before which date or of which run.")
    return moment_of(before) if before is not None else store.run(str(run)).id


def moment_of(text: str) -> datetime:
    """The moment that `text` names: a date (its beginning) or a time, in UTC unless it says else.

    Raises:
        InvalidSetting: it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidSetting(
            f"{text!r} is no date.", "Write 2026-01-31 or 2026-01-31T12:00:00+01:00."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _file_of(url: str) -> Path | None:
    """The file of a SQLite store; None for a server."""
    return Path(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else None
