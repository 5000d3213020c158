from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.mta import LICENCE, SOURCE, read
from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.library import Library
from alignkit.schema import Scenario

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
Labels = list[dict[str, Any]]


def asked(probe: str = "p1", **changes: object) -> dict[str, Any]:
    fields = {
        "scenario_id": "s1",
        "probe_id": probe,
        "scenario": "A field hospital.",
        "state": None,
        "probe": "Whom first?",
        "choices": ["The soldier", "The pilot"],
    }
    return {**fields, **changes}


@pytest.fixture
def found(tmp_path: Path) -> Callable[..., list[Scenario | DataError]]:
    """What is read of rows that were written to a file."""

    def reading(*rows: object) -> list[Scenario | DataError]:
        path = tmp_path / "rows.json"
        path.write_text(json.dumps(rows), encoding="utf-8")
        return list(read(path))

    return reading


Found = Callable[..., list[Scenario | DataError]]


def scenario_of(found: Found, *rows: object) -> Scenario:
    [one] = found(*rows)
    assert isinstance(one, Scenario), one
    return one


def values_of(scenario: Scenario) -> list[dict[str, float] | None]:
    return [choice.values for choice in scenario.choices]


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("mta") is read


def test_a_row_is_a_scenario(found: Found) -> None:
    scenario = scenario_of(found, [asked("DryRunEval.1"), [{"fairness": 0}, {"fairness": 10}]])
    assert scenario.id == "DryRunEval.1"
    assert scenario.context == "A field hospital."
    assert scenario.question == "Whom first?"
    assert [(choice.id, choice.text) for choice in scenario.choices] == [
        ("c1", "The soldier"),
        ("c2", "The pilot"),
    ]
    assert (scenario.source, scenario.licence, scenario.language) == (SOURCE, LICENCE, "en")


def test_labels_0_5_and_10_are_0_a_half_and_1(found: Found) -> None:
    rows = [asked(choices=["A", "B", "C"]), [{"care": 0}, {"care": 5}, {"care": 10}]]
    assert values_of(scenario_of(found, rows)) == [{"care": 0.0}, {"care": 0.5}, {"care": 1.0}]


def test_a_choice_without_label_has_no_value(found: Found) -> None:
    assert values_of(scenario_of(found, [asked(), [{"care": 0}, {}]])) == [{"care": 0.0}, None]


def test_the_state_follows_the_scenario(found: Found) -> None:
    row = [asked(state="The pilot is bleeding."), [{}, {}]]
    assert scenario_of(found, row).context == "A field hospital.\n\nThe pilot is bleeding."


@pytest.mark.parametrize("changes", [{"state": ""}, {"state": None}])
def test_an_empty_state_adds_nothing(changes: dict[str, object], found: Found) -> None:
    assert scenario_of(found, [asked(**changes), [{}, {}]]).context == "A field hospital."


def test_a_missing_state_and_unknown_fields_do_no_harm(found: Found) -> None:
    fields = asked(note="x")
    del fields["state"]
    assert scenario_of(found, [fields, [{}, {}]]).context == "A field hospital."


def test_rows_with_equal_inputs_are_one_scenario_with_several_attributes(found: Found) -> None:
    scenario = scenario_of(
        found,
        [asked(), [{"fairness": 0}, {"fairness": 10}]],
        [asked(), [{"care": 10}, {"care": 5}]],
        [asked(), [{"care": 10}, {}]],
    )
    assert values_of(scenario) == [
        {"fairness": 0.0, "care": 1.0},
        {"fairness": 1.0, "care": 0.5},
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"probe": "Whom last?"},
        {"scenario": "A ship."},
        {"state": "Later."},
        {"choices": ["The pilot", "The soldier"]},
        {"scenario_id": "s2"},
    ],
)
def test_rows_that_differ_anywhere_are_scenarios_of_their_own(
    changes: dict[str, object], found: Found
) -> None:
    read_ = found([asked("p1"), [{}, {}]], [{**asked("p2"), **changes}, [{}, {}]])
    assert [one.id for one in read_ if isinstance(one, Scenario)] == ["p1", "p2"]


def test_scenarios_come_in_the_order_of_their_first_rows(found: Found) -> None:
    rows = [[asked(probe), [{}, {}]] for probe in ("p3", "p1", "p3", "p2", "p1")]
    assert [one.id for one in found(*rows) if isinstance(one, Scenario)] == ["p3", "p1", "p2"]


def test_no_rows_are_no_scenarios(found: Found) -> None:
    assert found() == []


