"""SHA-256 of files, calculated once and remembered for as long as a file does not change."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from pydantic import Field, ValidationError

from alignkit.models.weights.progress import OnProgress, Progress, silent
from alignkit.schema import Frozen

_CHUNK = 4 * 2**20


class _Seen(Frozen):
    size: int
    mtime_ns: int
    sha256: str


class _Memory(Frozen):
    files: dict[str, _Seen] = Field(default_factory=dict)
    """By absolute path: what the file was when its hash was calculated."""
    models: dict[str, str] = Field(default_factory=dict)
    """By model: the hash of the first download, where nobody stated one before."""


def sha256(path: Path, report: OnProgress = silent) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            report(Progress(f"checking {path.name}", done, total))
    return digest.hexdigest()


class Checksums:
    """A small JSON file with the hashes that are known.

    It only saves time and notices change: when it cannot be read or written, hashes are calculated
    anew.
    """

    def __init__(self, file: Path) -> None:
        """Keep the hashes in `file`."""
        self.file = file

    def of(self, path: Path, report: OnProgress = silent) -> str:
        """The SHA-256 of a file, from memory where size and modification time are the same."""
        path = path.resolve()
        before = path.stat()
        seen = self._read().files.get(str(path))
        if seen and (seen.size, seen.mtime_ns) == (before.st_size, before.st_mtime_ns):
            return seen.sha256
        digest = sha256(path, report)
        self.remember(path, digest)
        return digest

    def remember(self, path: Path, digest: str) -> None:
        """Take `digest` for the hash of the file as it is now."""
        path = path.resolve()
        stat = path.stat()
        memory = self._read()
        kept = {name: seen for name, seen in memory.files.items() if Path(name).is_file()}
        kept[str(path)] = _Seen(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=digest)
        self._write(memory.model_copy(update={"files": kept}))

    def recorded(self, model: str) -> str | None:
        """The hash that the first download of `model` had, if it had to be recorded."""
        return self._read().models.get(model)

    def record(self, model: str, digest: str) -> None:
        """Hold `model` to `digest` from now on."""
        memory = self._read()
        self._write(memory.model_copy(update={"models": {**memory.models, model: digest}}))

    def _read(self) -> _Memory:
        try:
            return _Memory.model_validate_json(self.file.read_bytes())
        except (OSError, ValidationError):
            return _Memory()

    def _write(self, memory: _Memory) -> None:
        draft = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(memory.model_dump_json(indent=1), "utf-8")
            draft.replace(self.file)
