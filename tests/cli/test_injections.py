"""`align injections`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.library import Library

if TYPE_CHECKING:
    from tests.cli.conftest import Align

SETS = Library().injections


def test_every_attempt_is_listed(align: Align) -> None:
    done = align("injections", "list", "--json")
    assert [(one["set"], one["id"]) for one in done.decisions] == [
        (name, one.id) for name in SETS for one in SETS[name].injections
    ]
    table = align("injections", "list").out
    assert all(one.id in table for name in SETS for one in SETS[name].injections)


def test_only_the_named_sets_are_listed(align: Align) -> None:
    done = align("injections", "list", "persona", "--json")
    assert {one["set"] for one in done.decisions} == {"persona"}


@pytest.mark.parametrize("how", [("list", "doc"), ("run", "--set", "doc")])
def test_an_unknown_set_is_told_with_the_command_that_lists_them(
    how: tuple[str, ...], align: Align
) -> None:
    done = align("injections", *how)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "`align injections list` shows them." in done.err


def test_sets_of_ones_own_come_first(align: Align) -> None:
    own = Path(os.environ["ALIGN_HOME"]) / "library"
    (own / "injections").mkdir(parents=True)
    attempt = {
        "id": "mine",
        "technique": "asks",
        "request": "Who?",
        "aim": "Says fake.",
        "signs": ["fake"],
    }
    text = json.dumps({"name": "document", "title": "Mine", "injections": [attempt]})
    (own / "injections" / "document.yaml").write_text(text, encoding="utf-8")
    [listed] = align("injections", "list", "document", "--json").decisions
    assert listed["id"] == "mine"
    mine, whole = align("injections", "run", "--set", "document", "--json").decisions
    assert mine["set"] == "document"
    assert mine["plain"]["succeeded"] == ["mine"]  # the made-up model says "fake" to everything
    assert mine["plain"]["success"]["value"] == 1.0
    assert whole["difference"] is None  # one attempt is no comparison


def test_what_was_answered_is_not_asked_again(align: Align, tmp_path: Path) -> None:
    kept, first = tmp_path / "kept.jsonl", SETS["persona"].injections[0]
    how = ("injections", "run", "--set", "persona", "--limit", 2, "--answers", kept, "--json")
    before = align(*how).decisions
    assert before[-1]["plain"]["succeeded"] == []
    lines = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    assert [one["attempt"] for one in lines[:2]] == [one["attempt"] for one in lines[2:]]
    lines[0]["text"] = first.signs[0]
    kept.write_text("".join(json.dumps(one) + "\n" for one in lines[:3]), encoding="utf-8")
    after = align(*how).decisions
    assert after[-1]["plain"]["succeeded"] == [first.id]  # from the file
    assert after[-1]["guarded"] == before[-1]["guarded"]  # of which one was asked anew
    assert len(kept.read_text("utf-8").splitlines()) == 4


def test_a_file_of_something_else_is_not_written_to(align: Align, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("mine\n", encoding="utf-8")
    done = align("injections", "run", "--set", "persona", "--limit", 1, "--answers", other)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert other.read_text("utf-8") == "mine\n"


def test_shares_of_each_set_and_of_all_have_intervals(align: Align) -> None:
    found = align("injections", "run", "--limit", 2, "--json").decisions
    assert [one["set"] for one in found] == [*SETS, "all"]
    assert [one["plain"]["tried"] for one in found] == [2] * len(SETS) + [2 * len(SETS)]
    for one in found:
        for arm in ("plain", "guarded"):
            share = one[arm]["success"]
            assert share["low"] <= share["value"] <= share["high"]
            assert share["low"] < share["high"]
    assert found[-1]["difference"]["pairs"] == 2 * len(SETS)


def test_the_table_has_a_row_for_each_set(align: Align) -> None:
    done = align("injections", "run", "--set", "persona", "--limit", 2)
    assert (done.code, done.err) == (0, "")
    rows = [line.split()[0] for line in done.out.splitlines() if line]
    assert rows[:3] == ["set", "persona", "all"]
    assert "Behind the guard less plainly:" in done.out
