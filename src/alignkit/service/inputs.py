"""Scenarios and profiles from what a user names: names, files, folders, lines, data sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from alignkit.errors import (
    AlignkitError,
    BadProfile,
    BadScenario,
    DataError,
    FileProblem,
    UnknownName,
)
from alignkit.library import Document, Library, parse_line, read_document
from alignkit.schema import Profile, Scenario
from alignkit.service.checking import targets_known
from alignkit.service.data_sets.opening import dataset

_ENDINGS = (".yaml", ".yml", ".json")
_LINES = ".jsonl"


@dataclass(frozen=True)
class Item:
    """One scenario of a batch, or why it cannot be read."""

    name: str
    """The scenario's id; where it could not be read, the place it stands."""
    scenario: Scenario | None = None
    error: AlignkitError | None = None
    document: Document | None = None
    """What it was read from; None for those of the library and of data sets."""


@dataclass(frozen=True)
class Batch:
    """Scenarios to decide."""

    items: Iterator[Item]
    single: bool
    """Exactly one was asked for, so that its fault is the whole command's."""


def batch(  # noqa: PLR0913  what there is to read, where it lies, and how much of it
    names: Sequence[str],
    library: Library,
    *,
    lines: Iterable[str] | None = None,
    dataset: str | None = None,
    data: Path | None = None,
    limit: int | None = None,
) -> Batch:
    """The first `limit` scenarios of `names` and then of `dataset`, read as they are asked for.

    A data set that is not in the working folder is looked for below `data`.

    Raises:
        UsageError: the data set is not FORMAT:PATH.
        AlignkitError: exactly one scenario is asked for, and it cannot be read; or exactly one
            folder, and it holds none.
    """
    sources = [scenarios_named(names, library, lines)]
    if dataset is not None:
        sources.append(scenarios_of_dataset(dataset, data))
    items = islice(chain.from_iterable(sources), limit)
    if dataset is not None or len(names) != 1 or names[0] == "-":
        return Batch(items, single=False)
    if _is_folder(names[0]):
        _files(Path(names[0]))  # a folder without scenarios is a mistake, not a failed scenario
        return Batch(items, single=False)
    first = list(islice(items, 2))
    if len(first) == 1:
        _scenario(first[0])
    return Batch(chain(first, items), single=len(first) == 1)


def profile_named(name: str, library: Library) -> Profile:
    """The profile called `name`, or in the file `name`.

    Raises:
        UnknownName: there is no such profile.
        DataError: the file has a mistake.
    """
    return _profile(name, library)[0]


def profile_to_follow(name: str, library: Library) -> Profile:
    """The profile called `name`, or in the file `name`, with all its attributes in `library`.

    Raises:
        UnknownName: there is no such profile.
        DataError: the file has a mistake, or wants an attribute that is not described.
    """
    profile, document = _profile(name, library)
    targets_known(profile, library, document)
    return profile


def _profile(name: str, library: Library) -> tuple[Profile, Document | None]:
    """The profile, and the file it was read from where `name` is not one of the library."""
    path = Path(name)
    if path.suffix in _ENDINGS or "/" in name:
        document = read_document(path)
        return document.parse(Profile, BadProfile), document
    if name not in library.profiles and path.is_file():
        raise FileProblem(f"{path}: a profile is a .yaml, .yml or .json file.", "Name it so.")
    return library.profiles[name], None


def scenario_named(name: str, library: Library) -> Scenario:
    """The one scenario called `name`, or in the file `name`.

    Raises:
        UnknownName: there is no such scenario.
        DataError: the file has a mistake or holds several scenarios.
    """
    items = list(scenarios_named([name], library))
    if len(items) != 1:
        raise BadScenario(f"{name}: holds {len(items)} scenarios where one is wanted.")
    return _scenario(items[0])


def _scenario(item: Item) -> Scenario:
    if item.scenario is None:
        raise item.error or BadScenario(f"{item.name}: cannot be read.")
    return item.scenario


