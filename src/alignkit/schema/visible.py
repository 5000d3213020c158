"""Which characters a reader sees by themselves."""

from __future__ import annotations

import unicodedata

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
_TATWEEL = "\u0640"
"""Makes the line between two Arabic letters longer; a letter to Unicode."""
_KOREAN_PARTS = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
"""Vowels and final consonants, into which compatibility forms take Korean syllables apart."""


def shows_alone(text: str) -> bool:
    """Whether anything of `text` shows without a letter before it: no blank, no mark."""
    apart = unicodedata.normalize("NFKD", text)
    return any(not (is_blank(one) or is_mark(one) or is_invisible(one)) for one in apart)


def is_blank(one: str) -> bool:
    """Whether a character is a gap between words."""
    return one.isspace() or unicodedata.category(one)[0] == "Z" or one == _BLANK_LETTER


def is_mark(one: str) -> bool:
    """Whether a character belongs to the letter before it."""
    return unicodedata.category(one)[0] == "M" or any(ord(one) in some for some in _KOREAN_PARTS)


def is_invisible(one: str) -> bool:
    """Whether a character leaves what a reader reads the same."""
    category = unicodedata.category(one)
    if category in {"Cf", "Me"} or (category == "Cc" and not one.isspace()):
        return True
    if category == "Mn" and any(unicodedata.combining(one) in some for some in _DECORATING):
        return True
    return one in {"\u034f", _TATWEEL} or any(ord(one) in some for some in _INVISIBLE)
