"""Where what people like is kept: one file a person, in the user's own folder, without any text."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from alignkit.errors import CannotWrite, DataError
from alignkit.schema import KeptComparison, KeptRating, Taste
from alignkit.service.people.profile_text import name_from
from alignkit.service.records import leftovers, read_kept, write_text

_SIGNS = 12


def path_of(folder: Path, person: str) -> Path:
    """The file in `folder` for `person`; names that are spelt differently have different files."""
    digest = hashlib.sha256(person.encode()).hexdigest()[:8]
    return folder / f"{name_from(person, 'person')[:60]}-{digest}.json"


def read_taste(folder: Path, person: str) -> Taste:
    """What is kept of `person`; nothing, where there is no file.

    Raises:
        FileProblem: the file cannot be read.
        BadRecord: it is something else, or of a newer version.
    """
    path = path_of(folder, person)
    if not path.exists():
        return Taste(person=person)
    remedy = f"Erase it: align personalize erase --person {shlex.quote(person)}"
    return read_kept(path, Taste, "what somebody likes", remedy)


def keep(
    folder: Path,
    person: str,
    comparisons: Sequence[KeptComparison] = (),
    ratings: Sequence[KeptRating] = (),
) -> Taste:
    """Add to what is kept of `person`; gives all of it.

    The same comparison, or a rating of the same text, takes the place of the earlier one.

    Raises:
        CannotWrite: no space, no permission.
        DataError: what is kept cannot be read.
    """
    before = read_taste(folder, person)
    taste = Taste(
        person=person,
        comparisons=last_comparisons((*before.comparisons, *comparisons)),
        ratings=last_ratings((*before.ratings, *ratings)),
    )
    write_text(path_of(folder, person), taste.model_dump_json(indent=1) + "\n", private=True)
    return taste


def last_comparisons(said: Iterable[KeptComparison]) -> tuple[KeptComparison, ...]:
    """The last one of each two texts, in whatever order these stand."""
    return tuple({frozenset(one.pair): one for one in said}.values())


def last_ratings(said: Iterable[KeptRating]) -> tuple[KeptRating, ...]:
    """The last one of each text."""
    return tuple({one.text: one for one in said}.values())


def files_of(folder: Path, person: str) -> tuple[Path, ...]:
    """All files that hold something of `person`, the one in `folder` last.

    That are also the file that it leads to, where it is a link, and what writes left behind that
    were killed.
    """
    path = path_of(Path(os.path.realpath(folder)), person)
    target = Path(os.path.realpath(path))
    found = [*leftovers(path), *leftovers(target)]
    found += [target] * target.is_file()
    found += [path] * os.path.lexists(path)
    return tuple(dict.fromkeys(found))


def erase(folder: Path, person: str) -> bool:
    """Erase all that is kept of `person`; whether there was anything.

    Raises:
        CannotWrite: no permission.
    """
    files = files_of(folder, person)
    for path in files:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(f"{path}: cannot be erased: {error.strerror}.") from error
    return bool(files)


def people(folder: Path) -> tuple[str, ...]:
    """Of whom something is kept, by name; files that cannot be read are left aside."""
    found = []
    for path in folder.glob("*.json"):
        try:
            found.append(read_kept(path, Taste, "what somebody likes", "").person)
        except DataError:
            continue
    return tuple(sorted(found))


def mark(request: str | None, text: str) -> str:
    """A hash that tells an answer to a request from others."""
    return hashlib.sha256(f"{request or ''}\x1f{text}".encode()).hexdigest()[:_SIGNS]
