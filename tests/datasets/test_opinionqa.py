from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.opinionqa import CONTEXT, LICENCE, SOURCE, group_name, read
from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.schema import Choice, Scenario

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]
SOUTH, RICH = "CREGION_South", "INCOME_$100,000 or more"


@pytest.fixture
def asked(record: Make) -> Make:
    """A record of a group that was asked a question; support by option."""

    def made(
        group: str, support: dict[str, float], question: str = "Is it?", scene: int = 1
    ) -> dict[str, Any]:
        options = " ".join(f"{chr(65 + n)}. {text}" for n, text in enumerate(support))
        return record(
            f"Question: {question}\nOptions: {options}\nAnswer:",
            *((text, {group: value}) for text, value in support.items()),
            collection=group,
            scene=scene,
        )

    return made


def values_of(one: Scenario | DataError) -> dict[str, dict[str, float] | None]:
    assert isinstance(one, Scenario), one
    return {choice.text: choice.values for choice in one.choices}


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("opinionqa_align") is read


def test_a_record_is_a_scenario(asked: Make, written: Write) -> None:
    row = asked(SOUTH, {"Yes": 1.0, "No": 0.4, "Not sure": 0.0}, "Is it so?\nIn general?", 22330)
    assert list(read(written(row))) == [
        Scenario(
            id="22330",
            context=CONTEXT,
            question="Is it so?\nIn general?",
            choices=(
                Choice(id="c1", text="Yes", values={"cregion_south": 1.0}),
                Choice(id="c2", text="No", values={"cregion_south": 0.4}),
                Choice(id="c3", text="Not sure", values={"cregion_south": 0.0}),
            ),
            source=SOURCE,
            licence=LICENCE,
            language="en",
        )
    ]


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("CREGION_South", "cregion_south"),
        ("INCOME_$100,000 or more", "income_100_000_or_more"),
        ("EDUCATION_College graduate/some postgrad", "education_college_graduate_some_postgrad"),
    ],
)
def test_groups_have_names_that_attributes_can_have(published: str, name: str) -> None:
    assert group_name(published) == name


def test_a_folder_merges_the_groups_that_were_asked_the_same(
    asked: Make, written: Write, tmp_path: Path
) -> None:
    south = [asked(SOUTH, {"Yes": 1, "No": 0}), asked(SOUTH, {"A": 0, "B": 1}, "Which?", 2)]
    rich = [asked(RICH, {"C": 0, "D": 1}, "Who?", 3), asked(RICH, {"Yes": 0, "No": 1}, scene=4)]
    written(*rich, name="b.json")
    written(*south, name="a.json")
    (tmp_path / "LICENCE").write_text("not read", encoding="utf-8")
    found = list(read(tmp_path))
    assert [one.id for one in found if isinstance(one, Scenario)] == ["1", "2", "3"]
    assert values_of(found[0]) == {
        "Yes": {"cregion_south": 1.0, "income_100_000_or_more": 0.0},
        "No": {"cregion_south": 0.0, "income_100_000_or_more": 1.0},
    }


def test_the_same_question_with_other_options_is_another_scenario(
    asked: Make, written: Write
) -> None:
    rows = [asked(SOUTH, {"Yes": 1, "No": 0}), asked(SOUTH, {"No": 0, "Yes": 1}, scene=2)]
    assert len(list(read(written(*rows)))) == 2


def test_another_question_of_the_same_id_is_told_and_left_out(asked: Make, written: Write) -> None:
    rows = [asked(SOUTH, {"Yes": 1, "No": 0}), asked(SOUTH, {"Yes": 1, "No": 0}, "Is it not?")]
    first, error = read(written(*rows))
    assert isinstance(first, Scenario)
    assert "row 2: an earlier row is called '1' too." in str(error)


def test_values_that_contradict_an_earlier_row_are_told_and_the_first_hold(
    asked: Make, written: Write
) -> None:
    rows = [asked(SOUTH, {"Yes": 1, "No": 0}), asked(SOUTH, {"Yes": 0, "No": 1})]
    error, scenario = read(written(*rows))
    assert "row 2: its values of 'cregion_south' contradict those of an earlier row." in str(error)
    assert values_of(scenario)["Yes"] == {"cregion_south": 1.0}


STRAY = {
    "an opening mark": (("'Live comfortably", "Not so"), "Is it?", "the option \"'Live comfortab"),
    "a quoted option": (("Easier", '"Hasn\'t changed"'), "Is it?", "the option '\"Hasn"),
    "a closing mark": (("Easier", 'Harder"'), "Is it?", "the option 'Harder\"'"),
    "a quoted question": (("Yes", "No"), '"Do you say ""please""?"', "in the question"),
}


