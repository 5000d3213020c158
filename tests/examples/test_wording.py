from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.examples.wording import MASK, Wording, shingles, words
from alignkit.testing.strategies import texts


def of(text: str, *names: str) -> Wording:
    return Wording.of([text], names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two are hurt.", ["two", "are", "hurt"]),
        ("  Two\n are\thurt ", ["two", "are", "hurt"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("\uff34wo", ["two"]),
        ("in\u00advisible", ["invisible"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("救护车", ["救", "护", "车"]),
        ("!?", ["!?"]),
        ("! ?", ["!?"]),
        ("\u200b", ["\u200b"]),
    ],
)
def test_words_are_the_same_for_every_spelling(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def has_case(sign: str) -> bool:
    return not sign == sign.upper() == sign.lower() == sign.title()


def test_every_sign_keeps_its_word_in_every_case() -> None:
    for sign in filter(has_case, map(chr, range(sys.maxunicode + 1))):
        for text in (sign, f"a{sign}b"):
            for other in (text.upper(), text.lower(), text.swapcase(), text.title()):
                assert of(other).key() == of(text).key(), hex(ord(sign))


@given(texts())
def test_there_is_always_a_word(text: str) -> None:
    assert words(text)
    assert shingles(text, 3)
    assert len(of(text)) == len(words(text))


@given(texts(), st.sampled_from((str.upper, str.lower, str.swapcase, str.title, str.split)))
def test_case_and_blanks_change_nothing(text: str, change: object) -> None:
    changed = change(text)  # type: ignore[operator]
    other = "\n ".join(changed) if isinstance(changed, list) else changed
    assert of(other).key() == of(text).key()
    assert of(other).is_like(of(text))


def test_words_of_one_sign_are_masked() -> None:
    assert of("Treat Patient A, then 2").counts == {"treat": 1, "patient": 1, MASK: 2, "then": 1}


def test_but_not_in_scripts_without_blanks() -> None:
    assert not of("救护车来了").is_like(of("救护车走了"))


LONG = "then goes to the river with the others and waits there for the boat"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Patient A bleeds. Patient B sleeps.", "Patient B bleeds. Patient A sleeps."),
        ("Patient A bleeds. Patient B sleeps.", "patient b sleeps. patient a bleeds."),
        (f"Anna {LONG} and Bob sleeps", f"Bob {LONG} and Anna sleeps"),
        (f"Anna {LONG} with Bob", f"Carla {LONG} with Dan"),
        (f"Anna {LONG}", f"Anna Maria {LONG}"),
        (f"Patient A {LONG}", f"Patient Smith {LONG}"),
    ],
)
def test_another_order_and_other_names_are_alike(one: str, other: str) -> None:
    assert of(one).is_like(of(other))
    assert of(other).is_like(of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"Anna {LONG}", f"Anna {LONG} today"),
        (f"Anna {LONG} left", f"Anna {LONG} right"),
        ("Anna sleeps", "Bob sleeps"),
        ("Yes", "No"),
        (f"the carpenter {LONG}", f"the plumber {LONG}"),
    ],
)
def test_other_words_and_too_many_names_are_not(one: str, other: str) -> None:
    assert not of(one).is_like(of(other))


def test_declared_names_may_be_written_small() -> None:
    one, other = f"the carpenter {LONG}", f"the plumber {LONG}"
    assert of(one, "the carpenter").is_like(of(other, "the plumber"))
    assert not of(one, "the carpenter").is_like(of(other))


def test_a_name_is_always_written_large() -> None:
    assert of("He saw May in may, and Ann").names == {MASK, "he", "ann"}


def test_shingles_stay_inside_sentences() -> None:
    assert shingles("One two three four. Five six!", 3) == {
        "one two three",
        "two three four",
        "five six",
    }


def test_wordings_of_several_texts_are_counted_together() -> None:
    assert Wording.of(["a man", "a Man"]).counts == {MASK: 2, "man": 2}
    assert Wording.of(["a man", "a Man"]).names == {MASK}
