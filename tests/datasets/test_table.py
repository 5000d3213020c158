from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alignkit.datasets import READERS
from alignkit.datasets.columns import ColumnMap
from alignkit.datasets.table import read, read_map
from alignkit.errors import DatasetFormat, FileProblem, InvalidSetting
from alignkit.schema import Choice, Scenario

QUIZ: dict[str, Any] = {
    "id": "nr",
    "context": {"text": "A quiz."},
    "question": "q",
    "choices": ["a", "b", "c"],
    "right": {"column": "key", "as": "letter"},
    "tags": {"topic": "about"},
    "group": "family",
    "licence": {"text": "CC0-1.0"},
    "language": "en",
}
HEADER = "nr,q,a,b,c,key,about,family\n"
Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """A table, with a map beside it."""

    def writing(text: str, name: str = "quiz.csv", columns: dict[str, Any] | None = None) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.map.yaml").write_text(yaml.safe_dump(columns or QUIZ))
        return path

    return writing


def values(scenario: Any) -> list[Any]:
    assert isinstance(scenario, Scenario), scenario
    return [choice.values for choice in scenario.choices]


def listed(**changes: Any) -> dict[str, Any]:
    return {"context": "c", "question": "q", "choices": "options", **changes}


def rows(*found: object) -> str:
    return json.dumps(list(found))


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("table") is read


def test_a_row_is_a_scenario(put: Put) -> None:
    assert list(read(put(HEADER + "7,2+2?,3,4,5,B,math,f1\n"))) == [
        Scenario(
            id="7",
            context="A quiz.",
            question="2+2?",
            choices=(
                Choice(id="c1", text="3", values={"correctness": 0}),
                Choice(id="c2", text="4", values={"correctness": 1}),
                Choice(id="c3", text="5", values={"correctness": 0}),
            ),
            source="quiz.csv",
            licence="CC0-1.0",
            language="en",
            group="f1",
            tags={"topic": "math"},
        )
    ]


def test_empty_cells_are_no_choice_no_tag_and_no_group(put: Put) -> None:
    [one] = read(put(HEADER + "7,2+2?,3,,4,C,,\n"))
    assert values(one) == [{"correctness": 0}, {"correctness": 1}]
    assert isinstance(one, Scenario)
    assert (one.tags, one.group) == ({}, None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("8,2+2?,3,4,5,D,x,y", "quiz.csv:3: key: 'D' is none of the 3 choices."),
        ("8,2+2?,3,,5,B,x,y", "quiz.csv:3: key: 'B' is none of the 2 choices."),
        ("8,2+2?,3,4,5,,x,y", "quiz.csv:3: key: '' is none of the 3 choices."),
        ("8,2+2?,3,3,5,A,x,y", "quiz.csv:3: choices: 2 choices have the same text"),
        ("8,,3,4,5,A,x,y", "quiz.csv:3: question: must not be empty"),
        ("7,2+2?,3,4,5,A,x,y", "quiz.csv:3: an earlier row is called '7' too."),
        ("8,2+2?,3,4", "quiz.csv:3: has 4 cells under 8 columns."),
        ("8,2+2?,,,5,C,x,y", "quiz.csv:3: choices: a decision needs at least 2 choices"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_line(line: str, message: str, put: Put) -> None:
    good = "7,2+2?,3,4,5,B,math,f1\n"
    first, error = read(put(HEADER + good + line + "\n"))
    assert isinstance(first, Scenario)
    assert message in str(error)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ['8,"2+2?,3,4,5,A,x,y', "9,Q,3,4,5,A,x,y", "10,Q,3,4,5,A,x,y"],
            "quiz.csv:3: a quote opened here is never closed; the 2 lines after it are lost.",
        ),
        (
            ['8,"more', 'lines",3,"4', "5,A,x,y", "9,Q,3,4,5,A,x,y"],
            "quiz.csv:4: a quote opened here is never closed; the 2 lines after it are lost.",
        ),
        (
            ['8,"2+2? ""so"",3,4,5,A,x,y', '9,"Q",3,"4",5,A,x,y'],
            (
                "quiz.csv:3: ',' expected after '\"': a quote opened here goes on to line 4; "
                "the line after it is lost."
            ),
        ),
        (['8,Q,3,4,5,A,x,"y'], "quiz.csv:3: a quote opened here is never closed."),
    ],
)
def test_a_quote_left_open_is_told_with_what_it_swallows(
    lines: list[str], message: str, put: Put
) -> None:
    text = HEADER + "7,2+2?,3,4,5,B,math,f1\n" + "\n".join(lines)
    first, error = read(put(text))
    assert isinstance(first, Scenario)
    assert str(error).rpartition("/quiz.csv")[2] == message.removeprefix("quiz.csv")


