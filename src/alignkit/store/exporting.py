"""Writes runs as flat rows, one per cell, for other tools."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Literal, get_args

from alignkit.errors import InvalidSetting, MissingExtra
from alignkit.store.kept import Held
from alignkit.store.store import Store

Format = Literal["jsonl", "csv", "parquet"]
_GROUP = 10_000
"""Rows of a Parquet file that are in memory together."""

COLUMNS = {
    "run": "string",
    "dataset": "string",
    "scenario": "string",
    "group": "string",
    "profile": "string",
    "decider": "string",
    "model": "string",
    "seed": "int64",
    "targets": "string",
    "tags": "string",
    "decision": "string",
    "outcome": "string",
    "choice": "string",
    "confidence": "float64",
    "probabilities": "string",
    "estimates": "string",
    "truths": "string",
    "reason": "string",
    "tokens_submitted": "int64",
    "tokens_evaluated": "int64",
    "tokens_generated": "int64",
    "calls": "int64",
    "seconds": "float64",
    "key": "string",
}
"""The columns with their types; `targets`, `tags`, `probabilities`, `estimates` and `truths` are
JSON objects as text."""

Row = dict[str, str | int | float | None]


def export(store: Store, runs: Iterable[str], format: Format, out: BinaryIO) -> int:  # noqa: A002
    """Write every cell of `runs`, given by their ids, to `out`; gives the number of rows.

    A cell whose result was erased has the outcome `erased` and nothing that came of it. Rows are
    written as they are read, so memory stays flat.

    Raises:
        UnknownName: there is no such run.
        InvalidSetting: there is no such format.
        MissingExtra: Parquet needs pyarrow.
        OSError: `out` cannot be written.
    """
    if format not in get_args(Format):
        raise InvalidSetting(f"There is no format {format!r}.", "There are: jsonl, csv, parquet.")
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for run in runs:
            for held in store.held(run):
                count += 1
                yield row_of(run, held)

    {"jsonl": _write_lines, "csv": _write_csv, "parquet": _write_parquet}[format](counted(), out)
    return count


def row_of(run: str, held: Held) -> Row:
    """A cell of a run as a flat row; half a sign, which no file may hold, is written out."""
    return {
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in _row(run, held).items()
    }


def _row(run: str, held: Held) -> Row:
    cell, result = held.cell, held.result
    row: Row = {
        **dict.fromkeys(COLUMNS),
        "run": run,
        "dataset": cell.dataset,
        "scenario": cell.scenario,
        "group": cell.group,
        "profile": cell.profile,
        "decider": cell.decider,
        "model": cell.model,
        "seed": cell.seed,
        "targets": _json(cell.targets),
        "tags": _json(cell.tags),
        "truths": _json(cell.truths),
        "outcome": "erased",
        "key": cell.key,
    }
    if result is None:
        return row
    return row | {
        "decision": result.decision,
        "outcome": result.outcome,
        "choice": result.choice,
        "confidence": result.confidence,
        "probabilities": _json(result.probabilities),
        "estimates": _json(result.estimates),
        "reason": result.reason,
        **result.usage.model_dump(),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write_lines(rows: Iterator[Row], out: BinaryIO) -> None:
    out.writelines(_json(row).encode() + b"\n" for row in rows)


def _write_csv(rows: Iterator[Row], out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, "utf-8", newline="")
    try:
        writer = csv.DictWriter(text, list(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
        text.flush()
    finally:
        text.detach()  # whoever opened it closes it


def _write_parquet(rows: Iterator[Row], out: BinaryIO) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtra("pyarrow, which writes Parquet,", "data") from error
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while some := list(islice(rows, _GROUP)):
            writer.write_table(pa.Table.from_pylist(some, schema))
