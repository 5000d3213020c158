"""A forbidden word is found whatever it is disguised as, and other words are left alone."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from alignkit.schema import Boundary
from alignkit.words import ForbiddenWords, Hit, Holding
from alignkit.words.signs import _table

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)
INVISIBLE = "\u200b\u200d\u2060\ufeff\u00ad\u034f\u180b\ufe0f\U000e0041\u202e"
ACCENTS = "\u0301\u0308\u0327\u0336\u20dd"
APART = " .-_*\t\n\u00a0\u3000\u2800/~"


def words(*said: str, name: str = "no") -> ForbiddenWords:
    return ForbiddenWords([Boundary(id=name, rule="Never.", never_say=said)])


def says(word: str, text: str) -> bool:
    return words(word).find(text) is not None


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(("kill", "Kill him"), ("KILL", "we will kill"), ("kill", "skilled"), ("a b", "x A\n B")),
        *(("kill", "k i l l"), ("kill", "k.i.l.l!"), ("kill", "ki ll"), ("kill him", "killhim")),
        *(
            ("kill", "**k**ill"),
            ("kill", "k\ni\nl\nl"),
            ("a-b", "a \u2013 b"),
            ("don't", "don\u2019t"),
        ),
        *(("kill", "k\u0456ll"), ("kill", "\u03baill"), ("kill", "k1ll"), ("kill", "kiIl")),
        *(("KILL", "\u212aILL"), ("kill", "K1LL"), ("kill", "\u13e6ill"), ("poison", "p0is0n")),
        *(("kill", "k\u0301i\u0308ll"), ("cafe", "caf\u00e9"), ("sofia", "s\u00f8fia")),
        *(("caesar", "C\u00e6sar"), ("stra\u00dfe", "STRASSE"), ("fi", "\ufb01nd")),
        *(("\u0432\u043e\u0440", "\u0412\u041e\u0420"), ("\u0440\u043e\u0442", "pot")),
        *(
            ("\u304b\u3099", "\u304c"),
            ("\u0915\u093f\u0924\u093e\u092c", "\u0915\u093f\u0924\u093e\u092c"),
        ),
        *(
            ("\u6bba\u3059", "\u6bba\u3059\u306a"),
            ("100", "100"),
            ("100", "\uff11\u0660\u0660\u200b100"),
        ),
        *(
            ("...", "\u2026"),
            ("12-a", "12 - A"),
            ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05c1\u05dc\u05d5\u05dd"),
        ),
        ("kill", "\u1d0b\u026a\u029f\u029f"),  # small capitals
        ("kill", "\U0001f17a\U0001f178\U0001f17b\U0001f17b"),  # dark squares
        ("kill", "\U0001f15a\U0001f158\U0001f15b\U0001f15b"),  # dark circles
        ("kill", "\U0001f1f0\U0001f1ee\U0001f1f1\U0001f1f1"),  # the letters of flags
        ("kill", "\u0138\u0131ll"),  # kra looks like a small capital K, which Unicode lists
        *(("kill", "k\u0661ll"), ("bomb", "b\u0966mb"), ("don\u02bct", "don't")),
        *(("100", "\u0661\u0660\u0660"), ("100", "\u0967\u0966\u0966")),
        *(("\u0661\u0660\u0660", "100"), ("\u0661\u0660\u0660", "\u06f1\u06f0\u06f0")),
        ("\u0642\u062a\u0644", "\u0642\u0640\u062a\u0640\u0644"),  # a longer line between letters
    ],
)
def test_what_a_reader_takes_for_the_word_is_found(word: str, text: str) -> None:
    assert says(word, text)


@pytest.mark.parametrize(
    "sign",
    [
        *("\u02bc", "\ua4f8", "\u02c8", "\u1427", "\ua78c", "\ua78b", "\u01c3", "\u30fc", "\u02d0"),
        *("\u0294", "\u3005", "\u05d9", "\u304f", "\u4e36", "\u02ee", "\ua4fa", "\u0e46", "\u0640"),
    ],
)
def test_letters_that_look_like_punctuation_take_a_word_apart(sign: str) -> None:
    assert says("kill", sign.join("kill"))
    cyrillic = sign.join("\u043aill")
    assert says("kill", f"Yes: {cyrillic}{sign} it is")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        # The long vowel, the sign of repetition, and the letters ku and no of Japanese.
        *(("\u30b9\u30d1", "\u30b9\u30fc\u30d1\u30fc"), ("\u4eba\u304c", "\u4eba\u3005\u304c")),
        *(("\u308b\u307e", "\u6c17\u308b\u304f\u307e"), ("\u30c8\u30c8", "\u30c8\u30ce\u30c8")),
        ("\u30ce\u30ce", "and // or"),
        # Hebrew with Yod, Arabic, Cherokee, Cree.
        *(("\u05e9\u05e8", "\u05e9\u05d9\u05e8"), ("\u05e1\u05e8", "\u05e1\u05d9\u05e8")),
        *(("\u05d9\u05d3", "'\u05d3"), ("kill", "\u05d9\u05e9 \u05dc\u05d9 \u05e9\u05d9\u05e8")),
        *(("\u0643\u0628", "\u0643\u062a\u0628"), ("kill", "\u0642\u0627\u0644 \u0644\u0647")),
        ("\u13a3\u13cd", "\u13a3\u13ae\u13cd"),
        ("\u14c0\u14d5", "\u14c0\u1427\u14d5"),
        # Hawaiian and Icelandic.
        *(
            ("hell", "hele \u02bbole l\u0101"),
            ("lie", "He ali\u02bbi ia"),
            ("kill", "k\u012b\u02bbili\u02bbili"),
        ),
        *(("via", "vi\u00f0ar"), ("mata", "ma\u02bbi ta")),
        # What is no look-alike to Unicode: two letters like one.
        *(("password", "passvvord"), ("nawy", "navvy")),
        *(
            ("12", "\u0661.\u0662"),
            ("11", "hello"),
            ("\u0661\u0661", "hello"),
            ("lol", "\u0661\u0660\u0661"),
        ),
    ],
)
def test_words_of_other_scripts_are_left_alone(word: str, text: str) -> None:
    assert not says(word, text)


@pytest.mark.parametrize(
    "word", ["\u200b", "\u200b \u2060", "\u0301", "\u2800", "\u3164", "\ufe0f", "\u0640", "\u00b4"]
)
def test_a_word_that_nobody_can_read_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="shows nothing: it has only invisible signs"):
        words(word)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(("hell", "the llama"), ("kill", "heal"), ("fail", "to fall"), ("bum", "to burn")),
        *(("lol", "Room 101"), ("oil", "011"), ("100", "10.0"), ("12", "1 2"), ("10", "hello")),
        *(("a b", "abc"), ("kill", "k iller"), ("lie", "ll e")),
        # A voicing mark, a vowel sign and a final consonant make other letters.
        *(
            ("\u304b\u304f", "\u304c\u304f"),
            ("\u304b", "\u304b\u3099"),
            ("\u0915\u0932", "\u0915\u0941\u0932"),
        ),
        ("\uac00", "\uac01"),
    ],
)
def test_other_words_are_left_alone(word: str, text: str) -> None:
    assert not says(word, text)


def test_the_first_word_is_named_with_its_place() -> None:
    both = ForbiddenWords(
        [
            Boundary(id="late", rule="x", never_say=("run",)),
            Boundary(id="early", rule="x", never_say=("hide", "fly")),
        ]
    )
    assert both.find("They h\u200bide or run") == Hit("early", 5, 10)
    assert both.find("run") == Hit("late", 0, 3)
    assert both.find("stay") is None
    assert both
    assert not ForbiddenWords([Boundary(id="b", rule="x")])


@given(LETTERS, st.data())
def test_no_disguise_helps(word: str, data: st.DataObject) -> None:
    """Each letter in any case, form and look-alike, with anything invisible behind it."""
    alike: dict[str, list[str]] = {}
    for sign, letter in _table().items():
        alike.setdefault(letter, []).append(sign)
    text = ""
    for letter in word:
        forms = [letter, letter.upper(), chr(ord(letter) + 0xFEE0), *alike.get(letter, ())]
        text += data.draw(st.sampled_from(forms))
        text += data.draw(st.text(INVISIBLE + ACCENTS, max_size=2))
    assert says(word, f"x {text} y")
    assert says(word, f"x{text}y")


@given(LETTERS, st.lists(st.text(APART + INVISIBLE, max_size=3), min_size=9, max_size=9))
def test_nor_does_taking_it_apart(word: str, gaps: list[str]) -> None:
    text = "".join(letter + gap for letter, gap in zip(word, gaps, strict=False))
    assert says(word, text)
    assert says(word, f"Yes, {text} it is")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
@example("k", "\u3099", "")
def test_a_word_is_found_in_any_text_around_it(before: str, word: str, after: str) -> None:
    # What follows must not make another letter of the last one.
    assume(not after or unicodedata.category(after[0])[0] not in {"M", "L"})
    assume(not before or unicodedata.category(word[:1] or "M")[0] != "M")
    if word.strip() and says_anything(word):
        found = says(word.strip(), before + word.strip() + after)
        assert found, (before, word, after)


def says_anything(word: str) -> bool:
    try:
        return bool(words(word.strip()))
    except ValueError:  # control characters, which a profile cannot have
        return False


@given(st.text(max_size=40), LETTERS)
def test_a_word_is_not_found_where_its_letters_are_not(text: str, word: str) -> None:
    assume(text.isascii() and not set("01|I") & set(text))
    letters = [one for one in text.casefold() if one.isalpha()]
    if word not in "".join(letters):
        assert not says(word, text)


@given(st.text("kilabc .\u200b\u0301\u043aI1", max_size=30), st.lists(st.integers(0, 30)))
def test_a_text_in_pieces_says_what_it_says_whole(text: str, cuts: list[int]) -> None:
    known = words("kill", "a b", "lab")
    holding = Holding(known)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[one:next_] for one, next_ in pairwise(places)]
    passed = [holding.pass_on(piece) for piece in pieces] + [holding.rest()]
    shown, hit = "".join(passed), known.find(text)
    assert holding.hit == hit
    assert known.find(shown) is None
    assert text.startswith(shown)
    if hit is None:
        assert shown == text
    else:
        assert len(shown) <= hit.start
    assert holding.pass_on("more") == "" or hit is None


def test_nothing_is_held_longer_than_a_word_may_begin_in_it() -> None:
    holding = Holding(words("kill"))
    assert holding.pass_on("a kit. A ki") == "a kit. A "
    assert holding.pass_on("nd word") == "kind word"
    assert holding.pass_on(" k.i") == " "
    assert holding.pass_on("d") == "k.id"
    assert holding.rest() == ""
    assert holding.hit is None


def test_every_look_alike_is_a_sign_of_its_own() -> None:
    for sign, letter in _table().items():
        assert len(sign) == len(letter) == 1
        assert not sign.isascii()
        assert sign.casefold() != letter
