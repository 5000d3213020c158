"""What a reader sees of a text: signs, each with all the letters it may be taken for.

Case, compatibility forms, accents and invisible signs are gone, and a sign knows its look-alikes.
Every character is read by itself but for one thing: a mark that is part of the letter before it (a
vowel in Devanagari, a voicing mark in Japanese) counts, and one that only decorates does not.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files
from string import ascii_lowercase

from alignkit.schema.visible import is_blank, is_invisible, is_mark

_TABLE = files("alignkit.words") / "lookalikes.txt"
_SIMPLE_SCRIPTS = 0x590
"""Below are the scripts in which no mark makes another letter: Latin, Greek, Cyrillic, Armenian."""
_SIMPLE_NAMES = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "MODIFIER"})
"""How the names of these begin. Signs of theirs that look like punctuation part words, always."""
_EAST_ASIAN = frozenset(
    {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "IDEOGRAPHIC", "VERTICAL"}
)
"""How the names of signs begin that make words together."""
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
    parts: bool = False
    """Whether it parts words: a letter to Unicode, but punctuation to the eye."""

    @property
    def in_word(self) -> bool:
        """Whether it is part of a word."""
        return not self.parts and self.kind in {Kind.LETTER, Kind.DIGIT, Kind.MARK}

    def after(self, letter: Sign | None) -> Sign:
        """The sign as it is read where `letter` was the last letter before it.

        What looks like punctuation is a letter in words of its own script: the long vowel of
        Japanese, the Hebrew Yod.
        """
        if not self.parts or (script := _script(self)) in _SIMPLE_NAMES:
            return self
        return self if letter and _script(letter) != script else replace(self, parts=False)


@lru_cache(4096)
def signs_of(character: str) -> tuple[Sign, ...]:
    """The signs that one `character` shows: mostly one, none if it is invisible."""
    apart = unicodedata.normalize("NFKD", character)
    found = (sign for one in apart if not is_invisible(one) for sign in _folded(one))
    return tuple(found)


def shows(text: str) -> bool:
    """Whether a reader sees anything of `text`."""
    return any(sign.kind is not Kind.BLANK for one in text for sign in signs_of(one))


def is_letter(sign: Sign) -> bool:
    """Whether `sign` is a letter to the eye, too."""
    return sign.kind is Kind.LETTER and not sign.parts


def marks_count_after(before: Sign | None) -> bool:
    """Whether a mark makes another letter of the sign `before` it, rather than decorate it."""
    if before is None or before.kind is Kind.BLANK or before.kind is Kind.OTHER:
        return False
    taken_for_ascii = any(one.isascii() and one.isalnum() for one in before.looks)
    return ord(before.plain) >= _SIMPLE_SCRIPTS and not taken_for_ascii


def _folded(one: str) -> tuple[Sign, ...]:
    boxed = _in_a_box(one)
    if boxed:
        return (_sign(boxed),)
    ligature = _ligatures().get(one)
    if ligature:
        return tuple(_sign(letter) for letter in ligature)
    if one in _BY_SIGHT:
        return (_sign(one),)
    return tuple(_sign(letter) for letter in one.casefold() if not is_invisible(letter))


def _sign(one: str) -> Sign:
    digit = unicodedata.decimal(one, None)
    plain = one.casefold() if digit is None else str(digit)
    looks = {plain} | _BY_SIGHT.get(one, frozenset())
    if not one.isascii():
        looks |= _seen_as(one) | _seen_as(one.upper()) | _seen_as(one.lower())
    kind = _kind(one)
    return Sign(plain, frozenset(looks), kind, kind is Kind.LETTER and _parts(one, looks))


def _parts(one: str, looks: Iterable[str]) -> bool:
    """Whether a letter that looks like `looks` is punctuation to the eye."""
    kinds = {unicodedata.category(look) for look in looks}
    return unicodedata.category(one) == "Lm" or any(
        kind[0] == "P" or kind == "Lm" for kind in kinds
    )


def _script(sign: Sign) -> str:
    """The script of `sign`, as its name tells; one for all that Japanese is written in."""
    script = unicodedata.name(sign.plain, "").partition(" ")[0]
    return "CJK" if script in _EAST_ASIAN else script


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
    found = _small_capital(one) or _capitals().get(one) or _table().get(one)
    if found is None:
        return set()
    return {found} | (_TALL if found == "l" else set())


def _kind(one: str) -> Kind:
    if is_blank(one):
        return Kind.BLANK
    if is_mark(one):
        return Kind.MARK
    return {"L": Kind.LETTER, "N": Kind.DIGIT}.get(unicodedata.category(one)[0], Kind.OTHER)


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


@cache
def _capitals() -> dict[str, str]:
    """The signs that small capitals look like, and the letters of these."""
    pairs = ((target, _small_capital(source)) for source, target in _table().items())
    return {target: letter for target, letter in pairs if letter}
