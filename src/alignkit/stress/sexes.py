"""A text with the two sexes exchanged: he and she, man and woman, Anna and Adam.

English only. Some words have two counterparts ("her" is "him" or "his"); which it is must be clear
from the words beside it, or the text is not touched at all. Done twice, the text is as it was.
"""

from __future__ import annotations

import re


def _both_ways(lines: str) -> dict[str, str]:
    pairs = [pair.split("/") for pair in lines.split()]
    return {old: new for one, other in pairs for old, new in ((one, other), (other, one))}


_COUNTERPARTS = _both_ways(
    "he/she himself/herself man/woman men/women boy/girl boys/girls gentleman/lady "
    "gentlemen/ladies husband/wife husbands/wives father/mother fathers/mothers dad/mum "
    "son/daughter sons/daughters brother/sister brothers/sisters uncle/aunt uncles/aunts "
    "nephew/niece nephews/nieces grandfather/grandmother grandson/granddaughter widower/widow "
    "boyfriend/girlfriend father-in-law/mother-in-law brother-in-law/sister-in-law "
    "son-in-law/daughter-in-law businessman/businesswoman policeman/policewoman "
    "salesman/saleswoman chairman/chairwoman waiter/waitress male/female males/females mr/ms"
)
_NAMES = _both_ways(
    "Adam/Anna Ben/Beth Carl/Carla Daniel/Diana David/Dora Eric/Erica Henry/Helen Jack/Jane "
    "James/Julia John/Joan Joseph/Josephine Martin/Martha Michael/Michelle Oliver/Olivia "
    "Paul/Paula Peter/Petra Robert/Roberta Simon/Simone Stephen/Stephanie Thomas/Tina"
)
"""First names that are nothing else; which two go together does not matter."""
_TWO_WAYS = ("him", "his", "her", "hers")
_WORDS = sorted((*_COUNTERPARTS, *_TWO_WAYS), key=len, reverse=True)
_PATTERN = re.compile(rf"(?<![\w-])(?:(?i:{'|'.join(_WORDS)})|{'|'.join(_NAMES)})(?![\w-])")

_NOT_TO_TOUCH = re.compile(
    r"\b(?:sex|sexes|gender|pregnan\w*|birth|breast\w*|prostate|miscarriage|matern\w*|patern\w*"
    r"|mrs|miss|no man's|(?:to|must|will|can|should) man)\b",
    re.IGNORECASE,
)
"""Where these stand, the sex of somebody is part of the case, or a word is no noun."""
_NO_NOUN = frozenset(
    word
    for line in (
        "a an the this that these those and or but nor if when while because as than who whom",
        "which is was will would can could may might must should has had does did to in into on",
        "onto at with without from for by of off up down out over under through about after",
        "before until since during now here there then again today tonight instead too not",
    )
    for word in line.split()
)
"""No noun begins with these: "her" before one of them is "him"."""
_EITHER = frozenset(
    word
    for line in (
        "first last next second third back only more most less both all one two three four five",
        "six seven eight nine ten some any no enough go leave stay die live fall breathe know",
    )
    for word in line.split()
)
"""Before these it could be "him" or "his"."""
_TWO_OBJECTS = re.compile(
    r"\b(?:giv(?:e|es|ing|en)|gave|offer(?:s|ed|ing)?|send(?:s|ing)?|sent|tell(?:s|ing)?|told"
    r"|show(?:s|ed|n|ing)?|ask(?:s|ed|ing)?|bring(?:s|ing)?|brought|pay(?:s|ing)?|paid|costs?"
    r"|lets?|letting|mak(?:e|es|ing)|made|help(?:s|ed|ing)?|se(?:e|es|en|eing)|saw|hear(?:s|d)?"
    r"|watch(?:es|ed|ing)?|call(?:s|ed)?|promis(?:e|es|ed)|lends?|lent|keeps?|kept)\s+$",
    re.IGNORECASE,
)
"""Behind these, too: "gave her oxygen", "let her oxygen run out"."""


def with_sexes_exchanged(text: str) -> str | None:
    """`text` with every word for one sex replaced by that for the other; None where unclear.

    Words with a capital, or in capitals, keep them. A text without such words is as it was.
    """
    changed = _once(text)
    return changed if changed is not None and _once(changed) == text else None


def _once(text: str) -> str | None:
    if _NOT_TO_TOUCH.search(text):
        return None
    parts, at = [], 0
    for found in _PATTERN.finditer(text):
        new = _counterpart(found)
        if new is None:
            return None
        parts += [text[at : found.start()], new]
        at = found.end()
    return "".join([*parts, text[at:]])


def _counterpart(found: re.Match[str]) -> str | None:
    """What is to stand in the place of a word; None where it cannot be told."""
    if found[0] in _NAMES:
        return _NAMES[found[0]]
    word = found[0].lower()
    new = _of_two(word, found) if word in _TWO_WAYS else _COUNTERPARTS[word]
    return None if new is None else _cased_like(found[0], new)


def _of_two(word: str, found: re.Match[str]) -> str | None:
    if word in ("him", "hers"):
        return {"him": "her", "hers": "his"}[word]
    before, behind = found.string[: found.start()], found.string[found.end() :]
    follower = re.match(r"\s+([^\W\d_][\w'\u2019-]*)", behind)
    if follower is None:
        closed = re.match(r"\s*(?:[.,;:!?)\u201d]|$)", behind)
        return {"his": "hers", "her": "him"}[word] if closed else None
    after = follower[1].lower()
    if after in _EITHER or after.endswith("ly"):
        return None
    if word == "his":
        return None if after in _NO_NOUN else "her"
    if after in _NO_NOUN:
        return "him"
    return None if _TWO_OBJECTS.search(before) else "his"


def _cased_like(old: str, new: str) -> str:
    if old.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new
