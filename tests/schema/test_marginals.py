from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alignkit.schema import Marginals

Mistake = Callable[[type, Any], str]

GROUP = {"name": "Nurses", "description": "Nurses of a night shift."}
CHOICES = [{"id": "yes", "text": "Yes"}, {"id": "no", "text": "No"}]
SHARES = {"yes": 70, "no": 30}


def survey(**question: Any) -> dict[str, Any]:
    return {"group": GROUP, "questions": [question]}


@pytest.mark.parametrize(
    "asked", [{"scenario": "bridge"}, {"question": "Would you?", "choices": CHOICES}]
)
def test_a_question_is_asked_in_one_of_two_ways(asked: Any) -> None:
    given = survey(**asked, shares=SHARES)
    assert Marginals.model_validate(given).questions[0].shares == SHARES
    Draft202012Validator(Marginals.model_json_schema()).validate(given)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"question": "Would you?"},
        {"choices": CHOICES},
        {"scenario": "bridge", "question": "Would you?"},
        {"scenario": "bridge", "choices": CHOICES},
        {"scenario": "bridge", "question": "Would you?", "choices": CHOICES},
    ],
)
def test_but_not_in_none_or_both(mistake: Mistake, asked: Any) -> None:
    expected = "questions.0: give either scenario, or question with choices"
    assert mistake(Marginals, survey(**asked, shares=SHARES)) == expected


@pytest.mark.parametrize("shares", [{}, {"yes": 0, "no": 0}])
def test_somebody_must_have_answered(mistake: Mistake, shares: Any) -> None:
    expected = "questions.0: shares: somebody must have given an answer"
    assert mistake(Marginals, survey(scenario="bridge", shares=shares)) == expected


def test_no_share_is_negative(mistake: Mistake) -> None:
    shares = {"yes": -1, "no": 2}
    found = mistake(Marginals, survey(scenario="bridge", shares=shares))
    assert found.startswith("questions.0.shares.yes: ")


def test_something_must_have_been_asked(mistake: Mistake) -> None:
    expected = ": questions: there must be at least one"
    assert mistake(Marginals, {"group": GROUP, "questions": []}) == expected
