from __future__ import annotations

import json
import math
import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.cli.benching import Board
from alignkit.evaluate.scores import Figures
from alignkit.service.benching import Row, Step

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
STATEMENTS = [f"o{n},openness,{('positive', 'negative')[n % 2]},0.9,I am {n}" for n in range(4)]

TABLE = """\
decider model family  items high  low macro from   to chance constant order   auc brier open \
calls tokens seconds
oracle  none  persona     4 1.00 1.00 1.000 1.00 1.00   0.50     0.50 1.000 1.000 0.000    0 \
  0.0      0    0.00
oracle  none  mta         1 1.00 1.00 1.000    -    -   0.50     0.50 1.000     - 0.000    1 \
  0.0      0    0.00
first   none  persona     4 0.50 0.50 0.500 0.50 0.50   0.50     0.50 0.500 0.500 0.500    0 \
  0.0      0    0.00
first   none  mta         1 0.00 1.00 0.500    -    -   0.50     0.50 0.500     - 0.500    0 \
  0.0      0    0.00
"""


@pytest.fixture
def data(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four statements and one triage question, where ALIGN_DATA says."""
    asked = {"scenario_id": "s", "probe_id": "one", "scenario": "Many hurt.", "probe": "Whom?"}
    choices = {**asked, "choices": ["The first", "The second", "The third"]}
    levels = [{"fairness": level} for level in (0, 10, 10)]
    write("data/mta/paper-dataset-1-12.json", [[choices, levels]])
    heading = "id,persona_dim,direction,label_confidence,statement"
    write("data/persona_statements/statements.csv", "\n".join([heading, *STATEMENTS, ""]))
    monkeypatch.setenv("ALIGN_DATA", "data")
    return folder / "data"


@pytest.mark.usefixtures("data")
def test_the_table_has_a_row_for_each_decider_and_family(align: Align) -> None:
    controls = ("-d", "oracle", "-d", "first", "-f", "persona", "-f", "mta")
    ran = align("bench", "methods", *controls)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == TABLE


@pytest.mark.usefixtures("data")
def test_a_row_is_a_line_however_long_its_names_are(align: Align) -> None:
    long = "direct_regression?temperature=0.5&bandwidth=0.1&norm=local&alignment=kde_likely"
    ran = align("bench", "methods", "-d", long, "-f", "mta")
    assert len(ran.out.splitlines()) == 2
    assert ran.out.splitlines()[1].startswith(f"{long} fake ")


def test_what_was_learned_is_not_used_and_no_option_is_needed_for_it(align: Align) -> None:
    ran = align("bench", "methods", "--uncalibrated")
    assert ran.code == 2
    assert "No such option" in ran.err


def test_a_row_that_is_wider_than_the_terminal_takes_two_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = "hf:somebody/a-model-with-a-long-name-GGUF/a-model-with-a-long-name-q4_k_m.gguf"
    figures = Figures(**dict.fromkeys([one.name for one in fields(Figures)], 0))
    for room in (100, 240, None):
        with Board(as_json=False, names=(["oracle"], [model], ["mta"]), room=room) as board:
            board.show(Step(1, 1, Row("oracle", model, None, "mta", figures, ())))
    lines = capsys.readouterr().out.splitlines()
    assert lines[4:6] == lines[6:8]
    assert [len(line) > 100 for line in lines[:5]] == [False] * 4 + [True]
    names, numbers = lines[2:4]
    assert names == f"oracle  {model} mta"
    assert f"{names} {numbers}".split() == lines[5].split()
    assert len(numbers) == len(lines[1])


@pytest.mark.usefixtures("data")
def test_json_is_one_object_a_row_with_all_figures(align: Align) -> None:
    ran = align("bench", "methods", "-d", "oracle", "-f", "persona", "-f", "mta", "--json")
    assert (ran.code, ran.err) == (0, "")
    first, second = (json.loads(line, parse_constant=pytest.fail) for line in ran.out.splitlines())
    names = ["decider", "model", "sha256", "family"]
    names += [*(field.name for field in fields(Figures)), "attributes"]
    assert list(first) == list(second) == names
    assert list(first.values())[:11] == ["oracle", "none", None, "persona", 4, 1, 1, 1, 1, 1, 0.5]
    assert (first["auc"], first["undecided"], first["calls"]) == (1, 0, 0)
    assert first["brier"] < 1e-6
    assert (second["family"], second["auc"], second["undecided"]) == ("mta", None, 1)


def test_what_is_not_known_is_null_or_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    names = {field.name for field in fields(Figures)} - {"order", "auc"}
    figures = Figures(**dict.fromkeys(names, 0), order=math.nan, auc=None)
    row = Row("d", "m", None, "f", figures, ())
    for as_json in (True, False):
        with Board(as_json=as_json) as board:
            board.show(Step(1, 2))
            board.show(Step(2, 2, row))
    in_json, _, in_table = capsys.readouterr().out.splitlines()
    found = json.loads(in_json, parse_constant=pytest.fail)
    assert (found["order"], found["auc"]) == (None, None)
    assert in_table.split()[11:13] == ["-", "-"]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("options", "items"),
    [((), 4), (("--limit", "2"), 2), (("--limit", "0"), 4), (("--limit", "1", "--json"), 2)],
)
def test_the_limit_is_of_scenarios_and_0_is_none(
    options: tuple[str, ...], items: int, align: Align
) -> None:
    ran = align("bench", "methods", "-d", "first", "-f", "persona", "--json", *options)
    assert [row["items"] for row in ran.decisions] == [items]


@pytest.mark.usefixtures("data")
def test_the_halves_add_up(align: Align) -> None:
    counts = {}
    for half in ("first", "second", "both"):
        ran = align(*("bench", "methods", "-d", "first", "-f", "persona", "--half", half, "--json"))
        counts[half] = sum(row["items"] for row in ran.decisions)
    assert counts["first"] + counts["second"] == counts["both"] == 4


@pytest.mark.usefixtures("data")
def test_a_row_that_cannot_be_had_is_said_beside_the_others(align: Align) -> None:
    few = "direct_regression?shots=50&examples=family"
    ran = align("bench", "methods", "-d", few, "-d", "oracle", "-f", "mta", "--json")
    assert ran.code == 0
    assert [row["decider"] for row in ran.decisions] == ["oracle"]
    assert ran.err.startswith(f"skipped: {few} on mta: 50 examples of 'fairness' are asked for")
    assert ran.err.count("\n") == 1


@pytest.mark.usefixtures("data")
def test_models_are_named_in_their_rows(align: Align) -> None:
    models = ("-m", "fake?seed=1", "-m", "fake?seed=2")
    ran = align("bench", "methods", "-d", "baseline", "-f", "mta", *models, "--json")
    assert [row["model"] for row in ran.decisions] == ["fake?seed=1", "fake?seed=2"]


@pytest.mark.usefixtures("data")
def test_decisions_are_kept_in_the_home_and_not_made_again(align: Align, home: Path) -> None:
    command = ("bench", "methods", "-d", "contrastive", "-f", "persona", "--json")
    first = align(*command)
    kept = (home / "bench" / "cells.jsonl").read_text()
    assert len(kept.splitlines()) == 8
    assert align(*command, "--at-once", "1").out == first.out
    assert (home / "bench" / "cells.jsonl").read_text() == kept


@pytest.mark.usefixtures("data")
def test_decisions_are_kept_in_the_file_that_is_named(align: Align, home: Path) -> None:
    ran = align("bench", "methods", "-d", "first", "-f", "mta", "--cells", "kept/c.jsonl")
    assert ran.code == 0
    assert len(Path("kept/c.jsonl").read_text().splitlines()) == 2
    assert not (home / "bench").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("-f", "bbq"), "There is no family 'bbq'. There are: mta, affiliation, "),
        (("-f", "personal_safety"), "there is no such file. Name the folder of the data with ALI"),
        (
            ("-d", "direct_regresion", "-f", "mta"),
            "Decider 'direct_regresion' is not known. Did you mean 'direct_regression'",
        ),
        (
            ("-d", "oracle?speed=1", "-f", "mta"),
            "Decider 'oracle': speed: there is no such setting",
        ),
    ],
)
@pytest.mark.usefixtures("data")
def test_mistakes_are_told_in_a_line(options: tuple[str, ...], said: str, align: Align) -> None:
    ran = align("bench", "methods", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("align: ")
    assert ran.err.count("\n") == 1


def test_without_data_the_way_out_is_named(align: Align) -> None:
    ran = align("bench", "methods")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "align: The public data sets are needed to compare methods. Set ALIGN_DATA to the folder "
        "that holds mta/, align_phase2/ and persona_statements/.\n"
    )


@pytest.mark.parametrize("option", [("--half", "third"), ("--limit", "-1"), ("--at-once", "0")])
def test_options_with_impossible_values_are_refused(option: tuple[str, str], align: Align) -> None:
    ran = align("bench", "methods", *option)
    assert (ran.code, ran.out) == (2, "")
    assert option[0] in ran.err


@pytest.mark.data
@with_data
def test_every_family_is_measured_on_the_published_data(
    align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIGN_DATA", DATA or "")
    ran = align("bench", "methods", "-d", "direct_regression", "--limit", "1", "--json")
    assert [(row["family"], row["items"]) for row in ran.decisions] == [
        ("mta", 2),
        ("affiliation", 2),
        ("personal_safety", 2),
        ("persona", 24),
    ]


@pytest.mark.usefixtures("data")
def test_attributes_and_margins_stand_below_the_table(align: Align) -> None:
    asked = ("-d", "oracle", "--against", "first", "--attributes", "-f", "persona")
    ran = align("bench", "methods", *asked)
    assert (ran.code, ran.err) == (0, "")
    table, attributes, margins = ran.out.split("\n\n")
    assert [line.split()[0] for line in table.splitlines()] == ["decider", "oracle", "first"]
    head, names, *rows = attributes.splitlines()
    assert (head, names.split()[3:]) == (
        "By attribute",
        ["attribute", "items", "high", "low", "auc", "from", "to"],
    )
    assert rows[0].split()[2:7] == ["persona", "openness", "4", "1.00", "1.00"]
    head, names, *rows = margins.splitlines()
    assert head == "Right choices more than first"
    assert [row.split()[:6] for row in rows] == [
        ["oracle", "none", "persona", "4", "+0.500", "+0.500"],
    ]


@pytest.mark.usefixtures("data")
def test_json_has_attributes_and_margins_too(align: Align) -> None:
    asked = ("-d", "oracle", "--against", "first", "-f", "persona", "--json")
    first, _, one = align("bench", "methods", *asked).decisions
    assert first["attributes"]["openness"]["auc"] == 1
    assert 0.3 < first["attributes"]["openness"]["auc_low"] < 1
    assert (one["decider"], one["against"], one["family"]) == ("oracle", "first", "persona")
    assert one["families"] == ["persona"]
    assert (one["clusters"], one["margin"], one["p_value"]) == (4, 0.5, 0.125)


@pytest.mark.usefixtures("data")
def test_where_nothing_can_be_compared_it_is_said(align: Align) -> None:
    ran = align("bench", "methods", "-d", "oracle", "--against", "first", "-f", "mta")
    assert ran.code == 0
    assert ran.err.startswith("skipped: nothing to compare with first: ")
    assert "Right choices" not in ran.out


@pytest.mark.usefixtures("data")
def test_models_of_one_name_are_compared_apart(align: Align) -> None:
    models = ("-m", "fake?seed=1", "-m", "fake?seed=2")
    asked = ("-d", "oracle", "-d", "baseline", "--against", "first", *models, "-f", "persona")
    found = [
        row for row in align("bench", "methods", *asked, "--json").decisions if "against" in row
    ]
    assert [(row["decider"], row["model"]) for row in found] == [
        ("baseline", "fake?seed=1"),
        ("baseline", "fake?seed=2"),
        ("oracle", "none"),
    ]


@pytest.mark.usefixtures("data")
def test_what_to_compare_with_is_checked_before_anything_is_measured(align: Align) -> None:
    ran = align("bench", "methods", "-d", "oracle", "--against", "instucted", "-f", "mta")
    assert ran.code == 2
    assert "instructed" in ran.err
    assert ran.out == ""


@pytest.mark.usefixtures("data")
def test_a_file_that_holds_something_else_is_left_alone(align: Align, write: Write) -> None:
    mine = write("mine.yaml", "name: mine\ntargets: {care: 1}\n")
    ran = align("bench", "methods", "-d", "first", "-f", "persona", "--cells", mine)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"align: {mine}: is something else than decisions that were kept. Name another file.\n"
    )
    assert mine.read_text(encoding="utf-8") == "name: mine\ntargets: {care: 1}\n"


@pytest.mark.usefixtures("data")
def test_objects_that_are_no_decisions_are_left_alone(align: Align, write: Write) -> None:
    mine = write("mine.jsonl", 'garbage\n{"a": 1}\n')
    ran = align("bench", "methods", "-d", "first", "-f", "persona", "--cells", mine)
    assert (ran.code, ran.out) == (2, "")
    assert "is something else than decisions that were kept" in ran.err
    assert mine.read_text(encoding="utf-8") == 'garbage\n{"a": 1}\n'


@pytest.mark.usefixtures("data")
def test_the_table_of_short_names_fits_120_columns(align: Align) -> None:
    ran = align("bench", "methods", "-d", "chooser_judge", "-f", "persona", "--against", "oracle")
    assert max(map(len, ran.out.splitlines())) <= 120
