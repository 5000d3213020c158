"""The data of an experiment: where it lies, what is in it, and its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alignkit.datasets import READERS, Twin, twin_of
from alignkit.errors import AlignkitError, BadExperiment, DataError, UsageError
from alignkit.evaluate.matrix import Dataset
from alignkit.evaluate.selection import selected
from alignkit.library import Library
from alignkit.schema import Scenario
from alignkit.schema.experiment import SHIPPED, DataSource
from alignkit.service.data_sets.placing import (
    Folders,
    fingerprints,
    fingerprints_below,
    located,
)
from alignkit.service.inputs import scenarios_named

Reading = Callable[[], Iterator[Scenario | DataError] | Iterator[Scenario]]
"""Reads a data set from its beginning."""


@dataclass
class Source:
    """A data set of an experiment, found and ready to be read."""

    dataset: Dataset
    files: dict[str, str]
    """SHA-256 of each file, by the name that the experiment gives it."""
    skipped: list[str] = field(default_factory=list)
    """What could not be read, and why; known after the first pass."""


@dataclass(frozen=True)
class Places:
    """Where data is looked for."""

    library: Library
    data: Path | None
    """The folder of public data sets."""
    folder: Path | None
    """The folder of the experiment's file."""

    @property
    def folders(self) -> Folders:
        """The folders of files."""
        return Folders(self.folder, self.data)


def found_source(source: DataSource, places: Places) -> Source:
    """The data set that `source` describes.

    Raises:
        FileProblem: one of its files is not there.
        DatasetFormat: its folder has no file of the format.
        UnknownName: there is no such format or scenario.
        BadExperiment: twins are wanted of a format that has none.
    """
    twin = _twin(source) if source.twins else None
    skipped: list[str] = []
    if source.path is not None:
        found = located(source.format or "", source.path, places.folders)
        files = fingerprints(found)
        read = _reading(source, found.path)
    else:
        names, files = _named(source, places)
        read = _reading_named(names, places.library)

    def scenarios() -> Iterator[Scenario]:
        skipped.clear()
        told = lambda error: skipped.append(str(error))  # noqa: E731  shorter than its own name
        return selected(_usable(read(), skipped), source, twin, told)

    dataset = Dataset(source.name, scenarios, source.attributes, source.profiles)
    return Source(dataset, files, skipped)


def _usable(found: Iterable[Scenario | AlignkitError], skipped: list[str]) -> Iterator[Scenario]:
    for one in found:
        if isinstance(one, Scenario):
            yield one
        else:
            skipped.append(str(one))


def _reading(source: DataSource, path: Path) -> Reading:
    reader = READERS.load(source.format or "")
    return lambda: reader(path)


def _reading_named(names: list[str], library: Library) -> Reading:
    def read() -> Iterator[Scenario]:
        for item in scenarios_named(names, library):
            if item.scenario is not None:
                yield item.scenario
            elif item.error is not None:
                # Who names a scenario means it; only what data sets hold may be broken.
                raise item.error

    return read


def _named(source: DataSource, places: Places) -> tuple[list[str], dict[str, str]]:
    """What the names of `source` stand for, and the fingerprints of those that are files."""
    names: list[str] = []
    files: dict[str, str] = {}
    for name in source.scenarios:
        if name == SHIPPED:
            names += list(places.library.scenarios)
        elif Path(name).suffix or "/" in name:
            path = places.folders.path(name)
            names.append(str(path))
            files |= fingerprints_below(name, path)
        else:
            names.append(name)
    return names, files


def _twin(source: DataSource) -> Twin:
    if source.format is None:
        raise BadExperiment(
            f"Data set {source.name!r}: scenarios that are named have no mirrored twins.",
            "Leave out `twins`.",
        )
    try:
        return twin_of(source.format)
    except UsageError as error:
        hint = f"Leave out `twins`. {error.hint}"
        raise BadExperiment(f"Data set {source.name!r}: {error.message}", hint) from error
