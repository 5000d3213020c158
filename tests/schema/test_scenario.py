from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alignkit.schema import MAX_CHOICES, Choice, Scenario

Mistake = Callable[[type, Any], str]

A, B = {"id": "a", "text": "Treat A"}, {"id": "b", "text": "Treat B"}


def fields(**changed: Any) -> dict[str, Any]:
    """The fields of a scenario without mistakes."""
    return {"id": "s", "context": "Two are hurt.", "question": "Whom?", "choices": [A, B]} | changed


def test_the_smallest_scenario_has_two_choices() -> None:
    scenario = Scenario.model_validate(fields())
    assert scenario.choice_ids == ("a", "b")
    assert [choice.pinned for choice in scenario.choices] == [False, False]
    assert scenario.choices[0].values is None
    assert (scenario.title, scenario.language, scenario.entities) == (None, None, ())


def test_without_a_group_it_belongs_to_itself() -> None:
    assert Scenario.model_validate(fields()).belongs_to == "s"
    grouped = Scenario.model_validate(fields(group="g"))
    assert grouped.belongs_to == "g"
    assert "belongs_to" not in grouped.model_dump()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_choices_are_no_decision(mistake: Mistake, count: int) -> None:
    expected = f": choices: a decision needs at least 2 choices, there is {count}"
    assert mistake(Scenario, fields(choices=[A, B][:count])) == expected


def test_as_many_choices_as_the_decisions_api_takes_will_do() -> None:
    many = [{"id": str(n), "text": f"Option {n}"} for n in range(MAX_CHOICES)]
    assert MAX_CHOICES == 255
    assert len(Scenario.model_validate(fields(choices=many)).choices) == 255


def test_more_choices_than_that_are_refused(mistake: Mistake) -> None:
    many = [{"id": str(n), "text": f"Option {n}"} for n in range(256)]
    expected = ": choices: at most 255 can be decided over, not 256"
    assert mistake(Scenario, fields(choices=many)) == expected


def test_two_choices_with_one_id_are_refused(mistake: Mistake) -> None:
    expected = ": choices: 2 choices have the same id 'a'"
    assert mistake(Scenario, fields(choices=[A, {"id": "a", "text": "Other"}])) == expected


@pytest.mark.parametrize("text", ["Treat A", "treat a", "Treat\n  A", "TREAT\tA "])
def test_texts_must_differ_by_more_than_case_and_spacing(mistake: Mistake, text: str) -> None:
    expected = ": choices: 2 choices have the same text 'treat a'"
    assert mistake(Scenario, fields(choices=[A, {"id": "c", "text": text}])) == expected


def test_a_long_text_is_cut_in_the_message(mistake: Mistake) -> None:
    same = [{"id": key, "text": "x" * 99} for key in ("a", "b", "c")]
    expected = f": choices: 3 choices have the same text {'x' * 60!r}"
    assert mistake(Scenario, fields(choices=same)) == expected


@pytest.mark.parametrize("bad", ["", " ", " a", "a ", "a\nb", "a" * 101])
def test_an_id_has_no_space_around_it_and_fits_on_a_line(bad: str, mistake: Mistake) -> None:
    assert mistake(Choice, {"id": bad, "text": "x"}).startswith("id: String should")


@pytest.mark.parametrize("good", ["a", "no", "none of these", "ä", "a" * 100, "1/2"])
def test_other_ids_are_kept_as_they_are(good: str) -> None:
    assert Choice(id=good, text="x").id == good


def test_an_id_cannot_move_the_cursor_of_a_terminal(mistake: Mistake) -> None:
    expected = "id: contains the control character U+001B; remove it"
    assert mistake(Choice, {"id": "a\x1b[2Jb", "text": "x"}) == expected
    assert mistake(Scenario, fields(id="a\x1b[2Jb")) == expected


def test_a_scenario_id_has_up_to_200_signs(mistake: Mistake) -> None:
    assert Scenario.model_validate(fields(id="x" * 200)).id == "x" * 200
    message = mistake(Scenario, fields(id="x" * 201))
    assert message == "id: String should have at most 200 characters"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.01, "Input should be less than or equal to 1"),
        (-0.01, "Input should be greater than or equal to 0"),
        (float("nan"), "Input should be a finite number"),
    ],
)
def test_true_values_lie_in_0_to_1(mistake: Mistake, value: float, message: str) -> None:
    given = A | {"values": {"fairness": value}}
    assert mistake(Choice, given) == f"values.fairness: {message}"


def test_true_values_name_attributes(mistake: Mistake) -> None:
    assert mistake(Choice, A | {"values": {"Fair ness": 1}}).startswith("values.Fair ness.[key]: ")


@pytest.mark.parametrize("good", ["en", "de-AT", "zh-Hant-TW", "no"])
def test_a_language_is_a_tag(good: str) -> None:
    assert Scenario.model_validate(fields(language=good)).language == good


@pytest.mark.parametrize("bad", ["", "e", "English!", "en_US", "en-"])
def test_other_languages_are_refused(mistake: Mistake, bad: str) -> None:
    assert mistake(Scenario, fields(language=bad)).startswith("language: String should match")


@given(
    st.lists(
        st.tuples(st.text("abcdef", min_size=1, max_size=8), st.booleans()),
        min_size=2,
        max_size=12,
        unique_by=lambda pair: pair[0],
    )
)
def test_a_scenario_survives_being_written_as_json(given: list[tuple[str, bool]]) -> None:
    choices = [
        {"id": f"{n}", "text": text, "pinned": pinned, "values": {"care": n / 20}}
        for n, (text, pinned) in enumerate(given)
    ]
    scenario = Scenario.model_validate(fields(choices=choices, entities=["A", "B"]))
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    assert [choice.text for choice in scenario.choices] == [text for text, _ in given]


def test_the_json_schema_tells_good_files_from_bad_ones() -> None:
    validator = Draft202012Validator(Scenario.model_json_schema())
    assert validator.is_valid(fields())
    assert not validator.is_valid(fields(contex="x"))
    assert not validator.is_valid(fields(choices=[A | {"values": {"fairness": 2}}, B]))
