"""Tables as comma-separated values, and all numbers of a report as one such file."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence

from alignkit.report.run.blocks import Section, Table, Value, tables_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be run by a spreadsheet."""


def table_csv(table: Table) -> str:
    """`table` as CSV with a header; numbers in full, nothing where there is none."""
    return _csv([table.columns, *table.rows])


def table_link(table: Table) -> str:
    """`table` as a `data:` address."""
    text = table_csv(table).encode("utf-8", errors="replace")
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(text).decode()}"


def report_csv(sections: Sequence[Section]) -> str:
    """All numbers of a report, one a row: section, table, row, column, value.

    Texts of a row are repeated beside each of its numbers, as `what`.
    """
    rows: list[Sequence[Value]] = [("section", "table", "row", "what", "column", "value")]
    for title, table in tables_of(sections):
        for place, row in enumerate(table.rows, start=1):
            named = list(zip(table.columns, row, strict=True))
            what = "; ".join(f"{name}={value}" for name, value in named if isinstance(value, str))
            rows += [
                (title, table.name, place, what, name, value)
                for name, value in named
                if isinstance(value, int | float)
            ]
    return _csv(rows)


def _csv(rows: Sequence[Sequence[Value]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([_plain(value) for value in row] for row in rows)
    return file.getvalue()


def _plain(value: Value) -> Value:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
