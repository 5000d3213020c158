"""Readers of public data sets: each yields scenarios, and an error for each item it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from alignkit.catalog import Catalog
from alignkit.errors import DataError
from alignkit.schema import Scenario

Reader = Callable[[Path], Iterator[Scenario | DataError]]
"""Reads a file, or where the reader says so a folder of files.

An item that does not follow the format comes out as the error that says why.
"""

_TABLE = {
    "mta": "alignkit.datasets.mta:read",
    "align_phase2": "alignkit.datasets.align_phase2:read",
    "opinionqa_align": "alignkit.datasets.opinionqa:read",
    "persona_statements": "alignkit.datasets.persona_statements:read",
}

READERS: Catalog[Reader] = Catalog("dataset", _TABLE, f"There are: {', '.join(_TABLE)}.")

__all__ = ["READERS", "Reader"]
