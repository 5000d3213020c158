"""Readers of public data sets: each yields scenarios, and an error for each item it cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from alignkit.catalog import Catalog
from alignkit.datasets.twins import TWINS, Twin, twin_of, with_twins
from alignkit.errors import DataError
from alignkit.schema import Scenario

Reader = Callable[[Path], Iterator[Scenario | DataError]]
"""Reads a file, or where the reader says so a folder of files.

An item that does not follow the format comes out as the error that says why. Beside it the module
has `MEASURES`, `KIND` (see `about.KINDS`), `SOURCE`, `LICENCE` and `PLACE`, and where more than the
path itself is read the function `files(path)`, which says what is.
"""

_TABLE = {
    "mta": "alignkit.datasets.mta:read",
    "align_phase2": "alignkit.datasets.align_phase2:read",
    "opinionqa_align": "alignkit.datasets.opinionqa:read",
    "persona_statements": "alignkit.datasets.persona_statements:read",
    "mmlu": "alignkit.datasets.mmlu:read",
    "mfq30": "alignkit.datasets.mfq30:read",
    "ous": "alignkit.datasets.ous:read",
    "ethics": "alignkit.datasets.ethics:read",
    "moralchoice": "alignkit.datasets.moralchoice:read",
    "truthfulqa": "alignkit.datasets.truthfulqa:read",
    "truthfulqa_pairs": "alignkit.datasets.truthfulqa:read_pairs",
    "halueval": "alignkit.datasets.halueval:read",
    "xstest": "alignkit.datasets.xstest:read",
    "bbq": "alignkit.datasets.bbq:read",
    "helpsteer2": "alignkit.datasets.helpsteer2:read",
    "table": "alignkit.datasets.table:read",
    "hf": "alignkit.datasets.hf:read",
}

READERS: Catalog[Reader] = Catalog("dataset", _TABLE, f"There are: {', '.join(_TABLE)}.")

__all__ = ["READERS", "TWINS", "Reader", "Twin", "twin_of", "with_twins"]
