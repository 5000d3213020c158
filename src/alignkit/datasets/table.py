"""Tables of the user's own: CSV, TSV, JSON lines, JSON and YAML, read by a column map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from alignkit.catalog import parse_spec
from alignkit.datasets.columns import ColumnMap
from alignkit.datasets.mapped import mapped
from alignkit.datasets.reading import Placed, json_rows, line_rows, named_rows, numbered
from alignkit.errors import DataError, DatasetFormat, FileProblem, InvalidSetting
from alignkit.library import read_document
from alignkit.schema import Scenario

MEASURES = "whatever you map: CSV, TSV, JSONL, JSON or YAML of your own with a column map"
KIND = ""
SOURCE = "the file, or what its column map says"
LICENCE = "what its column map says"
PLACE = None

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".yaml", ".yml")
MAP = ".map.yaml"
"""Behind the whole name of a table: the file beside it that holds its map."""


def read(path: Path, columns: ColumnMap | None = None) -> Iterator[Scenario | DataError]:
    """The scenarios of the table `path`, and an error for each row that does not fit.

    Args:
        path: of the table; `TABLE?map=FILE` names the map.
        columns: the map itself. Without it and a named one, `TABLE.map.yaml` beside the table is.

    Raises:
        FileProblem: the table or its map cannot be read.
        DatasetFormat: the table has another ending than it may have, or the map has a mistake.
        InvalidSetting: something else than a map is set.
    """
    name, settings = parse_spec(str(path))
    if settings.keys() - {"map"}:
        unknown = ", ".join(sorted(settings.keys() - {"map"}))
        raise InvalidSetting(f"table: there is no setting {unknown}.", "Write table:PATH?map=FILE.")
    table = Path(name)
    if columns is None:
        columns = read_map(_map_of(name, settings))
    return mapped(_rows(table), columns, table.stem, {"source": table.name, "licence": None})


def files(path: Path) -> tuple[Path, ...]:
    """The table and its map, where there is one."""
    name, settings = parse_spec(str(path))
    found = _map_of(name, settings)
    return (Path(name), *([found] if found.is_file() else []))


def _map_of(name: str, settings: Mapping[str, str]) -> Path:
    return Path(settings.get("map", f"{name}{MAP}"))


def read_map(path: Path) -> ColumnMap:
    """The column map in the YAML file `path`.

    Raises:
        FileProblem: it cannot be read; the hint says what a map is.
        DatasetFormat: it has a mistake, told with line and field.
    """
    try:
        document = read_document(path)
    except FileProblem as error:
        hint = "A table needs a map that says which column holds what; see `docs/datasets.md`."
        raise FileProblem(error.message, hint) from error
    return document.parse(ColumnMap, DatasetFormat)


def _rows(path: Path) -> Placed[Any]:
    ending = path.suffix.lower()
    if ending in {".csv", ".tsv"}:
        return named_rows(path, delimiter="\t" if ending == ".tsv" else ",")
    if ending in {".jsonl", ".ndjson"}:
        return line_rows(path)
    if ending == ".json":
        return numbered(path, json_rows(path, "rows (JSON lines are named .jsonl)"))
    if ending in {".yaml", ".yml"}:
        return _documents(path)
    raise DatasetFormat(f"{path}: is no table: its name ends with none of {', '.join(ENDINGS)}.")


def _documents(path: Path) -> Placed[Any]:
    documents = read_document(path).items()
    return ((one.where(()), one.value) for one in documents)
