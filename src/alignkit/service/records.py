"""Records as files: one JSON file each, written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from alignkit.errors import BadRecord, CannotWrite
from alignkit.library import read_text
from alignkit.schema import SCHEMA_VERSION, Calibration, Record

Kept = TypeVar("Kept", Record, Calibration)


def write_record(folder: Path, record: Record) -> Path:
    """Keep `record` in `folder`, which is made if need be; gives the file's path.

    Raises:
        CannotWrite: no space, no permission, or the folder is a file.
    """
    decision = record.decision
    parts = (decision.scenario, decision.profile or "plain", decision.id[:8])
    name = ".".join(re.sub(r"[^A-Za-z0-9_-]+", "-", part)[:60] for part in parts)
    path = folder / f"{name}.json"
    write_text(path, record.model_dump_json(indent=1) + "\n")
    return path


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all; missing folders are made.

    Raises:
        CannotWrite: no space, no permission, or a folder of that name.
    """
    try:
        if path.exists() and not path.is_file():  # a device such as /dev/stdout
            path.write_text(text, encoding="utf-8")
            return
        target = Path(os.path.realpath(path))  # so that a link is written through, not replaced
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101  mkstemp makes it private
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written: {error.strerror}.") from error


def read_record(path: Path) -> Record:
    """The record in the file `path`.

    Raises:
        FileProblem: the file cannot be read.
        BadRecord: it is not a record, or one of a newer version.
    """
    record = read_kept(path, Record, "a record")
    # The decision's own JSON leaves the evidence out; here it is again.
    decision = record.decision.model_copy(update={"evidence": record.evidence})
    return record.model_copy(update={"decision": decision})


def read_kept(path: Path, shape: type[Kept], what: str, hint: str = "") -> Kept:
    """What this program wrote to the file `path`, in its `shape`; `what` names it in errors.

    Raises:
        FileProblem: the file cannot be read.
        BadRecord: it is something else (with `hint` as the way out), or of a newer version.
    """
    try:
        found = shape.model_validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise BadRecord(f"{path}: is not {what}: {field}: {first['msg']}.", hint) from error
    if found.schema_version > SCHEMA_VERSION:
        raise BadRecord(
            f"{path}: was written by a newer version (shape {found.schema_version}).",
            "Run: pip install --upgrade alignkit",
        )
    return found


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
