"""Where one model lies in the folder, and where its download grows until it is one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alignkit.models.weights.registry import Entry, HubSource


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one model."""

    target: Path
    """The model itself, once it is whole and checked."""

    @classmethod
    def of(cls, folder: Path, wanted: Entry | HubSource) -> Slot:
        """The place of a model in `folder`."""
        if isinstance(wanted, Entry):
            return cls(folder / f"{wanted.name}.gguf")
        return cls(folder / "hf" / wanted.repo / wanted.file)

    @property
    def partial(self) -> Path:
        """The folder of an unfinished download."""
        return self.target.with_name(f"{self.target.name}.partial")

    @property
    def lock(self) -> Path:
        """The file that a process holds while it downloads; it stays, empty."""
        return self.target.with_name(f"{self.target.name}.lock")

    @property
    def bytes_on_disk(self) -> int:
        """Bytes that the model or its unfinished download takes up."""
        whole = self.target.stat().st_size if self.target.is_file() else 0
        return whole + self.bytes_unfinished

    @property
    def bytes_unfinished(self) -> int:
        """Bytes that an unfinished download takes up."""
        return sum(size for _, size in files_below(self.partial))

    @property
    def data(self) -> Path:
        """The file of an unfinished download that grows into the model."""
        return self.partial / "data"

    @property
    def wheels(self) -> Path:
        """The folder in which pip works during a download."""
        return self.partial / "pip"

    def clear_partial(self) -> None:
        """Delete the unfinished download."""
        shutil.rmtree(self.partial, ignore_errors=True)

    def tidy(self) -> None:
        """Keep of an unfinished download only what the next try can use."""
        shutil.rmtree(self.wheels, ignore_errors=True)
        if not self.data.is_file() or not self.data.stat().st_size:
            self.clear_partial()


def files_below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Each file below `folder` with its size in bytes, while another process adds and deletes.

    `Path.rglob` would raise when a folder vanishes under it.
    """
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                path = Path(parent, name)
                yield path, path.stat().st_size
