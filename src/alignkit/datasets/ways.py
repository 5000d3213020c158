"""Results sorted by how they came about: a file for each data set, profile, method and model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Generic, Protocol, Self, TypeVar

from alignkit.errors import CannotWrite
from alignkit.schema import Scenario
from alignkit.schema.run import Cell, Result

Kept = tuple[Scenario, Cell, Result]
"""What was asked, under which conditions, and what became of it."""

_PLAIN = "plain"


class Verdict(Protocol):
    """Whether a decision is right in one way to look at it."""

    @property
    def name(self) -> str:
        """Of the way to look at it."""

    @property
    def right(self) -> frozenset[str]:
        """The choices that are right."""

    @property
    def value(self) -> float:
        """How right the decision is, 0 to 1."""


V = TypeVar("V", bound=Verdict)


@dataclass(frozen=True)
class Judge(Generic[V]):
    """Says what is right: writers are told, so that their figures are those of a report."""

    verdicts: Callable[[Cell, Result], Sequence[V]]
    """Of a decision: none where nothing is known to be right, each of another name."""
    metrics: Callable[[Sequence[V]], Mapping[str, float]]
    """By name: figures over verdicts of one name, at least one."""


@dataclass(frozen=True)
class Way:
    """What all items of one file have in common."""

    dataset: str
    profile: str | None
    decider: str
    model: str

    @classmethod
    def of(cls, cell: Cell) -> Way:
        """The way of `cell`."""
        return cls(cell.dataset, cell.profile, cell.decider, cell.model)

    @property
    def title(self) -> str:
        """In words, parted by slashes."""
        return "/".join((self.dataset, self.profile or _PLAIN, self.decider, self.model))

    @property
    def sha256(self) -> str:
        """Tells ways apart whose file names would be the same."""
        return hashlib.sha256(self.title.encode()).hexdigest()

    @property
    def name(self) -> str:
        """A name for its file, without ending."""
        plain = re.sub(r"[^A-Za-z0-9.]+", "-", self.title).strip("-.")[:120]
        return f"{plain}_{self.sha256[:8]}"


class Parts:
    """Items of many files, kept on disk until each file can be put together; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Keep them in a hidden folder below `folder`."""
        self._folder = folder
        self._counts: dict[Way, int] = {}

    def __enter__(self) -> Self:
        with _writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._kept = TemporaryDirectory(dir=self._folder, prefix=".parts-")
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.cleanup()

    def add(self, way: Way, item: str) -> None:
        """Keep `item`, one line of JSON, for the file of `way`."""
        with _writing(self._folder), self._path(way).open("a", encoding="utf-8") as file:
            file.write(item + "\n")
        self._counts[way] = self._counts.get(way, 0) + 1

    def ways(self) -> list[Way]:
        """All ways that items were kept for, in the order of their first items."""
        return list(self._counts)

    def written(self, way: Way, name: str, before: str, after: str) -> Path:
        """The file called `name`: `before`, the items parted by commas, and `after`."""
        path = self._folder / name
        with _writing(path):
            whole = Path(self._kept.name) / "whole"
            with whole.open("w", encoding="utf-8") as file:
                file.write(before)
                _copy(self._lines(way), file)
                file.write(after)
            whole.replace(path)
        return path

    def _lines(self, way: Way) -> Iterator[str]:
        with self._path(way).open(encoding="utf-8") as file:
            yield from file

    def _path(self, way: Way) -> Path:
        return Path(self._kept.name) / way.sha256


def _copy(lines: Iterable[str], file: IO[str]) -> None:
    for number, line in enumerate(lines):
        file.write((",\n" if number else "") + line.rstrip("\n"))


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written: {error.strerror}.") from error
