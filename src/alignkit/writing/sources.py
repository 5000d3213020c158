"""The user's documents as the only permitted source of facts: read, cut into passages, ranked."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from alignkit.errors import FileProblem
from alignkit.library import read_text
from alignkit.writing.ranking import Ranking
from alignkit.writing.sentences import Sentence, sentences

SUFFIXES = (".txt", ".md")
"""Files that are read."""
MOST_BYTES = 20_000_000
"""Size of all files together."""
_SIZE = 500
"""Characters of a passage, unless one sentence has more."""
_LONGEST = 1500
"""A longer sentence is cut at a blank."""
_BYTES_PER_TOKEN = 3
"""Few tokens of any language have fewer bytes."""


@dataclass(frozen=True)
class Source:
    """A document."""

    file: str
    """As it is cited: its path below the folder that was named."""
    text: str


@dataclass(frozen=True)
class Passage:
    """A few sentences of a document: `text[start:end]` of the source it is from."""

    file: str
    start: int
    end: int
    line: int
    """Number of its first line, from 1."""
    last_line: int
    text: str

    @property
    def place(self) -> str:
        """File and lines, as it is cited: `rules.md:3-5`."""
        lines = f"{self.line}" if self.line == self.last_line else f"{self.line}-{self.last_line}"
        return f"{self.file}:{lines}"


def read_sources(paths: Sequence[Path]) -> tuple[Source, ...]:
    """The documents that `paths` (files and folders) name, sorted by path, each once.

    In a folder, files and folders whose names begin with a dot are left out; `left_out_of` names
    them.

    Raises:
        FileProblem: there is nothing to read, a file is no text in UTF-8 or no .txt or .md, a
            folder cannot be read, or all together are too large.
    """
    files: dict[Path, str] = {}
    for path in paths:
        for file in _files(path):
            check_suffix(file)
            below = file.relative_to(path).as_posix() if path.is_dir() else file.name
            files.setdefault(file.resolve(), below)
    size = sum(file.stat().st_size for file in files)
    if size > MOST_BYTES:
        raise FileProblem(
            f"The sources have {size / 1e6:,.0f} MB; up to {MOST_BYTES / 1e6:.0f} MB are read.",
            "Name only the documents that the answer may rest on.",
        )
    names = _told_apart(files)
    found = [Source(names[file], read_text(file)) for file in sorted(files)]
    if not any(source.text.strip() for source in found):
        where = ", ".join(str(path) for path in paths) or "no path"
        raise FileProblem(
            f"{where}: there is no text to read.", "Give a folder with .txt or .md files."
        )
    return tuple(found)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        for file in _below(path)[0]:
            yield _inside(file, path)
    elif path.exists():
        raise FileProblem(f"{path}: is neither a file nor a folder.")
    else:
        raise FileProblem(f"{path}: there is no such file or folder.")


def left_out_of(paths: Sequence[Path]) -> tuple[str, ...]:
    """What is not read of the folders among `paths`, as its name begins with a dot; each once.

    Raises:
        FileProblem: a folder cannot be read.
    """
    hidden = {
        file.resolve(): file.relative_to(path).as_posix()
        for path in paths
        if path.is_dir()
        for file in _below(path)[1]
    }
    return tuple(hidden.values())


def _below(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files below `folder`, links too, and all that is hidden there; sorted."""
    files, hidden = list[Path](), list[Path]()
    for place, folders, names in os.walk(folder, onerror=_unread):
        here = Path(place)
        hidden += [here / name for name in (*folders, *names) if name.startswith(".")]
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (here / name).is_symlink()]
        files += [here / name for name in (*links, *names) if not name.startswith(".")]
    return sorted(files), sorted(hidden)


def _unread(error: OSError) -> None:
    """Fail where a folder cannot be read, rather than pass over all that is in it."""
    raise FileProblem(
        f"{error.filename}: this folder cannot be read: {error.strerror}.",
        "Take it out, or give yourself the right to read it.",
    ) from error


