"""Records as files: one JSON file each, written whole or not at all."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from alignkit.errors import BadRecord, CannotWrite, InvalidSetting
from alignkit.library import read_text
from alignkit.schema import SCHEMA_VERSION, Calibration, Record, Taste
from alignkit.schema.abstention import Abstention

Kept = TypeVar("Kept", Record, Calibration, Abstention, Taste)


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


def write_text(path: Path, text: str, *, private: bool = False) -> None:
    """Write `text` to `path`, whole or not at all; missing folders are made.

    Nobody but the user can read what is `private`.

    Raises:
        CannotWrite: no space, no permission, or a folder of that name.
    """
    try:
        if path.exists() and not path.is_file():  # a device such as /dev/stdout
            path.write_text(text, encoding="utf-8")
            return
        target = Path(os.path.realpath(path))  # so that a link is written through, not replaced
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=_unfinished(target))
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            if not private:  # mkstemp makes it so
                os.chmod(temporary, 0o666 & ~_umask())  # noqa: PTH101
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written: {error.strerror}.") from error


def leftovers(path: Path) -> list[Path]:
    """What `write_text` left beside `path` when it was killed before the file was whole."""
    made_up = "?" * 8  # what mkstemp puts after the prefix
    return list(path.parent.glob(glob.escape(_unfinished(path)) + made_up))


def check_folder(folder: Path) -> None:
    """Make sure that files can be written into `folder`, which is made if need be.

    Raises:
        CannotWrite: no space, no permission, or the folder is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written into: {error.strerror}.") from error


def keep_apart(out: Path | None, inputs: Iterable[Path]) -> None:
    """Make sure that writing to `out` takes nothing from what is read.

    Raises:
        InvalidSetting: it is one of the `inputs`.
    """
    if out is not None and any(_same_file(out, one) for one in inputs):
        raise InvalidSetting(
            f"{out}: is read from; writing there would lose it.", "Name another file."
        )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.is_file() and one.samefile(other)
    except OSError:  # a name that is no file's
        return False


def read_record(path: Path) -> Record:
    """The record in the file `path`.

    Raises:
        FileProblem: the file cannot be read.
        BadRecord: it is not a record, or one of a newer version.
    """
    record = read_kept(path, Record, "a record")
    _check_choices(path, record)
    # The decision's own JSON leaves the evidence out; here it is again.
    decision = record.decision.model_copy(update={"evidence": record.evidence})
    return record.model_copy(update={"decision": decision})


def _check_choices(path: Path, record: Record) -> None:
    """Fail where what was found out is not about the choices of the record's scenario."""
    decision, choices = record.decision, set(record.scenario.choice_ids)
    for what, found in (
        ("probabilities", decision.probabilities),
        ("estimates", decision.estimates),
        ("costs", record.evidence.costs or {}),
    ):
        if found and set(found) != choices:
            raise BadRecord(f"{path}: is not a whole record: its {what} are not of its choices.")
    if decision.outcome == "decided" and decision.choice not in decision.probabilities:
        raise BadRecord(f"{path}: is not a whole record: its choice has no probability.")
    if record.evidence.costs and not decision.estimates:
        raise BadRecord(f"{path}: is not a whole record: it has costs without estimates.")


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


def _unfinished(path: Path) -> str:
    """How the names of files begin that become `path`; the end of a long name tells it apart."""
    return f".{path.name[-40:]}."


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
