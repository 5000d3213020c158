"""A file of what was made once, one JSON object a line, found by key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from alignkit.errors import CannotWrite, FileProblem, UnknownName
from alignkit.prompts import Prompts
from alignkit.schema import Frozen


class Kept(Frozen):
    """One line."""

    key: str
    """Hash of all that it depends on, but for the templates."""
    templates: dict[str, str]
    """Hashes of the templates that were used."""


K = TypeVar("K", bound=Kept)


def hash_of(parts: object) -> str:
    """The hash of `parts`, which JSON can hold, as the key of a line."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Lines(Generic[K]):
    """Lines of one kind; new ones are added to the file as they are made."""

    def __init__(self, kind: type[K], what: str, path: Path | None = None) -> None:
        """Read the lines of `path`, and add new ones to it; without it they are not kept.

        A line that is cut off, as an interrupted program leaves it, is passed over.

        Args:
            kind: of the lines.
            what: they are, as in "decisions".
            path: the file, which need not be there.

        Raises:
            FileProblem: the file cannot be read, or is something else.
        """
        self._path = path
        self._found: dict[str, K] = {}
        # A text may hold signs at which `splitlines` would cut; JSON writes "\n" out.
        lines = _read(path).split(b"\n") if path is not None else [b""]
        self._cut_off = lines[-1] != b""
        for line in lines:
            try:
                one = kind.model_validate_json(line)
            except ValidationError:
                continue
            self._found.pop(one.key, None)  # so that it comes last
            self._found[one.key] = one
        if lines[:-1] and not self._found and not any(map(_is_kept, lines)):
            raise FileProblem(
                f"{path}: is something else than {what} that were kept.", "Name another file."
            )

    def find(self, key: str, prompts: Prompts) -> K | None:
        """What was kept under `key`, if it was made with the wording that is in use."""
        one = self._found.get(key)
        return one if one is not None and _in_use(one.templates, prompts) else None

    def every(self, prompts: Prompts) -> list[K]:
        """All that was made with the wording that is in use, what was kept last as the last."""
        return [one for one in self._found.values() if _in_use(one.templates, prompts)]

    def add(self, one: K) -> None:
        """Keep `one`.

        Raises:
            CannotWrite: the file cannot be written.
        """
        self._found.pop(one.key, None)
        self._found[one.key] = one
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write("\n" * self._cut_off + one.model_dump_json() + "\n")
        except OSError as error:
            raise CannotWrite(f"{self._path}: cannot be written: {error.strerror}.") from error
        self._cut_off = False


def _is_kept(line: bytes) -> bool:
    """Whether `line` was kept by some version, whatever it is of."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and Kept.model_fields.keys() <= found.keys()


def _in_use(templates: Mapping[str, str], prompts: Prompts) -> bool:
    """Whether these are the hashes of the templates as they are now."""
    try:
        return all(prompts.version(name).sha256 == found for name, found in templates.items())
    except UnknownName:  # a template that is gone
        return False


def _read(path: Path) -> bytes:
    """What is in the file `path`; nothing where there is none."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise FileProblem(f"{path}: cannot be read: {error.strerror}.") from error
