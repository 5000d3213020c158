from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from alignkit.schema import Group, Option, Profile, Target
from alignkit.schema.base import Identifier, Name, Text

Mistake = Callable[[type, Any], str]

_text = TypeAdapter(Text)


def test_a_misspelt_field_is_an_error(mistake: Mistake) -> None:
    given = {"name": "x", "description": "y", "descripton": "z"}
    assert mistake(Group, given) == "descripton: Extra inputs are not permitted"


def test_nothing_can_be_changed_afterwards() -> None:
    group = Group(name="x", description="y")
    with pytest.raises(ValidationError, match="frozen"):
        group.name = "z"


def test_text_is_stripped_and_has_plain_line_ends() -> None:
    assert Option(id="a", text="  one\r\ntwo \n").text == "one\ntwo"


@pytest.mark.parametrize("empty", ["", " ", "\n\t\r\n", "\u00a0"])
def test_text_must_not_be_empty(mistake: Mistake, empty: str) -> None:
    assert mistake(Option, {"id": "a", "text": empty}) == "text: must not be empty"


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        *(("\x00", "0000"), ("\x08", "0008"), ("\x0b", "000B"), ("\x1b", "001B")),
        *(("\r", "000D"), ("\x1f", "001F"), ("\x7f", "007F"), ("\x9f", "009F")),
    ],
)
def test_text_has_no_control_characters(mistake: Mistake, sign: str, code: str) -> None:
    expected = f"text: contains the control character U+{code}; remove it"
    assert mistake(Option, {"id": "a", "text": f"a{sign}b"}) == expected


@pytest.mark.parametrize("sign", ["\t", "\n", " ", "~", "\u00a0", "é", "\u2028", "😀", "\ue000"])
def test_tabs_line_ends_and_signs_of_any_script_are_text(sign: str) -> None:
    assert _text.validate_python(f"a{sign}b") == f"a{sign}b"


def test_half_a_surrogate_pair_is_no_text() -> None:
    with pytest.raises(ValidationError):
        _text.validate_python("a\ud800b")


@given(st.text())
def test_text_is_either_refused_or_read_back_unchanged(given: str) -> None:
    try:
        once = _text.validate_python(given)
    except ValidationError:
        return
    assert _text.validate_python(once) == once
    assert _text.validate_json(_text.dump_json(once)) == once


@pytest.mark.parametrize("good", ["a", "0", "cautious-medic", "a" * 100, "9-"])
def test_names_are_small_letters_digits_and_hyphens(good: str) -> None:
    assert TypeAdapter(Name).validate_python(good) == good


@pytest.mark.parametrize("bad", ["", "-a", "A", "a_b", "a b", "a\n", "é", "a/b", ".a", "a" * 101])
def test_other_names_are_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(bad)


@pytest.mark.parametrize("good", ["a", "risk_aversion", "a1", "a" * 100])
def test_identifiers_are_small_letters_digits_and_underscores(good: str) -> None:
    assert TypeAdapter(Identifier).validate_python(good) == good


@pytest.mark.parametrize("bad", ["", "_a", "1a", "A", "a-b", "a b", "a\n", "é", "a" * 101])
def test_other_identifiers_are_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Identifier).validate_python(bad)


def test_field_docstrings_describe_the_fields_in_the_json_schema() -> None:
    described = Profile.model_json_schema()["properties"]["persona"]["description"]
    assert described == "Who decides, in the second person."
    assert Target(value=0.5).model_json_schema()["anyOf"][0]["type"] == "number"
