"""Commands over a store: runs, show, export, records, and explain and replay by a decision's id."""

from __future__ import annotations

import io
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from alignkit.evaluate.runner import result_of
from alignkit.schema import Cell, Record, Run
from alignkit.service import read_record
from alignkit.store import Kept, open_store

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Ran


class Terminal(io.StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def records(align: Align, folder: Path) -> list[Record]:
    """Two decisions, stored as the run quick-1 in the store where commands look for it."""
    ran = align(
        *("decide", "last-antivenom", "spillway", "-p", "utilitarian-medic"),
        *("-d", "comparative_regression", "--records", "records"),
    )
    assert ran.code == 0
    found = [read_record(path) for path in sorted((folder / "records").iterdir())]
    run = Run(
        id="quick-1",
        name="quick",
        created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        experiment={},
        versions={},
        cells=3,
    )
    with open_store(f"sqlite:///{folder}/align.db") as store:
        store.start(run)
        store.add("quick-1", [_kept(record) for record in found])
    return found


def _kept(record: Record) -> Kept:
    decision = record.decision
    cell = Cell(
        key=f"key of {decision.scenario}",
        dataset="shipped",
        scenario=decision.scenario,
        group=decision.scenario,
        profile=decision.profile,
        decider=decision.decider,
        model=decision.model,
    )
    return Kept(cell, result_of(cell, decision), record)


def test_runs_are_listed(align: Align, records: list[Record]) -> None:
    assert len(records) == 2
    ran = align("runs")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[1].split() == [
        *("quick-1", "quick", "2026-01-02", "03:04", "3", "2", "0", "0")
    ]
    [row] = align("runs", "--json").decisions
    assert row == {
        "id": "quick-1",
        "name": "quick",
        "created": "2026-01-02T03:04:00Z",
        "cells": 3,
        "done": 2,
        "failed": 0,
        "erased": 0,
    }


def test_a_decision_is_shown_as_it_was_when_it_was_made(
    align: Align, records: list[Record]
) -> None:
    ran = align("show", records[0].decision.id[:8])
    assert (ran.code, ran.err) == (0, "")
    assert records[0].scenario.question in ran.out
    assert "utilitarian-medic, comparative_regression, fake" in ran.out
    call = records[0].evidence.calls[0]
    assert call.question.instructions not in ran.out
    full = " ".join(align("show", records[0].decision.id[:8], "--prompts").out.split())
    assert " ".join(call.prompt.text("user").split()) in full
    assert " ".join(call.question.instructions.split()) in full
    assert f"Question {len(records[0].evidence.calls)}" in full


def test_a_decision_is_given_as_its_record(
    align: Align, records: list[Record], folder: Path
) -> None:
    ran = align("show", records[1].decision.id, "--json")
    (folder / "again.json").write_text(ran.out, encoding="utf-8")
    assert read_record(folder / "again.json") == records[1]
    assert align("show", "again.json").code == 0


def test_an_unknown_decision_is_a_mistake_with_what_comes_near(
    align: Align, records: list[Record]
) -> None:
    wrong = records[0].decision.id[:-1] + "x"
    ran = align("show", wrong)
    assert ran.code == 2
    assert ran.err.startswith(f"align: Decision {wrong!r} is not known. Did you mean")
    assert records[0].decision.id in ran.err


@pytest.mark.parametrize("command", ["explain", "replay"])
def test_a_decision_may_be_named_by_its_id(
    align: Align, records: list[Record], folder: Path, command: str
) -> None:
    name = records[0].decision.id[:10]
    url = f"sqlite:///{folder}/align.db"
    ran = align(command, name, "--store", url)
    assert (ran.code, ran.err) == (0, "")
    [path] = (folder / "records").glob(f"*{name[:8]}*")
    assert ran.out.replace(name, "X") == align(command, path).out.replace(str(path), "X")
    assert align(command, name).out == ran.out  # the store is where it is looked for
    mixed = align(command, name, path, "--store", url, "--json")
    assert mixed.code == 0
    assert [row["record"] for row in mixed.decisions] == [name, str(path)]


@pytest.mark.parametrize(
    "command", [("runs",), ("show", "abc"), ("export",), ("records", "verify")]
)
def test_a_store_that_is_not_there_is_not_made(
    align: Align, folder: Path, command: tuple[str, ...]
) -> None:
    ran = align(*command)
    assert ran.code == 2
    assert "align.db: there is no store." in ran.err
    assert not (folder / "align.db").exists()
    there = align(*command, "--store", "sqlite:///no/such/align.db")
    assert there.code == 2


def test_a_file_that_is_no_store_is_a_failure_of_the_store(align: Align, folder: Path) -> None:
    (folder / "align.db").write_text("id,choice\n", encoding="utf-8")
    ran = align("runs")
    assert ran.code == 4
    assert ran.err.startswith("align: align.db: is not a database")


def test_a_run_is_exported(align: Align, records: list[Record], folder: Path) -> None:
    lines = align("export", "quick", "--format", "jsonl").out.splitlines()
    assert [json.loads(line)["decision"] for line in lines] == [
        record.decision.id for record in records
    ]
    ran = align("export", "--format", "parquet", "--out", "out/quick.parquet")
    assert (ran.code, ran.out, ran.err) == (0, "", "out/quick.parquet: 2 rows.\n")
    assert list(pd.read_parquet(folder / "out/quick.parquet")["run"]) == ["quick-1"] * 2
    assert [path.name for path in (folder / "out").iterdir()] == ["quick.parquet"]


def test_a_run_is_written_for_other_tools(
    align: Align, records: list[Record], folder: Path
) -> None:
    for tool in ("inspect", "align_phase2"):
        ran = align("export", "quick", "--format", tool, "--out", tool)
        assert (ran.code, ran.err) == (0, "")
        paths = [folder / line for line in ran.out.splitlines()]
        assert sorted(paths) == sorted((folder / tool).iterdir())
        texts = "".join(path.read_text(encoding="utf-8") for path in paths)
        for record in records:
            assert json.dumps(record.scenario.question)[1:-1] in texts
        ran = align("export", "quick", "--format", tool)
        assert ran.code == 2
        assert "Name RUN and --out" in ran.err


def test_an_export_that_cannot_be_written_is_said(align: Align, records: list[Record]) -> None:
    assert records
    assert align("export", "--format", "parquet").code == 2
    ran = align("export", "quack")
    assert (ran.code, ran.out) == (2, "")
    assert "Run 'quack' is not known. Did you mean 'quick'" in ran.err
    ran = align("export", "--out", "align.db/x.csv")
    assert ran.code == 4
    assert "align.db/x.csv: cannot be written" in ran.err


def test_what_was_changed_is_a_negative_verdict(
    align: Align, records: list[Record], folder: Path
) -> None:
    assert records
    ran = align("records", "verify")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("quick-1: is intact (2 entries, 0 erased); its last hash is ")
    connection = sqlite3.connect(folder / "align.db")
    connection.execute("UPDATE results SET body = replace(body, 'decided', 'escalated')")
    connection.commit()
    connection.close()
    ran = align("records", "verify", "quick")
    assert ran.code == 1
    assert ran.out.startswith("quick-1: was changed")
    assert ran.out.count("its result was changed.") == 2
    [row] = align("records", "verify", "--json").decisions
    assert row["intact"] is False
    assert len(row["problems"]) == 2


def test_decisions_are_erased_only_if_that_is_meant(align: Align, records: list[Record]) -> None:
    name = records[0].decision.id
    ran = align("records", "delete", name)
    assert ran.code == 2
    assert "Erase 1 decision in align.db for good? Give --yes" in ran.err
    assert align("show", name).code == 0
    ran = align("records", "delete", name, "--yes")
    assert (ran.code, ran.out, ran.err) == (0, "", "1 decision erased.\n")
    ran = align("show", name)
    assert ran.code == 2
    assert "was erased" in ran.err
    assert "(2 entries, 1 erased)" in align("records", "verify").out
    assert align("records", "delete", name).err == "0 decisions erased.\n"


def test_a_user_at_a_terminal_is_asked(
    align: Align, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answered(text: str) -> Ran:
        monkeypatch.setattr("sys.stdin", Terminal(text))
        return align("records", "prune", "--run", "quick")

    for no in ("n\n", ""):
        ran = answered(no)
        assert ran.code == 130
        assert "Erase 2 decisions in align.db for good?" in ran.err
        assert ran.err.endswith("align: stopped.\n")
    assert align("show", records[0].decision.id).code == 0
    assert answered("y\n").err.endswith("2 decisions erased.\n")


def test_what_is_pruned_is_said_by_date_or_by_run(align: Align, records: list[Record]) -> None:
    assert records
    for wrong in ((), ("--before", "2026-01-01", "--run", "quick"), ("--before", "yesterday")):
        assert align("records", "prune", "--yes", *wrong).code == 2
    assert align("records", "prune", "--yes", "--before", "2000-01-01").err.startswith("0 dec")
    ran = align("records", "prune", "--yes", "--before", "9999-01-01T00:00:00+01:00")
    assert ran.err == "2 decisions erased.\n"
