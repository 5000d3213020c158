from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.service import read_record, write_text

if TYPE_CHECKING:
    from tests.cli.conftest import Align


@pytest.fixture
def record(align: Align, folder: Path) -> Path:
    """A record of a decision that the made-up model with seed 3 made."""
    ran = align(
        *("decide", "last-antivenom", "-p", "bold-medic", "-d", "direct_regression"),
        *("-m", "fake?seed=3", "--records", "records"),
    )
    assert ran.code == 0
    [path] = (folder / "records").iterdir()
    return path.relative_to(folder)


@pytest.fixture
def moved(record: Path) -> Path:
    """The record with another probability in it."""
    found = read_record(record)
    shares = {**found.decision.probabilities, "divide": 0.0}
    decision = found.decision.model_copy(update={"probabilities": shares})
    path = record.with_name("moved.json")
    write_text(path, found.model_copy(update={"decision": decision}).model_dump_json())
    return path


def test_a_decision_that_holds_is_the_same(align: Align, record: Path) -> None:
    ran = align("replay", record)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"{record}: the same decision\n"


def test_a_decision_that_differs_is_a_negative_verdict_with_the_difference(
    align: Align, moved: Path
) -> None:
    ran = align("replay", moved)
    assert ran.code == 1
    first, second = ran.out.splitlines()
    assert first == f"{moved}: differs"
    assert second.startswith("  probability of divide: was 0.0000, is 0.")


def test_one_that_differs_among_several_is_enough(align: Align, record: Path, moved: Path) -> None:
    ran = align("replay", record, moved, record)
    assert ran.code == 1
    assert [line.rpartition(": ")[2] for line in ran.out.splitlines() if line[0] != " "] == [
        "the same decision",
        "differs",
        "the same decision",
    ]


def test_a_folder_stands_for_its_records(align: Align, record: Path, moved: Path) -> None:
    ran = align("replay", record.parent)
    assert ran == align("replay", *sorted((record, moved)))
    assert ran.out.count(": differs\n") == ran.out.count(": the same decision\n") == 1


def test_results_as_json_are_one_object_a_record(align: Align, record: Path, moved: Path) -> None:
    ran = align("replay", record, moved, "--json")
    same, differs = ran.decisions
    assert list(same) == ["record", "same", "differences", "notes", "decision"]
    assert (same["record"], same["same"], same["differences"]) == (str(record), True, [])
    assert (differs["same"], len(differs["differences"])) == (False, 1)
    assert same["decision"]["scenario"] == "last-antivenom"
    assert "evidence" not in same["decision"]


def test_another_model_may_be_named_and_is_named(align: Align, record: Path) -> None:
    ran = align("replay", record, "--model", "fake?seed=4")
    assert ran.code == 1
    assert "  model: was fake?seed=3, is fake?seed=4\n" in ran.out


def test_the_recorded_model_is_used_whatever_the_default_is(
    align: Align, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGN_MODEL", "no-such-model")
    assert align("replay", record).code == 0


def test_another_engine_is_noted_and_nothing_more(align: Align, record: Path) -> None:
    found = read_record(record)
    model = found.model.model_copy(update={"engine": "engine 0"})
    write_text(record, found.model_copy(update={"model": model}).model_dump_json())
    ran = align("replay", record)
    assert ran.code == 0
    assert ran.out.endswith("the same decision\n  (note) engine: was engine 0, is None\n")


def test_records_of_a_comparison_are_replayed_too(align: Align, folder: Path) -> None:
    align("compare", "two-funds", "-p", "none", "-p", "growth-investor", "--records", "r")
    assert align("replay", *sorted((folder / "r").iterdir())).code == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "", "is not a record: the file: Invalid JSON"),
        (lambda _: "{}", "is not a record: created: Field required."),
        (lambda text: text[: len(text) // 2], "is not a record: the file: Invalid JSON"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 9', 1), "newer"),
        (lambda text: text.replace('"direct_regression"', '"direct"'), "Decider 'direct' is not"),
        (lambda text: text.replace('"fake?seed=3"', '"gone"'), "Model 'gone' is not known."),
        (
            lambda text: text.replace('"bandwidth"', '"breadth"'),
            "breadth: there is no such setting",
        ),
    ],
)
def test_what_cannot_be_replayed_is_a_mistake_in_the_input(
    change: Callable[[str], str], message: str, align: Align, record: Path
) -> None:
    record.write_text(change(record.read_text()))
    ran = align("replay", record)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("name", ["gone.json", "."])
def test_a_record_that_is_not_there_is_told(name: str, align: Align) -> None:
    ran = align("replay", name)
    assert ran.code == 2
    assert ran.err.startswith(f"align: {name}: ")


def test_the_decision_itself_is_no_record(align: Align, folder: Path) -> None:
    decision = align("decide", "two-funds", "--json").out
    (folder / "decision.json").write_text(decision)
    ran = align("replay", "decision.json")
    assert ran.code == 2
    assert "is not a record" in ran.err


def test_a_record_is_json_that_others_can_read(record: Path) -> None:
    found = json.loads(record.read_text(encoding="utf-8"))
    assert {"decision", "scenario", "profile", "attributes", "model", "decider"} <= found.keys()
