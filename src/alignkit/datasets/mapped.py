"""Scenarios from rows and a column map."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from alignkit.datasets.columns import Column, ColumnMap, Fixed, Levels, Right
from alignkit.datasets.neutral import neutral_choices, right_and_wrong
from alignkit.datasets.reading import Placed, counted, scenario_at, scenarios_of
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

Row = Mapping[str, Any]


def mapped(
    rows: Placed[Any], columns: ColumnMap, name: str, about: Mapping[str, str | None]
) -> Iterator[Scenario | DataError]:
    """The scenarios of `rows` by `columns`, and an error for each row that does not fit.

    Args:
        rows: mappings from column to cell, with their places.
        columns: which column holds what.
        name: of the table; rows without an id are called by it and their number.
        about: `source` and `licence` where the map names none.
    """
    return scenarios_of(counted(rows), partial(_scenario, columns, name, about))


def _scenario(
    columns: ColumnMap,
    name: str,
    about: Mapping[str, str | None],
    place: str,
    numbered: tuple[int, Any],
) -> Scenario | DatasetFormat:
    number, row = numbered
    if not isinstance(row, Mapping):
        return DatasetFormat(f"{place}: is no row of named columns.")
    try:
        fields = {
            "id": _text(row, columns.id) if columns.id else f"{name} {number}",
            "context": _text(row, columns.context),
            "question": _text(row, columns.question),
            "choices": _choices(row, columns),
            "source": _text(row, columns.source) if columns.source else about["source"],
            "licence": _text(row, columns.licence) if columns.licence else about["licence"],
            "language": columns.language,
            "group": _text(row, columns.group) or None if columns.group else None,
            "tags": _tags(row, columns.tags),
        }
    except ValueError as error:
        return DatasetFormat(f"{place}: {error}")
    return scenario_at(place, fields)


def _cell(row: Row, column: Column) -> Any:  # noqa: ANN401  whatever the table holds
    found: Any = row
    for part in [column] if column in row else column.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise ValueError(f"there is no column {column!r}.")
        found = found[part]
    return found


def _text(row: Row, column: Column | Fixed) -> str:
    if isinstance(column, Fixed):
        return column.text
    found = _cell(row, column)
    if found is None or isinstance(found, str):
        return found or ""
    if isinstance(found, int | float):  # True and False too, as the table writes them
        return str(found)
    raise ValueError(f"{column}: holds {type(found).__name__}, not text.")


def _tags(row: Row, columns: Mapping[str, Column]) -> dict[str, str]:
    cells = {name: _text(row, column).strip() for name, column in columns.items()}
    return {name: text for name, text in cells.items() if text}


def _choices(row: Row, columns: ColumnMap) -> list[dict[str, Any]]:
    texts = _texts(row, columns)
    right = columns.right
    if right is not None and right.form == "column":
        wrong = [text for column, text in texts.items() if column != right.column]
        if right.column not in texts:
            raise ValueError(f"{right.column}: the right choice is empty.")
        return neutral_choices(right_and_wrong([texts[right.column]], wrong))
    values = _values(row, columns, list(texts))
    if right is not None:
        found = _right_place(row, columns, right, texts)
        for place, known in enumerate(values):
            known["correctness"] = float(place == found)
    return [
        {"id": f"c{number}", "text": text, "values": known or None}
        for number, (text, known) in enumerate(zip(texts.values(), values, strict=True), start=1)
    ]


def _texts(row: Row, columns: ColumnMap) -> dict[str, str]:
    """The texts of the choices, by column or by place in the list."""
    if isinstance(columns.choices, str):
        found = _list(row, columns.choices, columns.separator)
        return {str(place): str(text) for place, text in enumerate(found)}
    texts = {column: _text(row, column).strip() for column in columns.choices}
    return {column: text for column, text in texts.items() if text}


def _list(row: Row, column: Column, separator: str | None) -> list[Any]:
    found = _cell(row, column)
    if isinstance(found, str) and separator is not None:
        return [part for part in map(str.strip, found.split(separator)) if part]
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            raise ValueError(f"{column}: {found[:40]!r} is no list; is a separator due?") from None
    if not isinstance(found, list):
        raise ValueError(f"{column}: is no list.")  # noqa: TRY004  a fault of the row, not ours
    return found


def _values(row: Row, columns: ColumnMap, keys: list[str]) -> list[dict[str, float]]:
    """Of each choice: its value of each attribute."""
    found: list[dict[str, float]] = [{} for _ in keys]
    for name, levels in columns.values.items():
        for known, number in zip(found, _numbers(row, columns, levels, keys, name), strict=True):
            if number is not None:
                known[name] = (number - levels.low) / (levels.high - levels.low)
    return found


def _numbers(
    row: Row, columns: ColumnMap, levels: Levels, keys: list[str], name: str
) -> list[float | None]:
    if levels.column is not None:
        cells = _list(row, levels.column, columns.separator)
        if len(cells) != len(keys):
            raise ValueError(f"{len(keys)} choices but {len(cells)} values of {name!r}.")
    else:
        beside = dict(zip(columns.choices, levels.columns, strict=True))
        cells = [_cell(row, beside[key]) for key in keys]
    return [_number(cell, name) for cell in cells]


def _number(cell: object, name: str) -> float | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None  # unknown
    if isinstance(cell, str | int | float):
        try:
            return float(cell)
        except (ValueError, OverflowError):  # an integer of more than 308 digits
            pass
    raise ValueError(f"{cell!r:.40} is no value of {name!r}.")


def _right_place(row: Row, columns: ColumnMap, right: Right, texts: Mapping[str, str]) -> int:
    """Place among the choices that are not empty of the one that is right."""
    cell = _text(row, right.column).strip()
    if right.form == "text":
        fits = [text == cell for text in texts.values()]
    else:
        # Letters and numbers count the columns as they stand, empty ones included.
        keys = list(texts) if isinstance(columns.choices, str) else list(columns.choices)
        number = _ordinal(cell, right.form)
        meant = keys[number] if number is not None and 0 <= number < len(keys) else None
        fits = [key == meant for key in texts]
    if True not in fits:
        raise ValueError(f"{right.column}: {cell[:40]!r} is none of the {len(texts)} choices.")
    return fits.index(True)


def _ordinal(cell: str, form: str) -> int | None:
    """The place, from 0, that `cell` names as a letter, a number from 1 or an index from 0."""
    if form == "letter":
        upper = cell.upper()  # of "\u00df" it is two letters
        return ord(upper) - ord("A") if len(upper) == 1 else None
    try:
        number = float(cell)
    except ValueError:
        return None
    return int(number) - (form == "number") if number.is_integer() else None