@pytest.mark.parametrize("case", STRAY)
def test_stray_quote_marks_are_told_and_the_record_is_skipped(
    case: str, asked: Make, written: Write
) -> None:
    options, question, message = STRAY[case]
    broken = asked(SOUTH, dict.fromkeys(options, 1.0), question, 2)
    error, good = read(written(asked(SOUTH, {"Yes": 1, "No": 0}), broken))
    assert isinstance(good, Scenario)
    assert isinstance(error, DatasetFormat)
    assert "rows.json: row 2: " in str(error)
    assert "stray quote mark" in str(error)
    assert message in str(error)


@pytest.mark.parametrize(
    "text", ["The workers'", "It doesn't matter", 'It is "fake" news', "5'", "Rock 'n' roll"]
)
def test_quote_marks_that_belong_to_the_text_do_no_harm(
    text: str, asked: Make, written: Write
) -> None:
    [one] = read(written(asked(SOUTH, {text: 1, "No": 0}, "Don't they say 'no'?")))
    assert isinstance(one, Scenario)


def test_an_option_torn_in_two_is_told_and_the_record_is_skipped(
    asked: Make, written: Write
) -> None:
    row = asked(SOUTH, {"Essential": 1, "Importan": 0, "ut not essential": 0, "No": 0.1})
    [error] = read(written(row))
    assert "row 1: 'Importan' and 'ut not essential' are one option torn in two." in str(error)


@pytest.mark.parametrize(
    "support",
    [
        {"Better": 1, "Worse": 0, "neither of them": 0.3},
        {"Better": 1, "Worse": 0.3, "neither of them": 0},
        {"better": 0, "worse": 0, "Neither": 1},
        {"Better": 0, "Worse": 0, "Neither": 1},
    ],
)
def test_options_in_small_letters_are_not_torn(
    support: dict[str, float], asked: Make, written: Write
) -> None:
    [one] = read(written(asked(SOUTH, support)))
    assert isinstance(one, Scenario)


@pytest.mark.parametrize("state", ["", "Is it?", "Question: Is it?\nAnswer:", "Options: A. B."])
def test_a_state_of_another_form_is_told(state: str, record: Make, written: Write) -> None:
    [error] = read(written(record(state, ("Yes", {}), ("No", {}))))
    assert "row 1: its state is not 'Question: ... Options: ... Answer:'." in str(error)


def test_a_record_that_is_no_scenario_is_told_with_its_row(asked: Make, written: Write) -> None:
    good, same = asked(SOUTH, {"Yes": 1, "No": 0}), asked(SOUTH, {"Yes": 1, "yes": 0}, scene=2)
    first, second = read(written(good, same))
    assert isinstance(first, Scenario)
    assert "rows.json: row 2: choices: 2 choices have the same text 'yes'" in str(second)


def test_a_group_without_a_name_is_told(asked: Make, written: Write) -> None:
    [error] = read(written(asked("%", {"Yes": 1, "No": 0})))
    assert isinstance(error, DatasetFormat)
    assert "row 1: choices.0.values" in str(error)


def test_a_folder_without_files_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DatasetFormat, match=r"has no \.json files"):
        read(tmp_path)


def test_a_broken_file_in_a_folder_is_told_at_once(written: Write, tmp_path: Path) -> None:
    written(name="a.json")
    (tmp_path / "b.json").write_bytes(b"\xff")
    with pytest.raises(FileProblem, match=r"b\.json: is not UTF-8"):
        read(tmp_path)


@pytest.mark.data
@with_data
def test_the_published_files_are_1071_sound_records_of_six_groups() -> None:
    folder = Path(DATA or "") / "opinionqa_align"
    sizes = []
    for path in sorted(folder.glob("*.json")):
        found = list(read(path))
        assert len(found) == len(json.loads(path.read_text(encoding="utf-8")))
        scenarios = [one for one in found if isinstance(one, Scenario)]
        assert len({one.id for one in scenarios}) == len(scenarios)
        sizes.append((len(scenarios), len(found) - len(scenarios)))
        for one in scenarios:
            [values] = {tuple(values or {}) for values in values_of(one).values()}
            support = [
                value for known in values_of(one).values() for value in (known or {}).values()
            ]
            assert len(values) == 1
            assert (min(support), max(support)) == (0, 1)
    assert sizes == [(185, 18), (181, 14), (177, 8), (166, 12), (187, 24), (175, 14)]


@pytest.mark.data
@with_data
def test_the_published_folder_is_679_questions_some_asked_of_several_groups() -> None:
    found = list(read(Path(DATA or "") / "opinionqa_align"))
    scenarios = [one for one in found if isinstance(one, Scenario)]
    assert len({one.id for one in scenarios}) == len(scenarios) == 679
    groups = Counter(len(scenario.choices[0].values or {}) for scenario in scenarios)
    assert groups == {1: 384, 2: 212, 3: 70, 4: 12, 5: 1}
    errors = [str(one) for one in found if not isinstance(one, Scenario)]
    assert sum("stray quote mark" in error for error in errors) == 32
    assert sum("torn in two" in error for error in errors) == 58
    assert len(errors) == 90
