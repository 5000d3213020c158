"""Texts that repeat themselves to their end, found in a time that does not hold up anybody."""

from __future__ import annotations

import time

import pytest

from alignkit.errors import BadModelOutput
from alignkit.models.objects import parse_object
from alignkit.schema import Usage
from alignkit.writing.usable import read_object


def written(draft: str) -> str:
    return read_object({"plan": ["x"], "draft": draft}, 100_000).text


@pytest.mark.parametrize("unit", ["a", "no, ", "ab" * 30, "So it is.\n"])
def test_what_repeats_itself_to_the_end_did_not_end(unit: str) -> None:
    with pytest.raises(BadModelOutput, match="end"):
        written("It began well. " + unit * 41)
    assert written("It began well. " + unit * 38 + "Then it ended.")


def test_a_long_line_inside_is_no_end_and_takes_no_time() -> None:
    text = "-" * 200_000 + "\nIt opens at six."
    begin = time.perf_counter()
    assert written(text) == text
    assert time.perf_counter() - begin < 2


def test_a_number_of_too_many_digits_is_broken_json() -> None:
    with pytest.raises(BadModelOutput, match="broken JSON"):
        parse_object('{"plan": ["a"], "draft": ' + "1" * 5000 + "}", {"type": "object"}, Usage())
