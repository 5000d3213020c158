from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alignkit.schema import PastChoice

Mistake = Callable[[type, Any], str]

SCENARIO = {
    "id": "bridge",
    "context": "A bridge.",
    "question": "What now?",
    "choices": [
        {"id": "over", "text": "Go on", "values": {"risk_aversion": 0.1}},
        {"id": "round", "text": "Turn back", "values": {"risk_aversion": 0.9}},
    ],
}


def test_a_scenario_is_written_out_or_named() -> None:
    whole = PastChoice.model_validate({"scenario": SCENARIO, "choice": "over"})
    named = PastChoice.model_validate({"scenario": "bridge", "choice": "over", "person": "Ana"})
    assert getattr(whole.scenario, "id", None) == "bridge"
    assert (whole.person, whole.weight) == (None, 1.0)
    assert (named.scenario, named.person) == ("bridge", "Ana")


def test_only_what_was_on_offer_can_have_been_chosen(mistake: Mistake) -> None:
    expected = ": choice: 'fly' was not on offer in scenario 'bridge'; there were over, round"
    assert mistake(PastChoice, {"scenario": SCENARIO, "choice": "fly"}) == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": float("inf")}, "weight"),
        ({"person": " "}, "person"),
        ({"choice": ""}, "choice"),
        ({"who": "Ana"}, "who"),
    ],
)
def test_other_fields_are_checked(mistake: Mistake, changes: Any, field: str) -> None:
    given = {"scenario": "bridge", "choice": "over", **changes}
    assert mistake(PastChoice, given).startswith(f"{field}: ")


def test_its_schema_takes_what_it_takes() -> None:
    schema = PastChoice.model_json_schema()
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    assert check.is_valid({"scenario": SCENARIO, "choice": "over", "weight": 2})
    assert check.is_valid({"scenario": "bridge", "choice": "over"})
    assert not check.is_valid({"scenario": "bridge"})
    assert not check.is_valid({"scenario": "bridge", "choice": "over", "weight": 0})
    assert all("description" in field for field in schema["properties"].values())
