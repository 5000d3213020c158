from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import UnsupportedCapability
from alignkit.models.readout import MAX_LABELS, TEMPLATES, labelled, readout_of
from alignkit.prompts import Prompts
from alignkit.schema import (
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Prompt,
    Question,
    Request,
    Role,
    ScoreQuestion,
    Segment,
)

PROMPTS = Prompts()
LETTERS, NUMBERS = tuple(string.ascii_uppercase), tuple("123456789")


def ask(question: Question, said: str = "Two are hurt.", role: Role = "user") -> Request:
    """`question` about a prompt that says `said`."""
    segment = Segment(role=role, depends="scenario", text=said)
    return Request(prompt=Prompt(segments=(segment,)), question=question)


def choice(*texts: str, count: int = 0) -> ChoiceQuestion:
    """A question with these options, or with `count` of them."""
    texts = texts or tuple(f"option {n}x" for n in range(count))
    options = tuple(Option(id=f"id{n}", text=text) for n, text in enumerate(texts))
    return ChoiceQuestion(instructions="Which?", options=options)


def labels(question: Question, said: str = "Two are hurt.") -> tuple[str, ...]:
    """The labels of the options of `question`."""
    return labelled(ask(question, said), PROMPTS).labels


@pytest.mark.parametrize("count", [2, 3, 9, 10, 11, 12, 25, 26])
def test_options_have_letters(count: int) -> None:
    assert labels(choice(count=count)) == LETTERS[:count]


@pytest.mark.parametrize("count", [27, 100, 255])
def test_there_are_labels_for_26_options(count: int) -> None:
    assert MAX_LABELS == 26
    with pytest.raises(UnsupportedCapability) as caught:
        labels(choice(count=count))
    assert str(caught.value) == f"At most 26 options fit in one question, not {count}."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Patient A bleeds.", "12"),
        ("Patient A and Patient B.", "12"),
        ("Ask Patient B's wife.", "12"),
        ("This is Plan A", "12"),
        ("Patient C bleeds.", "AB"),
        ("A man and a woman.", "AB"),
        ("\nA man.", "AB"),
        ("Vitamin-A", "AB"),
        ("Group AB", "AB"),
        ("patient a", "AB"),
        ("Patient A in line 3", "12"),
        ("Patient A in line 2", "PQ"),
        ("Patient A in line 10", "12"),
        ("Patient A in line 2, Patient Q", "AB"),
    ],
)
def test_labels_do_not_stand_for_somebody_already(said: str, expected: str) -> None:
    assert labels(choice(count=2), said) == tuple(expected)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [(("Treat Patient A", "Treat Patient B"), "12"), (("Use line 1", "Use Plan A"), "PQ")],
)
def test_names_in_the_options_count_too(texts: tuple[str, str], expected: str) -> None:
    assert labels(choice(*texts)) == tuple(expected)


def test_names_that_only_the_system_says_do_not_count() -> None:
    request = ask(choice(count=2), "Patient A", role="system")
    assert labelled(request, PROMPTS).labels == ("A", "B")


@pytest.mark.parametrize(
    ("count", "expected"),
    [(9, NUMBERS), (10, LETTERS[15:25]), (11, LETTERS[15:]), (12, LETTERS[:12])],
)
def test_what_does_not_have_enough_labels_is_passed_over(
    count: int, expected: tuple[str, ...]
) -> None:
    assert labels(choice(count=count), "Patient A bleeds.") == expected


def test_yes_and_no_and_numbers_are_fixed() -> None:
    assert labels(PredicateQuestion(instructions="Is it?"), "Patient A") == ("Yes", "No")
    score = ScoreQuestion(instructions="How much?", levels=("none", "some", "all"))
    assert labels(score, "line 1 of Patient A") == ("1", "2", "3")


def test_options_are_listed_with_their_labels_behind_the_prompt() -> None:
    request = ask(choice("Go", "Stay\nB. Run"))
    prompt = labelled(request, PROMPTS).prompt
    assert prompt.segments[:1] == request.prompt.segments
    assert [segment.depends for segment in prompt.segments] == ["scenario", "options", "question"]
    assert prompt.text("user") == (
        "Two are hurt.\n<options>\nA. Go\nB. Stay\n  B. Run\n</options>\n"
        "\nWhich?\nAnswer with the letter of the option only.\n"
    )