BROKEN: dict[str, tuple[object, str]] = {
    "a text": ("oops", "is no list of input and labels."),
    "null": (None, "is no list of input and labels."),
    "input alone": ([asked()], "is no list of input and labels."),
    "three parts": ([asked(), [{}, {}], []], "is no list of input and labels."),
    "input is a list": ([[], []], "input: should have fields"),
    "no probe": ([{"scenario_id": "s"}, []], "input.probe_id: this field is missing."),
    "choices are a text": ([asked(choices="A, B"), [{}, {}]], "input.choices: Input should be"),
    "choice is a number": ([asked(choices=["A", 3]), [{}, {}]], "input.choices.1: Input should be"),
    "labels are an object": ([asked(), {}], "labels: Input should be a valid list."),
    "label is a list": ([asked(), [[], {}]], "labels.0: should have fields, "),
    "label is a text": ([asked(), [{"care": "much"}, {}]], "labels.0.care: Input should be"),
    "label beyond 10": ([asked(), [{"care": 11}, {}]], "labels.0.care: Input should be less than"),
    "label below 0": ([asked(), [{"care": -1}, {}]], "labels.0.care: Input should be greater than"),
    "label is no number": (
        [asked(), [{"care": float("nan")}, {}]],
        "labels.0.care: Input should be",
    ),
    "a label too few": ([asked(), [{}]], "2 choices but 1 labels."),
    "a label too many": ([asked(), [{}, {}, {}]], "2 choices but 3 labels."),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_row_is_told_with_its_number_and_the_others_are_read(
    case: str, found: Found
) -> None:
    row, message = BROKEN[case]
    error, good = found([asked(), [{}, {}]], row)
    assert isinstance(good, Scenario)
    assert isinstance(error, DatasetFormat)
    assert f"rows.json: row 2: {message}" in str(error)
    assert ": :" not in str(error)


UNFIT: dict[str, tuple[dict[str, object], Labels, str]] = {
    "one choice": ({"choices": ["A"]}, [{}], "choices: a decision needs at least 2 choices"),
    "no choice": ({"choices": []}, [], "choices: a decision needs at least 2 choices"),
    "equal choices": ({"choices": ["A", "a "]}, [{}, {}], "2 choices have the same text 'a'"),
    "empty choice": ({"choices": ["A", " "]}, [{}, {}], "text: must not be empty"),
    "empty scenario": ({"scenario": ""}, [{}, {}], "context: must not be empty"),
    "control sign": ({"scenario": "Be\x07ll"}, [{}, {}], "context: contains the control character"),
    "odd attribute": ({}, [{"Fair ness": 1}, {}], "use small letters, digits and '_', "),
    "empty id": ({"probe_id": ""}, [{}, {}], "id: String should have at least 1 character"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_row_that_is_no_scenario_is_told_with_its_field(case: str, found: Found) -> None:
    changes, labels, message = UNFIT[case]
    first, second = found([asked(**changes), labels], [asked("good"), [{}, {}]])
    assert isinstance(first, DatasetFormat)
    assert message in str(first)
    assert isinstance(second, Scenario)


def test_rows_that_contradict_each_other_are_told_and_the_first_holds(found: Found) -> None:
    error, scenario = found(
        [asked(), [{"care": 0}, {"care": 10}]], [asked(), [{"care": 0, "fairness": 5}, {"care": 5}]]
    )
    assert "row 2: its values of 'care' contradict those of an earlier row." in str(error)
    assert isinstance(scenario, Scenario)
    assert values_of(scenario) == [{"care": 0.0}, {"care": 1.0}]


def test_another_question_of_the_same_id_is_told_and_left_out(found: Found) -> None:
    first, error, last = found(
        [asked("p1"), [{}, {}]],
        [{**asked("p1"), "probe": "Whom last?"}, [{}, {}]],
        [asked("p2"), [{}, {}]],
    )
    assert isinstance(first, Scenario)
    assert isinstance(last, Scenario)
    assert isinstance(error, DatasetFormat)
    assert "row 2: an earlier row is called 'p1' too." in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"[[", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "is not a list of [input, labels] rows"),
        (b"3", "is not a list of [input, labels] rows"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_what_is_no_list_of_rows_is_told_at_once(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_a_file_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="there is no such file"):
        read(tmp_path / "gone.json")


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
def test_the_published_file_is_20_scenarios_with_31_labelled_attributes() -> None:
    path = Path(DATA or "") / "mta" / "paper-dataset-1-12.json"
    assert len(json.loads(path.read_text(encoding="utf-8"))) == 31
    found = list(read(path))
    scenarios = [one for one in found if isinstance(one, Scenario)]
    assert len(scenarios) == len(found) == 20
    assert len({scenario.id for scenario in scenarios}) == 20
    pairs = {
        (scenario.id, name)
        for scenario in scenarios
        for choice in scenario.choices
        for name in choice.values or {}
    }
    assert len(pairs) == 31
    attributes = Library().attributes
    for name in {name for _, name in pairs}:
        assert name in attributes