@pytest.mark.parametrize(
    ("form", "cell", "place"),
    [
        ("letter", "b", 1),
        ("number", "2", 1),
        ("number", 2, 1),
        ("index", 0, 0),
        ("index", "1.0", 1),
        ("text", "no", 1),
    ],
)
def test_ways_to_say_what_is_right(form: str, cell: object, place: int, put: Put) -> None:
    columns = listed(right={"column": "key", "as": form})
    row = {"c": "C", "q": "Q", "options": ["yes", "no"], "key": cell}
    [one] = read(put(rows(row), "t.json", columns))
    assert [found["correctness"] for found in values(one)].index(1.0) == place


@pytest.mark.parametrize(
    ("form", "cell"),
    [
        ("number", 0),
        ("index", -1),
        ("index", 1.5),
        ("letter", "AB"),
        ("letter", "\N{LATIN SMALL LETTER SHARP S}"),  # in capitals it is two letters
        ("text", "YES"),
        ("number", []),
    ],
)
def test_what_names_no_choice_is_told(form: str, cell: object, put: Put) -> None:
    columns = listed(right={"column": "key", "as": form})
    row = {"c": "C", "q": "Q", "options": ["yes", "no"], "key": cell}
    [error] = read(put(rows(row), "t.json", columns))
    assert "t.json: row 1: key: " in str(error)


def test_a_fixed_column_of_choices_may_be_right(put: Put) -> None:
    columns = {
        "context": "c",
        "question": "q",
        "choices": ["good", "bad", "worse"],
        "right": {"column": "good", "as": "column"},
    }
    found = [{"c": "C", "q": "Q", "good": f"g{n}", "bad": f"b{n}", "worse": ""} for n in range(40)]
    scenarios = [one for one in read(put(rows(*found), "t.json", columns)) if values(one)]
    first = sum(one.choices[0].text.startswith("g") for one in scenarios if hasattr(one, "choices"))
    assert 0 < first < 40
    for one in scenarios:
        assert isinstance(one, Scenario)
        assert [
            choice.text[0] for choice in one.choices if choice.values == {"correctness": 1}
        ] == ["g"]


def test_true_values_are_scaled(put: Put) -> None:
    columns = listed(values={"care": {"column": "marks", "low": 1, "high": 5}})
    row = {"c": "C", "q": "Q", "options": ["x", "y", "z"], "marks": [1, "4", None]}
    [one] = read(put(rows(row), "t.json", columns))
    assert values(one) == [{"care": 0.0}, {"care": 0.75}, None]


def test_true_values_may_stand_in_a_column_for_each_choice(put: Put) -> None:
    columns = {**QUIZ, "choices": ["a", "b"], "values": {"care": ["x", "y"]}, "right": None}
    text = "nr,q,a,b,x,y,about,family\n1,Q,one,two,0.2,,t,f\n2,Q,one,,1,0,t,f\n"
    first, second = read(put(text, columns=columns))
    assert values(first) == [{"care": 0.2}, None]
    assert "at least 2 choices" in str(second)


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        ([1, 2], "3 choices but 2 values of 'care'."),
        ([1, 2, "high"], "'high' is no value of 'care'."),
        ([1, 2, 10**400], "1000000000000000000000000000000000000000 is no value of 'care'."),
        ([1, 2, 7], "choices.2.values.care: Input should be less than or equal to 1"),
        ("1;2", "marks: '1;2' is no list; is a separator due?"),
        ({}, "marks: is no list."),
    ],
)
def test_values_that_do_not_fit_are_told(marks: object, message: str, put: Put) -> None:
    columns = listed(values={"care": {"column": "marks", "low": 1, "high": 5}})
    row = {"c": "C", "q": "Q", "options": ["x", "y", "z"], "marks": marks}
    [error] = read(put(rows(row), "t.json", columns))
    assert f"t.json: row 1: {message}" in str(error)