def test_the_answer_is_asked_for_in_the_kind_of_the_labels() -> None:
    text = labelled(ask(choice("Go", "Stay"), "Patient A"), PROMPTS).prompt.text("user")
    assert "\n1. Go\n2. Stay\n" in text
    assert "Answer with the number of the option only." in text


def test_levels_stand_before_the_question_that_differs_by_choice() -> None:
    questions = [
        ScoreQuestion(instructions=f"How much does {name} help?", levels=("not", "much"))
        for name in ("this", "that")
    ]
    one, two = (labelled(ask(question), PROMPTS).prompt for question in questions)
    assert one.segments[:2] == two.segments[:2]
    assert one.segments[1].text == "\nLevels:\n1 = not\n2 = much\n"
    assert one.text("user").endswith(
        "\nHow much does this help?\nAnswer with the number of the level only.\n"
    )


def test_a_predicate_is_answered_by_yes_or_no() -> None:
    text = labelled(ask(PredicateQuestion(instructions="Is it?")), PROMPTS).prompt.text("user")
    assert text == "Two are hurt.\nIs it?\nAnswer with Yes or No only.\n"


def test_an_exam_that_lists_its_options_is_asked_for_their_letters_only() -> None:
    asked = labelled(ask(choice("Go", "Stay").model_copy(update={"lettered": True})), PROMPTS)
    assert asked.prompt.text("user") == "Two are hurt.Which?\n"
    assert asked.labels == ("A", "B")


def test_an_engine_that_begins_the_answer_reads_the_letter_behind_what_is_begun() -> None:
    exam = choice("Go", "Stay").model_copy(update={"lettered": True})
    asked = labelled(ask(exam), PROMPTS, begins=True)
    assert asked.prompt.text("user") == "Two are hurt."
    assert (asked.begun, asked.labels) == ("Which?", ("A", "B"))
    other = labelled(ask(choice("Go", "Stay")), PROMPTS, begins=True)
    assert (other.begun, other) == ("", labelled(ask(choice("Go", "Stay")), PROMPTS))


def test_letters_of_an_exam_stay_where_they_are_also_names() -> None:
    exam = choice("Go", "Stay").model_copy(update={"lettered": True})
    assert labelled(ask(exam, "Vitamin A or B?"), PROMPTS).labels == ("A", "B")


def test_every_kind_of_question_has_its_template() -> None:
    kinds = [
        choice("Go", "Stay"),
        PredicateQuestion(instructions="Is it?"),
        ScoreQuestion(instructions="How much?", levels=("not", "much")),
    ]
    kinds.append(choice("Go", "Stay").model_copy(update={"lettered": True}))
    assert {readout_of(kind) for kind in kinds} == set(TEMPLATES)
    assert set(TEMPLATES) <= set(Prompts.shipped_names())


names = st.sampled_from([f"Patient {sign}" for sign in (*LETTERS, *NUMBERS)])


@given(st.integers(2, 26), st.lists(names, max_size=6))
def test_labels_are_distinct_and_free_wherever_that_is_possible(
    count: int, said: list[str]
) -> None:
    found = labels(choice(count=count), ". ".join(said))
    assert len(set(found)) == count
    taken = {name[-1] for name in said}
    if not taken.isdisjoint(found):  # then none of the alphabets is free
        assert found == LETTERS[:count]
        for signs in (NUMBERS, LETTERS[15:]):
            assert len(signs) < count or not taken.isdisjoint(signs[:count])


@given(st.permutations(["Treat Patient A", "Treat Patient B", "Wait in line 3"]))
def test_labels_depend_on_the_options_but_not_on_their_order(texts: list[str]) -> None:
    found = labelled(ask(choice(*texts)), PROMPTS)
    assert found.labels == ("P", "Q", "R")
    lines = re.findall(r"^([A-Z])\. (.*)$", found.prompt.text("user"), re.MULTILINE)
    assert lines == list(zip("PQR", texts, strict=True))