def scenarios_named(
    names: Iterable[str], library: Library, lines: Iterable[str] | None = None
) -> Iterator[Item]:
    """The scenarios that `names` stand for, in order, read only as they are asked for.

    A name is a file, a folder of files, a name of the library, or `-` for JSON lines from `lines`.
    """
    for name in names:
        path = Path(name)
        if name == "-":
            yield from _from_lines(lines)
        elif _is_folder(name):
            yield from _from_folder(path)
        elif path.suffix == _LINES:
            yield Item(name, error=_lines_in_a_file(path))
        elif path.suffix in _ENDINGS or "/" in name:
            yield from _from_file(path)
        else:
            yield _from_library(name, library)


def scenarios_of_dataset(spec: str, data: Path | None = None) -> Iterator[Item]:
    """The scenarios of the data set `FORMAT:PATH`, in the working folder or below `data`.

    Raises:
        UsageError: the text is not FORMAT:PATH.
        UnknownName: there is no such format.
        DataError: the file cannot be read at all.
    """
    return _from_dataset(spec.partition(":")[2], dataset(spec, data=data))


def _from_dataset(path: str, found: Iterator[Scenario | DataError]) -> Iterator[Item]:
    for one in found:
        if isinstance(one, DataError):
            yield Item(name=path, error=one)
        else:
            yield Item(name=one.id, scenario=one)


def _lines_in_a_file(path: Path) -> FileProblem:
    if not path.exists():
        return FileProblem(f"{path}: there is no such file.")
    return FileProblem(
        f"{path}: holds JSON lines, where a list of scenarios is read.",
        f"`align decide - < {path}` decides them, read from standard input.",
    )


def _from_library(name: str, library: Library) -> Item:
    try:
        return Item(name=name, scenario=library.scenarios[name])
    except UnknownName:
        hint = "`align scenarios list` shows them; for a file, give its path with .yaml or .json."
        return Item(name=name, error=UnknownName("Scenario", name, library.scenarios, hint))
    except DataError as error:
        return Item(name=name, error=error)


def _is_folder(name: str) -> bool:
    try:
        return name != "" and Path(name).is_dir()  # an empty name is a mistake, not this folder
    except OSError:  # a name longer than the file system allows
        return False


def _from_folder(folder: Path) -> Iterator[Item]:
    try:
        files = _files(folder)
    except FileProblem as error:
        yield Item(name=str(folder), error=error)
        return
    for path in files:
        yield from _from_file(path)


def _files(folder: Path) -> list[Path]:
    """The files below `folder` that may hold scenarios, sorted.

    Raises:
        FileProblem: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix in _ENDINGS)
    # Files, and links to nowhere; but a folder may be called cases.json, and a pipe never ends.
    files = [path for path in found if path.is_file() or not path.exists()]
    if not files:
        raise FileProblem(f"{folder}: holds no .yaml or .json file.")
    return files


def _from_file(path: Path) -> Iterator[Item]:
    try:
        documents = read_document(path).items()
    except DataError as error:
        yield Item(name=str(path), error=error)
        return
    if not documents:
        yield Item(name=str(path), error=BadScenario(f"{path}: is an empty list."))
    for place, document in enumerate(documents, start=1):
        name = str(path) if len(documents) == 1 else f"{path}#{place}"
        yield _item(name, document)


def _from_lines(lines: Iterable[str] | None) -> Iterator[Item]:
    for number, line in enumerate(lines or (), start=1):
        if line.strip():
            name = f"line {number}"
            try:
                document = parse_line(_text(line, name), name)
            except DataError as error:
                yield Item(name=name, error=error)
            else:
                yield _item(name, document)


def _text(line: str, name: str) -> str:
    """`line`, unless it was not UTF-8: the bytes that are not stand in it as surrogates."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError as error:
        raise FileProblem(f"{name}: is not UTF-8 text.") from error
    return line


def _item(name: str, document: Document) -> Item:
    try:
        scenario = document.parse(Scenario, BadScenario)
    except DataError as error:
        return Item(name=name, error=error)
    return Item(name=scenario.id, scenario=scenario, document=document)
