from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from alignkit.stress import lost
from alignkit.stress.facts import names_in, numbers_in

if TYPE_CHECKING:
    from tests.stress.conftest import Make

CONTEXT = "At noon Torvane brings 2 vials from Marrow. Forty people wait, and one of them is ill."


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("two vials and 2 more", {2}),
        ("twenty-five of fifty-two", {25, 52}),
        ("nine hundred homes, four thousand people", {900, 4000}),
        ("two hundred and five; 1,200.5; 3,5; 70%", {205, 1200.5, 3.5, 70}),
        ("200,000 in 14 months", {200000, 14}),
        ("one of them, and the other one", set()),
        ("one hundred", {100}),
        ("anyone, often, Patient B12", set()),
        ("two million three hundred thousand", {2_300_000}),
    ],
)
def test_numbers_are_read_in_figures_and_in_words(text: str, numbers: set[float]) -> None:
    assert numbers_in(text) == numbers


def test_names_are_words_with_a_capital_within_a_sentence(make: Make) -> None:
    assert names_in(make(context=CONTEXT)) == ("Torvane", "Marrow")
    given = make("Treat Anna", "Treat Ben", entities=("Anna", "Ben"), context="Anna is here.")
    assert names_in(given) == ("Anna",)  # the others stand in the choices, which stay
    german = make(context="Der alte Mann ruft.", language="de")
    assert names_in(german) == ()


@pytest.mark.parametrize(
    ("context", "fault"),
    [
        ("2 vials come from Marrow; Torvane brings them at noon. Of 40 people one is ill.", ""),
        (CONTEXT.upper().replace(" ", "  "), "it is the original"),
        ("2 vials come from Marrow; Torvane brings them at noon. One person is ill.", "number 40"),
        (CONTEXT.replace("ill", "ill and 3 cough"), "the number 3 is new"),
        (CONTEXT.replace("from Marrow", "from the town"), "the name 'Marrow' is missing"),
        ("Torvane, Marrow, 2, 40.", "% of the length"),
        (CONTEXT * 3, "it has 300% of the length"),
    ],
)
def test_a_rewrite_has_every_number_and_name_and_about_the_length(
    context: str, fault: str, make: Make
) -> None:
    found = lost(make(context=CONTEXT), make(context=context))
    assert fault in found
    assert bool(fault) == bool(found)


def test_the_question_counts_too(make: Make) -> None:
    one, other = make(question="Who gets the 2 vials?"), make(question="Who gets the vials?")
    assert lost(one, other) == "the number 2 is missing"
    assert lost(make(), make(question="What is to be done?")) == ""
