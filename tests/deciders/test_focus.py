from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from alignkit.datasets.align_phase2 import mirrored, read
from alignkit.deciders.entities import mentions
from alignkit.deciders.focus import focused, shown
from alignkit.library import Library
from alignkit.schema import Choice, Profile, Scenario
from alignkit.testing import FakeModel, strategies

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
SHIPPED = Library().scenarios
AB = ("Patient A", "Patient B")
WHOM = """\
You are a medic. The sun is low.
Patient A bleeds. He is old.
Patient B burns. She is young. Patient A knows her name.
It rains."""


def scenario(
    context: str = WHOM,
    *choices: str,
    question: str = "Whom do you treat?",
    entities: Sequence[str] = AB,
) -> Scenario:
    return Scenario(
        id="s",
        context=context,
        question=question,
        choices=tuple(
            Choice(id=f"c{n}", text=text, values={"care": n / 10}, pinned=n == 2)
            for n, text in enumerate(choices or ("Treat Patient A", "Treat Patient B"))
        ),
        entities=tuple(entities),
    )


def contexts(one: Scenario) -> list[str]:
    """The context that each choice is shown with."""
    return [focused(one, choice)[0].context for choice in one.choices]


def test_the_names_of_a_scenario_are_looked_for_once_and_not_for_each_choice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sought = []

    def seek(body: str, *_: object) -> list[tuple[str, ...]]:
        sought.append(body)
        return []

    monkeypatch.setattr("alignkit.deciders.entities.proper_kinds", seek)
    many = [f"Send help to place {number}" for number in range(10)]
    contexts(scenario("A flood came over the land at night.", *many, entities=()))
    assert len(sought) == 1


def test_each_choice_keeps_what_is_said_about_its_own_or_about_nobody() -> None:
    first, second = contexts(scenario())
    assert first.split("\n") == [
        "You are a medic. The sun is low.",
        "Patient A bleeds. He is old.",
        "Patient A knows her name.",
        "It rains.",
    ]
    assert second.split("\n") == [
        "You are a medic. The sun is low.",
        "Patient A burns. She is young.",
        "It rains.",
    ]


def test_whom_a_choice_is_about_is_called_the_same_in_every_choice() -> None:
    one = scenario()
    assert [focused(one, choice)[1].text for choice in one.choices] == ["Treat Patient A"] * 2
    turned = scenario(WHOM, "Treat Patient B", "Treat Patient A", entities=AB[::-1])
    assert contexts(turned) == contexts(one)[::-1]


def test_sentences_without_a_name_follow_the_one_before_in_their_line() -> None:
    context = (
        "It is cold. Patient B burns. They are in pain. They call.\nThey wait. Patient A sleeps."
    )
    assert contexts(scenario(context)) == [
        "It is cold.\nThey wait. Patient A sleeps.",
        "It is cold. Patient A burns. They are in pain. They call.\nThey wait.",
    ]


def test_sentences_that_name_several_are_left_out_with_those_that_follow_them() -> None:
    context = "Patients A and B wait. They know each other. Patient A bleeds. Patient B burns."
    assert contexts(scenario(context)) == ["Patient A bleeds.", "Patient A burns."]


def test_names_with_a_dot_are_no_ends_of_sentences() -> None:
    one = scenario(
        "Dr. Lee is old. Dr. Ray is young! Is Dr. Ray well?",
        "Call Dr. Lee",
        "Call Dr. Ray",
        entities=("Dr. Lee", "Dr. Ray"),
    )
    assert contexts(one) == ["Dr. Lee is old.", "Dr. Lee is young! Is Dr. Lee well?"]


def test_names_that_are_not_given_are_found() -> None:
    choices = ("Move Casualty 1", "Move Casualty 2")
    one = scenario("Casualty 1 bleeds. Casualty 2 burns.", *choices, entities=())
    assert contexts(one) == ["Casualty 1 bleeds.", "Casualty 1 burns."]


