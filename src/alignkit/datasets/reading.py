"""What readers of data sets share: rows of a JSON list, and scenarios of different names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from alignkit.errors import DataError, DatasetFormat
from alignkit.library import read_text
from alignkit.schema import Scenario

Row = TypeVar("Row")


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
