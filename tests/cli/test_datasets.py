from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.datasets import READERS

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

PAIRS = "".join(f"I won {n} prizes this year.,I lost {n} keys.\n" for n in range(40))


def test_formats_are_listed_with_source_and_licence(align: Align) -> None:
    ran = align("datasets", "list")
    assert (ran.code, ran.err) == (0, "")
    for name in READERS.names():
        assert f"{name}" in ran.out
    assert "XSTest, Röttger et al. 2024. Licence: CC-BY-4.0." in ran.out
    assert "ALIGN_DATA names no folder." in ran.out


def test_formats_as_json_are_one_object_a_line(align: Align) -> None:
    found = {one["name"]: one for one in align("datasets", "list", "--json").decisions}
    assert list(found) == READERS.names()
    assert found["align_phase2"]["twins"] is True
    assert found["bbq"]["found"] is None


def test_published_files_are_marked(
    align: Align, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bbq").mkdir()
    monkeypatch.setenv("ALIGN_DATA", str(folder))
    assert "bbq  found\n" in align("datasets", "list").out


@pytest.mark.parametrize("words", [("ethics:pairs.csv",), ("ethics", "pairs.csv")])
def test_a_check_says_what_is_there_and_what_is_skipped(
    words: tuple[str, ...], align: Align, write: Write
) -> None:
    write("pairs.csv", PAIRS + "one,two,three\n")
    ran = align("datasets", "check", *words)
    assert (ran.code, ran.err) == (0, "")
    assert "items read: 40; skipped: 1; groups: 40; choices (items): 2 (40)" in ran.out
    assert "pairs.csv:41: has 3 cells, not 2." in ran.out
    assert "licence: MIT" in ran.out
    assert (
        "warning: correctness high: always answering with the longest choice is right in 100%"
        in (" ".join(ran.out.split()))
    )


def test_a_check_as_json_has_everything(align: Align, write: Write) -> None:
    write("pairs.csv", PAIRS)
    [report] = align("datasets", "check", "ethics:pairs.csv", "--json").decisions
    assert report["items"] == 40
    [attribute] = report["attributes"]
    longest = {one["level"]: one for one in attribute["scores"] if one["rule"] == "longest"}
    assert longest["high"]["share"] == 1.0
    assert longest["low"]["share"] == 0.0
    assert longest["high"]["far"] is True


def test_a_check_with_twins(align: Align, write: Write) -> None:
    write("pairs.csv", PAIRS)
    ran = align("datasets", "check", "ethics:pairs.csv", "--twins")
    assert "items read: 80 with twins; skipped: 0; groups: 40" in ran.out
    ran = align("datasets", "check", "mta:pairs.csv", "--twins")
    assert ran.code == 2


def test_an_own_table_is_checked_with_its_map(align: Align, write: Write) -> None:
    write("mine.csv", "q,x,y,k\nWhich?,one,two,1\nWho?,she,he,9\n")
    columns = {"context": {"text": "C"}, "question": "q", "choices": ["x", "y"]}
    write("map.yaml", {**columns, "right": {"column": "k", "as": "number"}})
    ran = align("datasets", "check", "table:mine.csv", "--map", "map.yaml")
    assert ran.code == 0
    assert "items read: 1; skipped: 1" in ran.out
    assert "mine.csv:3: k: '9' is none of the 2 choices." in ran.out
    ran = align("datasets", "check", "table:mine.csv")
    assert (ran.code, ran.out) == (2, "")
    assert "mine.csv.map.yaml: there is no such file." in ran.err


def test_where_nothing_can_be_read_the_code_is_2(align: Align, write: Write) -> None:
    write("pairs.csv", "one,two,three\n")
    ran = align("datasets", "check", "ethics:pairs.csv")
    assert ran.code == 2
    assert "pairs.csv:1: has 3 cells, not 2." in ran.out
    assert "none of its items can be read" in ran.err
    write("pairs.csv", "")
    ran = align("datasets", "check", "ethics:pairs.csv", "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["items"] == 0
    assert "it holds no items" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ethic:x.csv",), "Did you mean 'ethics'"),
        (("ethics:none.csv",), "none.csv: there is no such file."),
        (("ethics",), "its published files are not there"),
        (("table",), "its published files are not there"),
    ],
)
def test_mistakes_are_told_in_one_line(words: tuple[str, ...], message: str, align: Align) -> None:
    ran = align("datasets", "check", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


def test_a_format_alone_means_the_published_files(
    align: Align, folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGN_DATA", str(folder))
    write("ethics/utilitarianism/util_test.csv", PAIRS)
    assert "items read: 40" in align("datasets", "check", "ethics").out


def test_texts_of_a_data_set_do_not_steer_the_terminal(align: Align, write: Write) -> None:
    rows = [{"q": f"Q{n}?", "x": f"[red]a{n}", "y": f"b{n}", "t": "[bold]t"} for n in range(6)]
    write("mine.json", rows)
    columns = {"context": {"text": "C"}, "question": "q", "choices": ["x", "y"]}
    write("mine.json.map.yaml", {**columns, "tags": {"topic": "t"}})
    ran = align("datasets", "check", "table:mine.json")
    assert "topic: [bold]t" in ran.out
    assert "\x1b" not in ran.out


def test_a_file_without_a_format_is_told_how_to_name_it(align: Align, write: Write) -> None:
    write("pairs.csv", PAIRS)
    ran = align("datasets", "check", "pairs.csv")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("align: pairs.csv is a file, and nothing says in which format. Write")
    assert "table:pairs.csv" in ran.err


def test_names_of_attributes_stay_whole_in_a_narrow_terminal(
    align: Align, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = [{"q": f"And on day {day}?", "o": ["Keep", "Send"], "v": [0, 1]} for day in range(6)]
    write("rows.json", rows)
    columns = {"context": {"text": "A letter."}, "question": "q", "choices": "o"}
    write("rows.json.map.yaml", {**columns, "values": {"impartial_beneficence_to_all": "v"}})
    told = align("datasets", "check", "table:rows.json").out
    assert "\nimpartial_beneficence_to_all\nalways " in told
