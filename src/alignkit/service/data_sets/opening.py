"""Scenarios of a data set that a user names as FORMAT:PATH, with twins where asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from alignkit.datasets import READERS, with_twins
from alignkit.datasets.columns import ColumnMap
from alignkit.errors import DataError, UsageError
from alignkit.schema import Scenario
from alignkit.service.data_sets.placing import Folders, located

_MAPPED = ("table", "hf")


def dataset(
    spec: str, *, twins: bool = False, columns: ColumnMap | None = None, data: Path | None = None
) -> Iterator[Scenario | DataError]:
    """The scenarios of the data set `FORMAT:PATH`, and an error for each item that is broken.

    Args:
        spec: FORMAT:PATH.
        twins: behind each scenario comes its mirrored twin, of the same group.
        data: the folder of public data sets, where a path leads that is not in the working folder.
        columns: which column holds what, for `table` and `hf`; else a file beside the data says.

    Raises:
        UsageError: the text is not FORMAT:PATH, or the format has no twins or no columns.
        UnknownName: there is no such format.
        DataError: the data cannot be read at all.
    """
    kind, colon, path = spec.partition(":")
    if not colon or not path:
        formats = ", ".join(READERS.names())
        raise UsageError(f"The data set {spec!r} is not FORMAT:PATH.", f"Formats: {formats}.")
    READERS.load(kind)
    found = _read(kind, located(kind, path, Folders(data=data)).path, columns)
    return with_twins(kind, found) if twins else found


def _read(kind: str, path: Path, columns: ColumnMap | None) -> Iterator[Scenario | DataError]:
    reader = READERS.load(kind)
    if columns is None:
        return reader(path)
    if kind not in _MAPPED:
        raise UsageError(
            f"The format {kind!r} has fixed columns.", f"A map is for {' and '.join(_MAPPED)}."
        )
    from alignkit.datasets import hf, table

    return table.read(path, columns) if kind == "table" else hf.read(path, columns)
