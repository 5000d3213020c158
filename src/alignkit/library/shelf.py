"""Named YAML files of one kind: the shipped ones, and before them the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from alignkit.errors import DataError, UnknownName
from alignkit.library.documents import parse_document, read_document

M = TypeVar("M", bound=BaseModel)


class Shelf(Mapping[str, M], Generic[M]):
    """Looks up shipped and own files by name, reads each at most once, and checks it."""

    def __init__(self, kind: str, model: type[M], error: type[DataError], own: Path | None) -> None:
        """Hold files of one `kind` ("profile"); files of the folder `own` come before ours."""
        self.kind = kind
        self._model = model
        self._error = error
        self._shipped = files("alignkit.library") / f"{kind}s"
        self._own = own / f"{kind}s" if own else None
        self._read: dict[str, M] = {}

    def __getitem__(self, name: str) -> M:
        """The file called `name`.

        Raises:
            UnknownName: neither we nor the user have it; the message names what comes near.
            DataError: the file has a mistake; with file, line and field.
        """
        if name not in self._read:
            path = self.path(name)
            if path is None:
                raise UnknownName(self.kind, name, self, f"`align {self.kind}s list` shows them.")
            self._read[name] = self._load(name, path)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        folders = (folder for folder in (self._own, self._shipped) if folder and folder.is_dir())
        names = {
            entry.name.removesuffix(".yaml")
            for folder in folders
            for entry in folder.iterdir()
            if entry.name.endswith(".yaml") and not entry.name.startswith(".")
        }
        return iter(sorted(names))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._read or self.path(name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def forget(self, name: str) -> None:
        """Read the file called `name` anew when it is next asked for: it has changed."""
        self._read.pop(name, None)

    def is_own(self, name: str) -> bool:
        """Whether `name` is a file of the user's own folder."""
        return self._own is not None and self.path(name) == self._own / f"{name}.yaml"

    def path(self, name: str) -> Traversable | None:
        """The file called `name`, or None where there is none."""
        if "/" in name or "\\" in name or name.startswith("."):
            return None
        for folder in (self._own, self._shipped):
            if folder is not None and _is_file(folder / f"{name}.yaml"):
                return folder / f"{name}.yaml"
        return None

    def _load(self, name: str, path: Traversable) -> M:
        if isinstance(path, Path):
            document = read_document(path)
        else:
            document = parse_document(path.read_text(encoding="utf-8"), str(path))
        found = document.parse(self._model, self._error)
        inside = getattr(found, "name", None) or getattr(found, "id", None)
        if inside != name:
            raise self._error(f"{path}: is called {inside!r} inside; file and name must agree.")
        return found


def _is_file(path: Traversable) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system allows
        return False
