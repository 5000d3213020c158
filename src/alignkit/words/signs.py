"""What a reader sees of a text: signs, each with all the letters it may be taken for.

Case, compatibility forms, accents and invisible signs are gone, and a sign knows its look-alikes.
Every character is read by itself but for one thing: a mark that is part of the letter before it (a
vowel in Devanagari, a voicing mark in Japanese) counts, and one that only decorates does not.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files
from string import ascii_lowercase

_TABLE = files("alignkit.words") / "lookalikes.txt"
_INVISIBLE = (
    *(range(0x115F, 0x1161), range(0x17B4, 0x17B6), range(0x180B, 0x1810), range(0x3164, 0x3165)),
    *(range(0xFE00, 0xFE10), range(0xFFA0, 0xFFA1), range(0xFFF0, 0xFFFC)),
    *(range(0x1BCA0, 0x1BCA4), range(0xE0000, 0xE1000)),
)
"""Code points that show nothing and are not of the category Cf."""
_BLANK_LETTER = "\u2800"
"""The Braille pattern without dots: a symbol to Unicode, a blank to the eye."""
_DECORATING = (range(1, 2), range(10, 37), range(200, 241))
"""Classes of marks that leave a letter the same: strokes, points of Hebrew and Arabic, accents."""
_SIMPLE_SCRIPTS = 0x590
"""Below are the scripts in which no mark makes another letter: Latin, Greek, Cyrillic, Armenian."""
_KOREAN_PARTS = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and final consonants, into which compatibility forms take Korean syllables apart."""
_TALL = frozenset("il")
"""What the table has one name for: a capital I, a small L, the digit one, a bar."""
_BY_SIGHT = {"I": _TALL, "1": _TALL, "|": _TALL, "0": frozenset("o")}
"""What signs of ASCII are taken for. A small L is not among them: "fall" is not "fail"."""


class Kind(Enum):
    """What a sign does to words."""

    LETTER = "letter"
    DIGIT = "digit"
    MARK = "mark"
    """Belongs to the letter before it."""
    BLANK = "blank"
    OTHER = "other"


_BOXES = (0x1F150, 0x1F170, 0x1F1E6)
"""Where the 26 letters in dark circles, in dark squares, and those of flags begin."""


@dataclass(frozen=True)
class Sign:
    """One sign as a reader sees it."""

    plain: str
    """The sign without case, form and decoration."""
    looks: frozenset[str]
    """All that it may be taken for, itself included."""
    kind: Kind

    @property
    def in_word(self) -> bool:
        """Whether it is part of a word."""
        return self.kind in {Kind.LETTER, Kind.DIGIT, Kind.MARK}


@lru_cache(4096)
def signs_of(character: str) -> tuple[Sign, ...]:
    """The signs that one `character` shows: mostly one, none if it is invisible."""
    if character == _BLANK_LETTER:
        return (_sign(" "),)
    apart = unicodedata.normalize("NFKD", character)
    found = (sign for one in apart if not _invisible(one) for sign in _folded(one))
    return tuple(found)


def shows(text: str) -> bool:
    """Whether a reader sees anything of `text`."""
    return any(sign.kind is not Kind.BLANK for one in text for sign in signs_of(one))


def marks_count_after(before: Sign | None) -> bool:
    """Whether a mark makes another letter of the sign `before` it, rather than decorate it."""
    if before is None or before.kind is Kind.BLANK or before.kind is Kind.OTHER:
        return False
    return ord(before.plain) >= _SIMPLE_SCRIPTS and not any(one.isascii() for one in before.looks)


def _folded(one: str) -> tuple[Sign, ...]:
    boxed = _in_a_box(one)
    if boxed:
        return (_sign(boxed),)
    ligature = _ligatures().get(one)
    if ligature:
        return tuple(_sign(letter) for letter in ligature)
    if one in _BY_SIGHT:
        return (_sign(one),)
    return tuple(_sign(letter) for letter in one.casefold() if not _invisible(letter))


def _sign(one: str) -> Sign:
    plain = one.casefold()
    looks = {plain} | _BY_SIGHT.get(one, frozenset())
    if not one.isascii():
        looks |= _seen_as(one) | _seen_as(one.upper()) | _seen_as(one.lower())
    return Sign(plain, frozenset(looks), _kind(one))


def _in_a_box(one: str) -> str:
    """The letter in a dark circle or square, or of a flag; empty for all other signs."""
    for first in _BOXES:
        if first <= ord(one) < first + len(ascii_lowercase):
            return ascii_lowercase[ord(one) - first]
    return ""


def _small_capital(one: str) -> str | None:
    name, _, letter = unicodedata.name(one, "").rpartition(" ")
    return letter.lower() if name == "LATIN LETTER SMALL CAPITAL" and len(letter) == 1 else None


def _seen_as(one: str) -> set[str]:
    found = _small_capital(one) or _table().get(one)
    if found is None:
        return set()
    return {found} | (_TALL if found == "l" else set())


def _kind(one: str) -> Kind:
    category = unicodedata.category(one)
    if one.isspace() or category[0] == "Z":
        return Kind.BLANK
    if category[0] == "M" or any(ord(one) in some for some in _KOREAN_PARTS):
        return Kind.MARK
    return {"L": Kind.LETTER, "N": Kind.DIGIT}.get(category[0], Kind.OTHER)


def _invisible(one: str) -> bool:
    category = unicodedata.category(one)
    if category == "Cf" or (category == "Cc" and not one.isspace()) or category == "Me":
        return True
    if category == "Mn" and any(unicodedata.combining(one) in some for some in _DECORATING):
        return True
    return one == "\u034f" or any(ord(one) in some for some in _INVISIBLE)


@cache
def _lines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What is looked like, and the signs that look like it."""
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    parts = (line.partition(": ") for line in lines if not line.startswith("#"))
    return tuple(
        (
            "".join(chr(int(code, 16)) for code in target.split("+")),
            tuple(chr(int(code, 16)) for code in sources.split()),
        )
        for target, _, sources in parts
    )


@cache
def _table() -> dict[str, str]:
    return {source: target for target, found in _lines() if len(target) == 1 for source in found}


@cache
def _ligatures() -> dict[str, str]:
    return {source: target for target, found in _lines() if len(target) > 1 for source in found}