@pytest.mark.parametrize(
    "text", ["Wait", "Treat Patient A, then Patient B", "Treat patients A and B", "Treat Patient C"]
)
def test_a_choice_that_names_nobody_or_two_is_shown_whole(text: str) -> None:
    one = scenario(WHOM, "Treat Patient A", text)
    assert focused(one, one.choices[1]) == (one, one.choices[1])


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("Treat patients A and B", "Patient B", True),
        ("the patient A's bed", "Patient A", True),
        ("Patients X and Y", "Patient X", True),
        ("Patients Y and Z", "Patient X", False),
        ("Patient AB", "Patient A", False),
        ("Casualties 1 and 2", "casualty 2", True),
        ("casualty 12", "casualty 1", False),
        ("Dr. Lee's room", "Dr. Lee", True),
        ("Annas Haus", "Anna", False),
    ],
)
def test_names_are_found_where_they_could_be_exchanged(text: str, name: str, found: bool) -> None:  # noqa: FBT001
    assert mentions(text, name) == found


@pytest.mark.parametrize(
    ("context", "entities"),
    [
        (WHOM, ("Patient A",)),
        ("It rains.", AB),
        ("Patients A and B wait.", AB),
    ],
    ids=["one name", "nothing said", "nothing said about one alone"],
)
def test_where_there_is_nothing_to_tell_apart_all_is_shown(
    context: str, entities: tuple[str, ...]
) -> None:
    one = scenario(context, entities=entities)
    for choice in one.choices:
        assert focused(one, choice) == (one, choice)


def test_all_but_context_and_names_stays() -> None:
    one = scenario(WHOM, "Treat Patient A", "Treat Patient B", "Treat neither")
    for choice in one.choices:
        seen, said = focused(one, choice)
        assert said in seen.choices
        assert said.model_copy(update={"text": choice.text}) == choice
        assert seen.question == one.question
        assert seen.choice_ids == one.choice_ids
        assert [c.values for c in seen.choices] == [c.values for c in one.choices]
        assert (seen.id, seen.entities) == (one.id, one.entities)


def test_a_question_that_names_them_follows_the_names() -> None:
    one = scenario(question="Does Patient B come before Patient A?")
    first, second = (focused(one, choice)[0].question for choice in one.choices)
    assert first == one.question
    assert second == "Does Patient A come before Patient B?"


def test_without_focus_all_is_shown() -> None:
    one = scenario()
    choice = one.choices[1]
    assert shown(one, choice, focus=False) == {"scenario": one, "choice": choice}
    seen, said = focused(one, choice)
    assert shown(one, choice, focus=True) == {"scenario": seen, "choice": said}


@given(strategies.scenarios())
def test_any_scenario_can_be_focused(one: Scenario) -> None:
    for choice in one.choices:
        check(one, choice)


def check(one: Scenario, choice: Choice) -> None:
    """What holds of every scenario."""
    seen, said = focused(one, choice)
    assert said in seen.choices
    assert (said.id, said.values, said.pinned) == (choice.id, choice.values, choice.pinned)
    assert seen.choice_ids == one.choice_ids
    assert Scenario.model_validate(seen.model_dump()) == seen


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_can_be_focused(name: str) -> None:
    for choice in SHIPPED[name].choices:
        check(SHIPPED[name], choice)


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
def test_published_triage_pairs_are_told_by_one_patient_and_alike_in_the_twin() -> None:
    found = read(Path(DATA or "") / "align_phase2" / "July2025-AF-train_20250804.json")
    scenarios = [one for one in found if isinstance(one, Scenario)]
    assert len(scenarios) == 87
    for one in scenarios:
        twin = mirrored(one)
        for choice, other in zip(one.choices, twin.choices[::-1], strict=True):
            seen, said = focused(one, choice)
            assert mentions(seen.context, "Patient A")
            assert not mentions(seen.context, "Patient B")
            assert said.text == "Treat Patient A"
            again, same = focused(twin, other)
            assert (again.context, same.text) == (seen.context, said.text)


async def test_deciders_with_focus_show_each_choice_its_own_part_only(made: Made) -> None:
    model = FakeModel()
    profile = Profile.model_validate({"name": "p", "targets": {"care": 1}})
    await made("direct_regression", model, focus=True).decide(scenario(), profile)
    texts = [request.prompt.text("user") for request in model.requests]
    assert [("bleeds" in text, "burns" in text) for text in texts] == [(True, False), (False, True)]
    assert not any("Patient B" in text for text in texts)
    assert all("Treat Patient A" in request.question.instructions for request in model.requests)
