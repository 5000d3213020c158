"""Where the data lies that a user names, and the fingerprints of its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alignkit.catalog import format_spec, parse_spec
from alignkit.datasets.about import files_read
from alignkit.datasets.hf import map_beside
from alignkit.errors import FileProblem
from alignkit.service.settings import at_home

_BLOCK = 1 << 20
_ELSEWHERE = ("hf",)
"""Formats whose path is no file here."""


@dataclass(frozen=True)
class Folders:
    """Where data is looked for: first near, then among the public data sets."""

    near: Path | None = None
    """The folder of the file that names it; None for the working folder."""
    data: Path | None = None
    """The folder of public data sets."""

    def found(self, name: str) -> Path | None:
        """The file or folder called `name`, None where there is none."""
        given = at_home(Path(name))
        places = [self.near or Path(), *([self.data] if self.data else [])]
        return next((at / given for at in places if _exists(at / given)), None)

    def path(self, name: str) -> Path:
        """The file or folder called `name`.

        Raises:
            FileProblem: it is not there; the message says where it was looked for.
        """
        found = self.found(name)
        if found is not None:
            return found
        hint = "" if self.data else "ALIGN_DATA names the folder of public data sets."
        if at_home(Path(name)).is_absolute():
            raise FileProblem(f"{name}: there is no such file.")
        if not self.near and not self.data:
            raise FileProblem(f"{name}: there is no such file.", hint)
        looked = [str(self.near) if self.near else "the working folder"]
        looked += [str(self.data)] if self.data else []
        raise FileProblem(f"{name}: there is no such file in {' and '.join(looked)}.", hint)


@dataclass(frozen=True)
class Located:
    """A data set, found."""

    format: str
    path: Path
    """What the reader of the format is given."""
    names: Mapping[Path, str] = field(default_factory=dict)
    """How files and folders were named."""


def located(format_: str, name: str, folders: Folders) -> Located:
    """The data set of `format_` that is called `name`, with the files that its settings name.

    Raises:
        FileProblem: a file is not there; the message says where it was looked for.
        InvalidSetting: what follows a question mark is no setting.
    """
    if format_ in _ELSEWHERE:
        return _elsewhere(format_, name, folders)
    whole = folders.found(name)  # a name may hold a question mark
    if whole is not None:
        return Located(format_, whole, {whole: name})
    base, settings = parse_spec(name)
    path = folders.path(base)
    names = {path: base}
    if "map" in settings:
        columns = folders.path(settings["map"])
        names[columns] = settings["map"]
        settings["map"] = str(columns)
    return Located(format_, Path(format_spec(str(path), settings)), names)


def _elsewhere(format_: str, name: str, folders: Folders) -> Located:
    """A data set that is no file, with the files here that say how to read it."""
    base, settings = parse_spec(name)
    names: dict[Path, str] = {}
    columns = (
        folders.path(settings["map"]) if "map" in settings else folders.found(map_beside(base))
    )
    if columns is not None:
        names[columns] = settings.get("map", map_beside(base))
        settings["map"] = str(columns)
    own = folders.found(settings["data_files"]) if settings.get("data_files") else None
    if own is not None:
        names[own] = settings["data_files"]
        settings["data_files"] = str(own)
    return Located(format_, Path(format_spec(base, settings)), names)


def fingerprints(found: Located) -> dict[str, str]:
    """SHA-256 of each file that is read for a data set, called after what the user named.

    Raises:
        UnknownName: there is no such format.
        DataError: a file cannot be read, or a folder has none of the format.
    """
    files: dict[str, str] = {}
    for path in files_read(found.format, found.path):
        files |= fingerprints_below(_called(path, found.names), path)
    return files


def fingerprints_below(name: str, path: Path) -> dict[str, str]:
    """SHA-256 of the file `path`, called `name`, or of each file below the folder `path`.

    Raises:
        FileProblem: one cannot be read.
    """
    if not path.is_dir():
        return {name: _sha256(path)}
    return {f"{name}/{one.relative_to(path).as_posix()}": _sha256(one) for one in _below(path)}


def _below(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.rglob("*")) if one.is_file())


def _called(path: Path, names: Mapping[Path, str]) -> str:
    """A name for `path` that does not depend on the machine: seen from what the user named."""
    for named, name in names.items():
        if path == named:
            return name
        if path.is_relative_to(named):
            return f"{name}/{path.relative_to(named).as_posix()}"
    for named, name in names.items():
        seen = os.path.relpath(path, named.parent)
        return Path(os.path.normpath(Path(name).parent / seen)).as_posix()
    return path.name


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    try:
        with file.open("rb") as opened:
            while block := opened.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise FileProblem(f"{file}: cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name longer than the file system allows
        return False