def test_lists_in_cells_of_text(put: Put) -> None:
    columns = listed(separator=";", values={"care": "marks"})
    text = "c,q,options,marks\nC,Q,yes; no ;,0;1\n"
    [one] = read(put(text, columns=columns))
    assert values(one) == [{"care": 0}, {"care": 1}]
    as_json = listed(values={"care": "marks"})
    text = 'c,q,options,marks\nC,Q,"[""yes"", ""no""]","[0, 1]"\n'
    assert values(next(read(put(text, columns=as_json)))) == [{"care": 0}, {"care": 1}]


def test_fields_inside_a_column(put: Put) -> None:
    columns = listed(choices="options.text")
    row = {"c": "C", "q": "Q", "options": {"text": ["x", "y"]}}
    found = list(read(put(rows(row, {"c": "C", "q": "Q", "options": ["x"]}), "t.json", columns)))
    assert isinstance(found[0], Scenario)
    assert "row 2: there is no column 'options.text'." in str(found[1])


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.tsv", "t.yaml", "t.json"])
def test_formats_of_tables(name: str, put: Put) -> None:
    columns = {"context": "c", "question": "q", "choices": ["x", "y"]}
    text = {
        "t.tsv": "c\tq\tx\ty\nC\tQ\tone\ttwo\n",
        "t.yaml": "- c: C\n  q: Q\n  x: one\n  y: two\n- just: this\n",
        "t.json": '[{"c": "C", "q": "Q", "x": "one", "y": "two"}, {"just": "this"}]',
    }.get(name, '{"c": "C", "q": "Q", "x": "one", "y": "two"}\n\n{"just": "this"}\n')
    found = list(read(put(text, name, columns)))
    assert isinstance(found[0], Scenario)
    assert [choice.text for choice in found[0].choices] == ["one", "two"]
    if name != "t.tsv":
        place = {"t.yaml": "t.yaml:5", "t.json": "t.json: row 2"}.get(name, f"{name}:3")
        assert f"{place}: there is no column 'c'." in str(found[1])


def test_other_endings_are_refused(put: Put) -> None:
    with pytest.raises(DatasetFormat, match=r"ends with none of \.csv"):
        read(put("", "t.xlsx"))


def test_the_map_may_be_named_or_given(put: Put, tmp_path: Path) -> None:
    path = put(HEADER + "7,2+2?,3,4,5,B,math,f1\n")
    beside = path.with_name("quiz.csv.map.yaml")
    own = beside.rename(tmp_path / "own.yaml")
    [named] = read(Path(f"{path}?map={own}"))
    [given_] = read(path, ColumnMap.model_validate(QUIZ))
    assert named == given_
    with pytest.raises(
        FileProblem, match=r"quiz.csv.map.yaml: there is no such file. A table needs"
    ):
        read(path)
    with pytest.raises(InvalidSetting, match="there is no setting split"):
        read(Path(f"{path}?split=x"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"questions": "q"}, "map.yaml:1: questions: there is no such field"),
        ({"values": {"care": ["x"]}}, "there must be a column for each one of choices; one that"),
        ({"values": {"care": {"columns": "x"}}}, "values.care.columns: should be a list"),
        ({"values": {"correctness": ["x", "y", "z"]}}, "right: gives `correctness`"),
        ({"right": {"column": "other", "as": "column"}}, "'other' is no column of choices"),
        ({"right": {"column": "a", "as": "colour"}}, "right.as"),
        ({"values": {"care": {"column": "x", "low": 2, "high": 1}}}, "low must be less than high"),
        ({"values": {"care": {"low": 0}}}, "give `column` or `columns`, one of them"),
    ],
)
def test_a_mistake_in_the_map_is_told(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(json.dumps({**QUIZ, **changes}))
    with pytest.raises(DatasetFormat) as caught:
        read_map(path)
    assert message in str(caught.value)


def test_values_cannot_be_reordered_with_a_fixed_right_column() -> None:
    with pytest.raises(ValidationError, match="cannot be combined with values"):
        ColumnMap.model_validate(
            {
                **QUIZ,
                "right": {"column": "a", "as": "column"},
                "values": {"care": ["x", "y", "z"]},
            }
        )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    found=st.lists(
        st.dictionaries(
            st.sampled_from(["c", "q", "options", "key"]),
            st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3)),
        ),
        max_size=4,
    )
)
def test_whatever_the_rows_hold_comes_out_as_scenarios_and_errors(
    found: list[dict[str, Any]], put: Put
) -> None:
    columns = listed(right={"column": "key", "as": "index"})
    for one in read(put(rows(*found), "t.json", columns)):
        assert isinstance(one, Scenario | DatasetFormat)