def _inside(file: Path, folder: Path) -> Path:
    """`file`, which is one, and lies in `folder`, where a link may lead to another place."""
    if not file.is_file():
        raise FileProblem(
            f"{file}: this is no file, and is not read.", "Take it out of the folder, or name it."
        )
    if not file.resolve().is_relative_to(folder.resolve()):
        raise FileProblem(
            f"{file}: this link leads out of the folder.", "Name the file that it leads to."
        )
    return file


def check_suffix(path: PurePath) -> None:
    """Fail where a file is no text by its name.

    Raises:
        FileProblem: it does not end in one of `SUFFIXES`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise FileProblem(
            f"{path}: only {' and '.join(SUFFIXES)} files are read as sources.",
            "Convert it to text, or leave it out.",
        )


def _told_apart(files: dict[Path, str]) -> dict[Path, str]:
    """The short names, but whole paths where two files would be cited alike."""
    short = list(files.values())
    return {
        path: name if short.count(name) == 1 else path.as_posix() for path, name in files.items()
    }


def passages(source: Source, size: int = _SIZE) -> tuple[Passage, ...]:
    """`source` cut into passages of whole sentences, of about `size` characters each.

    Every sentence is in one, in its order. Where there is room, a passage begins with the last
    sentence of the one before, so that what belongs together meets at least once.
    """
    lines = _Lines(source.text)
    found, run = [], list[Sentence]()
    for one in _pieces(source.text):
        if run and one.end - run[0].start > size:
            found.append(lines.passage(source, run))
            last = run[-1]
            run = [last] if one.end - last.start <= size and len(run) > 1 else []
        run.append(one)
    if run:
        found.append(lines.passage(source, run))
    return tuple(found)


def _pieces(text: str) -> Iterator[Sentence]:
    """The sentences of `text`, overlong ones in parts."""
    for one in sentences(text):
        start = one.start
        while one.end - start > _LONGEST:
            cut = text.rfind(" ", start + 1, start + _LONGEST)
            cut = cut if cut > start else start + _LONGEST
            yield Sentence(start, cut, one.kind, one.block)
            start = cut
        if text[start : one.end].strip():
            yield Sentence(start, one.end, one.kind, one.block)


class _Lines:
    def __init__(self, text: str) -> None:
        self._breaks = [place for place, sign in enumerate(text) if sign == "\n"]

    def at(self, place: int) -> int:
        return bisect_left(self._breaks, place) + 1

    def passage(self, source: Source, run: Sequence[Sentence]) -> Passage:
        start, end = run[0].start, run[-1].end
        return Passage(
            source.file, start, end, self.at(start), self.at(end - 1), source.text[start:end]
        )


class Sources:
    """Documents that a text must rest on, ready to be searched."""

    def __init__(
        self, documents: Sequence[Source], size: int = _SIZE, left_out: Sequence[str] = ()
    ) -> None:
        """Cut `documents` into passages of about `size` characters.

        `left_out` names what stands beside them and was not read.
        """
        self.documents = tuple(documents)
        self.left_out = tuple(left_out)
        self.passages = tuple(part for one in documents for part in passages(one, size))
        self._ranking = Ranking([part.text for part in self.passages])

    @classmethod
    def read(cls, *paths: Path) -> Sources:
        """The documents that `paths` (files and folders) name.

        Raises:
            FileProblem: as `read_sources`.
        """
        return cls(read_sources(paths), left_out=left_out_of(paths))

    def nearest(self, text: str, most: int) -> tuple[Passage, ...]:
        """At most `most` passages that may speak of `text`, the likeliest first."""
        return tuple(self.passages[place] for place in self._ranking.nearest(text, most))

    def fitting(self, text: str, tokens: int) -> tuple[Passage, ...]:
        """The passages nearest to `text` that have about so many `tokens` together, in their order.

        Where none shares a word with it, as with "Sum this up", the documents from their beginning;
        in any case at least one passage.
        """
        places = self._ranking.nearest(text, len(self.passages)) or range(len(self.passages))
        left, found = tokens * _BYTES_PER_TOKEN, list[int]()
        for place in places:
            size = len(self.passages[place].text.encode("utf-8", "replace"))
            if found and size > left:
                break
            found.append(place)
            left -= size
        return tuple(self.passages[place] for place in sorted(found))
