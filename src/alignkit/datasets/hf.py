"""Data sets that the library `datasets` loads (Hugging Face), read by a column map."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alignkit.catalog import parse_spec
from alignkit.datasets.columns import ColumnMap
from alignkit.datasets.mapped import mapped
from alignkit.datasets.table import MAP, read_map
from alignkit.errors import DataError, FileProblem, InvalidSetting, MissingExtra, UsageError
from alignkit.schema import Scenario

MEASURES = "whatever you map: a data set of Hugging Face or of the `datasets` library's loaders"
KIND = ""
SOURCE = "the data set, or what its column map says"
LICENCE = "the data set's own, or what its column map says"
PLACE = None

_SETTINGS = {"config", "split", "revision", "data_files", "cache_dir", "map"}


def read(path: Path, columns: ColumnMap | None = None) -> Iterator[Scenario | DataError]:
    """The scenarios of a data set, and an error for each row that does not fit.

    It is fetched unless it is cached; with `HF_HUB_OFFLINE=1` nothing is.

    Args:
        path: not a path but `NAME?split=SPLIT`, with `config`, `revision`, `data_files`,
            `cache_dir` and `map` (a file) where needed.
        columns: the map itself. Without it and a named one, `NAME.map.yaml` in the working folder
            is, with `--` for `/`.

    Raises:
        MissingExtra: the library is not installed.
        FileProblem: the map or the data set cannot be had.
        DatasetFormat: the map has a mistake.
        UsageError: there is no such setting, or no split is named and there are several.
    """
    name, settings = parse_spec(str(path))
    unknown = settings.keys() - _SETTINGS
    if unknown:
        known = ", ".join(sorted(_SETTINGS))
        raise InvalidSetting(f"hf: there is no setting {min(unknown)!r}.", f"There are: {known}.")
    if columns is None:
        columns = read_map(Path(settings.get("map", map_beside(name))))
    rows = _loaded(name, settings)
    source = f"Hugging Face data set {name}" + _version(settings)
    about = {"source": source, "licence": rows.info.license or None}
    placed = ((f"hf:{name}: row {number}", row) for number, row in enumerate(rows, start=1))
    return mapped(placed, columns, name, about)


def map_beside(name: str) -> str:
    """Name of the file with the column map of the data set `name`, where none is named."""
    return f"{name.replace('/', '--')}{MAP}"


def files(path: Path) -> tuple[Path, ...]:
    """The map and the data, as far as they are files here; what is fetched has `revision`."""
    name, settings = parse_spec(str(path))
    own = [settings.get("map", map_beside(name)), settings.get("data_files", "")]
    return tuple(found for found in map(Path, own) if found.is_file())


def _version(settings: dict[str, str]) -> str:
    parts = [f"{key} {settings[key]}" for key in ("config", "split", "revision") if key in settings]
    return f" ({', '.join(parts)})" if parts else ""


def _loaded(name: str, settings: dict[str, str]) -> Any:  # noqa: ANN401  a library without types
    try:
        library = importlib.import_module("datasets")
    except ImportError as error:
        raise MissingExtra("The library 'datasets'", "data") from error
    given = {key: settings[key] for key in settings.keys() - {"config", "map"}}
    try:
        found = library.load_dataset(name, settings.get("config"), **given)
    except Exception as error:  # its loaders raise what they like
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise FileProblem(f"hf:{name}: cannot be loaded: {first}") from error
    if isinstance(found, dict):
        splits = ", ".join(found)
        raise UsageError(f"hf:{name}: name a split.", f"hf:{name}?split=...; there are: {splits}.")
    return found
