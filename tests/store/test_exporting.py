from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any, get_args

import duckdb
import pandas as pd
import pytest

from alignkit.errors import InvalidSetting, MissingExtra, UnknownName
from alignkit.store import Format, Kept, Store, export, open_store
from alignkit.store.exporting import COLUMNS

from .conftest import a_run, failed

READ = {"jsonl": "read_json_auto", "csv": "read_csv_auto", "parquet": "read_parquet"}


@pytest.fixture
def mixed(filled: Store, three: list[Kept]) -> Store:
    """A run with a decision, one that was erased, one that failed, and odd signs."""
    filled.start(a_run("quick-2"))
    first = three[0]
    cell = first.cell.model_copy(update={"tags": {"subject": 'law, "old"\nand new'}, "seed": 3})
    odd = Kept(
        cell.model_copy(update={"key": "odd"}),
        first.result.model_copy(update={"key": "odd", "decision": "odd", "choice": "über\ud800"}),
    )
    gone = three[1]
    bad = Kept(three[2].cell.model_copy(update={"key": "bad"}), three[2].result)
    filled.link("quick-2", [gone.cell])
    filled.add("quick-2", [odd, failed(bad, "f" * 32, "It's gone,\nreally.")])
    filled.erase([gone.result.decision])
    return filled


@pytest.mark.parametrize("kind", get_args(Format))
def test_duckdb_and_pandas_read_it_as_it_is(
    mixed: Store, three: list[Kept], tmp_path: Path, kind: Format
) -> None:
    path = tmp_path / f"runs.{kind}"
    with path.open("wb") as out:
        assert export(mixed, ["quick-1", "quick-2"], kind, out) == 6
    query = f"SELECT * FROM {READ[kind]}('{path}')"  # noqa: S608
    found = duckdb.sql(query).fetchall()
    names = [column[0] for column in duckdb.sql(query).description]
    assert names == list(COLUMNS)
    rows = [dict(zip(names, row, strict=True)) for row in found]
    assert [row["outcome"] for row in rows] == [
        "decided",
        "erased",
        "decided",
        "erased",
        "decided",
        "failed",
    ]
    assert rows[1]["decision"] is None
    assert rows[1]["scenario"] == "spillway"
    assert rows[4]["seed"] == 3
    assert _tree(rows[4]["tags"]) == {"subject": 'law, "old"\nand new'}
    assert sum(_tree(rows[0]["probabilities"]).values()) == pytest.approx(1)
    assert rows[5]["reason"] == "It's gone,\nreally."
    assert rows[0]["calls"] == three[0].result.usage.calls
    assert rows[4]["choice"] == "\u00fcber\\ud800"
    share = duckdb.sql(
        f"SELECT avg(confidence) FROM {READ[kind]}('{path}') "  # noqa: S608
        "WHERE outcome = 'decided' AND \"group\" = 'last-antivenom'"
    ).fetchall()
    assert 0 < share[0][0] < 1
    table = _pandas(kind, path)
    assert list(table.columns) == list(COLUMNS)
    assert table["confidence"].dtype == "float64"
    assert list(table["run"]) == ["quick-1"] * 3 + ["quick-2"] * 3


def _tree(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    assert isinstance(found, dict)
    return found


def _pandas(kind: str, path: Path) -> pd.DataFrame:
    if kind == "jsonl":
        return pd.read_json(path, lines=True)
    return pd.read_csv(path) if kind == "csv" else pd.read_parquet(path)


def test_an_unknown_run_or_format_is_said(filled: Store, tmp_path: Path) -> None:
    with (tmp_path / "x").open("wb") as out:
        with pytest.raises(UnknownName, match="Run 'quack'"):
            export(filled, ["quack"], "csv", out)
        with pytest.raises(InvalidSetting, match="no format 'xlsx'"):
            export(filled, ["quick-1"], "xlsx", out)  # type: ignore[arg-type]


def test_parquet_needs_its_library(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (tmp_path / "x").open("wb") as out, pytest.raises(MissingExtra, match="Parquet"):
        export(filled, ["quick-1"], "parquet", out)


def test_memory_stays_flat(
    file: Path, three: list[Kept], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignkit.store.reading._PAGE", 20)
    one = three[0]
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        peaks = []
        for part in range(5):
            made = [
                Kept(
                    one.cell.model_copy(update={"key": f"{part}-{at}"}),
                    one.result.model_copy(
                        update={"key": f"{part}-{at}", "decision": f"{part}-{at}"}
                    ),
                )
                for at in range(100)
            ]
            store.add("quick-1", made)
            with (tmp_path / "x").open("wb") as out:
                tracemalloc.start()
                assert export(store, ["quick-1"], "csv", out) == 100 * (part + 1)
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
    assert peaks[4] < 1.2 * peaks[1]
