"""ETHICS, HaluEval and TruthfulQA: formats that name the right answer by its place or its field."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import ethics, halueval, truthfulqa
from alignkit.datasets.neutral import neutral_choices, right_and_wrong
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

Found = Iterator[Scenario | DataError]
HEADER = list(
    map(
        str,
        (field.alias for field in truthfulqa._Asked.model_fields.values()),
    )
)


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """A CSV file with these rows."""

    def writing(*rows: list[str]) -> Path:
        path = tmp_path / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return path

    return writing


Table = Callable[..., Path]


def scenarios(found: Found) -> list[Scenario]:
    kept = list(found)
    assert all(isinstance(one, Scenario) for one in kept), kept
    return [one for one in kept if isinstance(one, Scenario)]


def right(scenario: Scenario) -> list[str]:
    return [one.text for one in scenario.choices if (one.values or {})["correctness"] == 1]


# The neutral order


def test_the_order_depends_on_the_texts_alone() -> None:
    one = neutral_choices(right_and_wrong(["yes"], ["no", "perhaps"]))
    other = neutral_choices(right_and_wrong(["perhaps"], ["no", "yes"]))
    assert [choice["text"] for choice in one] == [choice["text"] for choice in other]
    assert [choice["id"] for choice in one] == ["c1", "c2", "c3"]


def test_right_answers_stand_first_about_as_often_as_second() -> None:
    made = [neutral_choices(right_and_wrong([f"a{n}"], [f"b{n}"])) for n in range(1000)]
    first = sum(str(choices[0]["text"]).startswith("a") for choices in made)
    assert 450 < first < 550


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (["a"], ["a"], "stands there twice"),
        (["a", "b", "a"], ["c"], "stands there twice"),
        ([], ["a"], "no right answer"),
        (["a"], [], "no wrong answer"),
    ],
)
def test_answers_that_cannot_be_told_apart_are_refused(
    good: list[str], bad: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        right_and_wrong(good, bad)


# ETHICS


def test_the_first_event_is_the_more_pleasant_one(table: Table) -> None:
    [one] = scenarios(ethics.read(table(["I won. ", "I lost."])))
    assert one.id == "pair 1"
    assert right(one) == ["I won."]
    assert sorted(choice.text for choice in one.choices) == ["I lost.", "I won."]
    assert (one.source, one.licence, one.language) == (ethics.SOURCE, ethics.LICENCE, "en")


def test_pairs_that_share_an_event_are_a_group(table: Table) -> None:
    found = scenarios(
        ethics.read(table(["A", "B"], ["x", "y"], ["C", "D"], ["B", "c"], ["p", "q"]))
    )
    assert [one.group for one in found] == ["pair 1", None, "pair 1", "pair 1", None]


def test_a_pair_of_three_is_told(table: Table) -> None:
    first, second, third = ethics.read(table(["a", "b"], ["a", "b", "c"], ["same", "same"]))
    assert isinstance(first, Scenario)
    assert "rows.csv:2: has 3 cells, not 2." in str(second)
    assert "rows.csv:3: the answer 'same' stands there twice." in str(third)


# HaluEval


def asked(**changes: Any) -> str:
    fields = {"knowledge": " It is blue.", "question": "Which colour?"}
    answers = {"right_answer": "blue", "hallucinated_answer": "It is red."}
    return json.dumps({**fields, **answers, **changes})


def test_the_knowledge_is_the_situation(tmp_path: Path) -> None:
    path = tmp_path / "qa.json"
    path.write_text(f"{asked()}\n\n{asked(right_answer='sky')}\n{asked(knowledge='Other.')}\n")
    first, second, third = scenarios(halueval.read(path))
    assert (first.context, first.question) == ("It is blue.", "Which colour?")
    assert right(first) == ["blue"]
    assert [one.group for one in (first, second, third)] == ["question 1", "question 1", None]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "qa.json:2: is not valid JSON"),
        ("[]", "qa.json:2: expected"),
        (asked(right_answer=None), "qa.json:2: right_answer"),
        (asked(hallucinated_answer="blue"), "qa.json:2: the answer 'blue' stands there twice."),
        (asked(knowledge="  "), "qa.json:2: knowledge: must not be empty"),
    ],
)
def test_a_broken_line_is_told(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "qa.json"
    path.write_text(f"{asked()}\n{line}\n{asked()}\n")
    first, error, last = halueval.read(path)
    assert isinstance(first, Scenario)
    assert isinstance(last, Scenario)
    assert isinstance(error, DatasetFormat)
    assert message in str(error)


# TruthfulQA


def row(**changes: str) -> list[str]:
    cells = {
        "Type": "Adversarial",
        "Category": "Myths",
        "Question": "Is it?",
        "Best Answer": "It is not",
        "Best Incorrect Answer": "It is",
        "Correct Answers": "It is not; Nobody knows;",
        "Incorrect Answers": "It is; It always was",
    }
    return [{**cells, **changes}[name] for name in HEADER]


def test_all_answers_are_offered(table: Table) -> None:
    [one] = scenarios(truthfulqa.read(table(HEADER, row())))
    assert len(one.choices) == 4
    assert sorted(right(one)) == ["It is not", "Nobody knows"]
    assert one.tags == {"category": "Myths", "type": "Adversarial"}


def test_pairs_offer_the_best_answers(table: Table) -> None:
    [one] = scenarios(truthfulqa.read_pairs(table(HEADER, row())))
    assert sorted(choice.text for choice in one.choices) == ["It is", "It is not"]
    assert right(one) == ["It is not"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Correct Answers": " ; "}, "rows.csv:2: there is no right answer."),
        (
            {"Incorrect Answers": "It is; It is"},
            "rows.csv:2: the answer 'It is' stands there twice",
        ),
        ({"Incorrect Answers": "it is not"}, "rows.csv:2: choices: 2 choices have the same text"),
        ({"Question": ""}, "rows.csv:2: Question: must not be empty"),
    ],
)
def test_a_broken_question_is_told(changes: dict[str, str], message: str, table: Table) -> None:
    [error] = truthfulqa.read(table(HEADER, row(**changes)))
    assert message in str(error)


def test_a_table_without_its_columns_is_told(table: Table) -> None:
    with pytest.raises(DatasetFormat, match="has no column Correct Answers"):
        truthfulqa.read(table([name for name in HEADER if name != "Correct Answers"]))
