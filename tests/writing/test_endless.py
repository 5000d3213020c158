"""Texts that repeat themselves to their end, found in a time that does not hold up anybody."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from alignkit.errors import BadModelOutput
from alignkit.models.objects import parse_object
from alignkit.prompts.fence import fenced
from alignkit.schema import Usage
from alignkit.writing.claims import Claim, claims
from alignkit.writing.marking import MARK, treated
from alignkit.writing.sentences import sentences
from alignkit.writing.usable import read_object

SIGNS = 60_000
FILLERS = (
    *(" ", ".", "!", "\n", "\t", "*", "_", "#", "- ", "(", ")", "[", "|", "1", "1.", "?", "'", '"'),
    *("` ", "> ", "; ", ", ", "a", "a ", "{", "\u3002", "- a\n", "a; ", "# a\n", " .!\n*#-([|1?"),
)
SECONDS = 3
"""What takes the square of the time takes far more."""


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


def filled(unit: str) -> str:
    return f"The pool{unit * (SIGNS // len(unit))}opens at six, said the man."


def in_time(function: Callable[[], Any]) -> Any:
    """What `function` gives, which must not take long."""
    begin = time.perf_counter()
    found = function()
    assert time.perf_counter() - begin < SECONDS
    return found


@pytest.mark.parametrize("unit", FILLERS)
def test_a_filler_is_split_into_claims_that_are_marked_and_left_out_in_time(unit: str) -> None:
    text = filled(unit)
    found = in_time(lambda: claims(text, headings=True))
    assert MARK in in_time(lambda: treated(text, found, "mark"))
    assert "opens" not in in_time(lambda: treated(text, found, "remove"))
    in_time(lambda: treated(text, [Claim(text, 0, len(text))], "mark"))


def test_filler_between_a_statement_and_its_end_holds_nobody_up() -> None:
    text = "The pool" + " " * 90_000 + "opens at six, said the man."
    marked = in_time(lambda: treated(text, [Claim(text, 0, len(text))], "mark"))
    assert marked == text[:-1] + f" {MARK}."


@pytest.mark.parametrize("begin", ["[", "[/", "# ", "<"])
@pytest.mark.parametrize("blank", [" ", "\n", "\t"])
def test_blanks_behind_a_sign_take_no_time(begin: str, blank: str) -> None:
    text = f"{begin}{blank * SIGNS}x"
    in_time(lambda: fenced(text))
    in_time(lambda: treated(f"A. {text}", [Claim("A.", 0, 2)], "remove"))


def test_a_long_paragraph_is_split_as_a_short_one_is() -> None:
    short = 'Dr. Lee opens at 3 p.m. on Jan. 5. "Is it so?" he asked. '
    one = len(sentences(short))
    found = sentences(short * 500)
    assert len(found) == one * 500
    period = [(sentence.start % len(short), sentence.end % len(short)) for sentence in found]
    assert period == period[:one] * 500
