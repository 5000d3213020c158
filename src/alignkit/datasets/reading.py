"""What readers of data sets share: rows with their places, and scenarios of different names."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.library import Document, parse_line, read_text
from alignkit.schema import Scenario

Row = TypeVar("Row")
M = TypeVar("M", bound=BaseModel)
Placed = Iterator[tuple[str, Row | DatasetFormat]]
"""Rows, each with its place ("FILE:LINE" or "FILE: row N"), or the error that says why it is none.
"""


def json_rows(path: Path, of: str) -> list[Any]:
    """The items of the JSON list in the file `path`; `of` says of what it should be a list.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    try:
        rows = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise DatasetFormat(f"{path}: is not JSON: {error}.") from error
    if not isinstance(rows, list):
        raise DatasetFormat(f"{path}: is not a list of {of}.")
    return rows


def numbered(path: Path, rows: Iterable[Row]) -> Placed[Row]:
    """`rows` of the file `path` with their places, from row 1."""
    return ((f"{path}: row {number}", row) for number, row in enumerate(rows, start=1))


def counted(rows: Placed[Row]) -> Placed[tuple[int, Row]]:
    """`rows`, each with its number from 1; broken ones count too."""
    for number, (place, row) in enumerate(rows, start=1):
        yield place, row if isinstance(row, DatasetFormat) else (number, row)


def line_rows(path: Path) -> Placed[Any]:
    """The objects of the JSON lines file `path`; empty lines are passed over.

    Raises:
        FileProblem: the file cannot be read.
    """
    return _parsed_lines(path, read_text(path))


def _parsed_lines(path: Path, text: str) -> Placed[Any]:
    # A text may hold signs at which `splitlines` would cut; JSON writes "\n" out.
    for number, line in enumerate(text.split("\n"), start=1):
        place = f"{path}:{number}"
        if line.strip():
            try:
                yield place, parse_line(line, place).value
            except FileProblem as error:
                yield place, DatasetFormat(str(error))


def table_rows(path: Path, delimiter: str = ",") -> Placed[list[str]]:
    """The rows of the CSV file `path`, placed where they begin; empty lines are passed over.

    Raises:
        FileProblem: the file cannot be read.
    """
    return _csv_rows(path, list(StringIO(read_text(path), newline="")), delimiter)


def _csv_rows(path: Path, lines: list[str], delimiter: str) -> Placed[list[str]]:
    rows = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        start = rows.line_num
        place = f"{path}:{start + 1}"
        try:
            row = next(rows)
        except csv.Error as error:  # about this row alone: the reader goes on with the next
            within = "".join(lines[start : rows.line_num])
            opened = start + _line_of_last_cell(within, delimiter)
            yield place, _broken_row(f"{path}:{opened + 1}", error, rows.line_num, opened + 1)
            continue
        except StopIteration:
            return
        if row:
            yield place, row


def _broken_row(place: str, error: csv.Error, end: int, opened: int) -> DatasetFormat:
    """What is wrong, and how many lines go with it: a quote left open takes what follows along."""
    lost = end - opened
    lines = f"the {lost} lines after it are" if lost > 1 else "the line after it is"
    if "unexpected end of data" in str(error):
        told = "a quote opened here is never closed"
    elif lost:
        told = f"{error}: a quote opened here goes on to line {end}"
    else:
        told = str(error)
    return DatasetFormat(f"{place}: {told}; {lines} lost." if lost else f"{place}: {told}.")


def _line_of_last_cell(text: str, delimiter: str) -> int:
    """In which line of `text`, a broken row, the quoted cell begins that breaks it, from 0."""
    comma = re.escape(delimiter)
    opened = 0
    for cell in re.finditer(rf'(?:^|(?<={comma}))"[^"]*+(?:""[^"]*+)*+', text):
        opened = cell.start()
        if not re.compile(rf'"(?:{comma}|\r|\n|$)').match(text, cell.end()):
            break
    return len(re.findall(r"\r\n|\r|\n", text[:opened]))


def named_rows(
    path: Path, needed: Iterable[str] = (), delimiter: str = ","
) -> Placed[dict[str, str]]:
    """The rows below the header of the CSV file `path`, by the names of their columns.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: it is no table, or lacks one of the columns that are `needed`.
    """
    rows = table_rows(path, delimiter)
    _, names = next(rows, ("", []))
    if isinstance(names, DatasetFormat):
        raise DatasetFormat(f"{path}: is not CSV: {names}")
    missing = sorted(set(needed) - set(names))
    if missing:
        raise DatasetFormat(f"{path}: has no column {', '.join(missing)}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DatasetFormat(f"{path}: has two columns called {', '.join(twice)}.")
    return ((place, _named(place, names, row)) for place, row in rows)


def _named(
    place: str, names: list[str], row: list[str] | DatasetFormat
) -> dict[str, str] | DatasetFormat:
    if isinstance(row, DatasetFormat):
        return row
    if len(row) != len(names):
        return DatasetFormat(f"{place}: has {len(row)} cells under {len(names)} columns.")
    return dict(zip(names, row, strict=True))


def files_of(path: Path, pattern: str) -> list[Path]:
    """The file `path`, or the files below the folder `path` that match `pattern`, sorted.

    Raises:
        DatasetFormat: the folder has none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(path.rglob(pattern))
    if not found:
        raise DatasetFormat(f"{path}: has no {pattern} files.")
    return found


def checked(place: str, row: object, model: type[M]) -> M:
    """`row` as `model`.

    Raises:
        DatasetFormat: it has another shape.
    """
    return Document(row, place, {}).parse(model, DatasetFormat)


def scenario_at(place: str, fields: Mapping[str, object]) -> Scenario | DatasetFormat:
    """The scenario with these `fields`, or the error that says what is wrong with them."""
    try:
        return checked(place, dict(fields), Scenario)
    except DatasetFormat as error:
        return error


def scenarios_of(
    found: Iterable[tuple[str, Row | DatasetFormat]],
    make: Callable[[str, Row], Scenario | DatasetFormat],
) -> Iterator[Scenario | DataError]:
    """The scenarios that `make` makes of placed rows, and an error for each that is broken.

    A scenario whose id an earlier one has is an error, too.
    """
    seen: set[str] = set()
    for place, row in found:
        one = row if isinstance(row, DatasetFormat) else make(place, row)
        if isinstance(one, DatasetFormat):
            yield one
        elif one.id in seen:
            yield DatasetFormat(f"{place}: an earlier row is called {one.id!r} too.")
        else:
            seen.add(one.id)
            yield one
