from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from alignkit.schema import Attribute

Mistake = Callable[[type, Any], str]


def fields(**changed: Any) -> dict[str, Any]:
    """The fields of an attribute without mistakes."""
    return {
        "name": "thrift",
        "title": "Thrift",
        "definition": "Spending little.",
        "low": "Spends freely.",
        "high": "Saves.",
        "instructions": {"low": ["Spend."], "high": ["Save.", "Wait."]},
        "levels": ["spends", "saves"],
    } | changed


def test_the_rest_of_an_attribute_is_optional() -> None:
    attribute = Attribute.model_validate(fields())
    assert attribute.family == "other"
    assert attribute.instructions.high == ("Save.", "Wait.")
    assert (attribute.statement, attribute.opposite, attribute.source) == (None, None, None)
    assert (attribute.examples, attribute.aliases) == ((), ())


@pytest.mark.parametrize("end", ["low", "high"])
def test_both_ends_need_instructions(mistake: Mistake, end: str) -> None:
    instructions = {"low": ["Spend."], "high": ["Save."]} | {end: []}
    message = mistake(Attribute, fields(instructions=instructions))
    assert message.startswith(f"instructions.{end}: Tuple should have at least 1 item")


@pytest.mark.parametrize(("count", "words"), [(1, "at least 2"), (10, "at most 9")])
def test_a_scale_has_two_to_nine_levels(mistake: Mistake, count: int, words: str) -> None:
    levels = [f"level {n}" for n in range(count)]
    assert mistake(Attribute, fields(levels=levels)).startswith(
        f"levels: Tuple should have {words}"
    )


@pytest.mark.parametrize("count", [2, 9])
def test_the_ends_of_that_will_do(count: int) -> None:
    levels = [f"level {n}" for n in range(count)]
    assert Attribute.model_validate(fields(levels=levels)).levels == tuple(levels)


def test_a_family_is_one_of_those_known(mistake: Mistake) -> None:
    message = mistake(Attribute, fields(family="values"))
    assert message.startswith("family: Input should be 'decision_style', 'reliability'")


def test_a_name_is_an_identifier(mistake: Mistake) -> None:
    assert mistake(Attribute, fields(name="risk-aversion")).startswith("name: String should match")


def test_an_attribute_survives_being_written_as_json() -> None:
    attribute = Attribute.model_validate(fields(examples=["x"], aliases=["y"], source="z"))
    assert Attribute.model_validate_json(attribute.model_dump_json()) == attribute


def test_the_json_schema_tells_good_files_from_bad_ones() -> None:
    validator = Draft202012Validator(Attribute.model_json_schema())
    assert validator.is_valid(fields())
    assert not validator.is_valid(fields(instructions={"low": ["Spend."]}))
    assert not validator.is_valid(fields(levels=["one"]))
