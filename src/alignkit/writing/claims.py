"""Splits a text into claims: pieces that can be found supported or not, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alignkit.examples.wording import words
from alignkit.writing.sentences import Sentence, sentences

_MARKS = r"[?\uff1f\u061f\u037e\u2e2e]"
"""How questions end: Latin, wide, Arabic, Greek and reversed marks."""
_ASKS = re.compile(_MARKS + r"[\s_*]*$")
_ASKS_ENCLOSED = re.compile(
    r"[\"'\u201c\u2018\u201e\u00ab\u300c(\[*_]++[^\"\u201c\u201d\u00ab\u00bb\u300c\u300d()\[\]]+"
    + _MARKS
    + r"[\s\"'\u201d\u2019\u201c\u00bb\u300d)\]*_]*$"
)
"""A question as a whole in quotation marks or brackets; behind a statement it turns nothing."""
_TAG = re.compile(r"(?:[,\uff0c\u3001\u060c]|\s[-\u2013\u2014])\s*(?:\w{1,8}\W{1,3}){1,3}$")
"""What makes a question of a statement: "it opens at nine, doesn't it?"."""
_CLAUSE = re.compile(r";\s+|\uff1b\s*")
_HEADING = re.compile(r"(?:\s*(?:#{1,6}|\d{1,2}(?:\.\d{1,2})*[.)])(?=\s|$))*\s*")
"""What stands before the words of a heading, such as the number of a chapter."""


@dataclass(frozen=True)
class Claim:
    """Something a text states."""

    text: str
    """As it stands in the text."""
    start: int
    """Where the sentence or clause it is from begins in the text, in characters."""
    end: int
    before: str = ""
    """The sentence before it in its paragraph, which may say of whom it speaks."""


def claims(text: str, language: str | None = None, *, headings: bool = False) -> tuple[Claim, ...]:
    """What `text` states, in its order: its sentences, those with semicolons clause by clause.

    Questions state nothing, nor does a heading of one word above a text. Fenced code counts as one
    claim.

    Args:
        text: plain or Markdown.
        language: its code, such as "de", where it is known.
        headings: whether headings of several words count, which may only name what follows.
    """
    found: list[Claim] = []
    previous: Sentence | None = None
    for one in sentences(text, language=language, by_line=True):
        before = ""
        if previous is not None and previous.block == one.block:
            before = text[previous.start : previous.end]
        previous = one
        if one.kind == "heading" and not headings:
            continue
        if one.kind == "heading" and text[one.end :].strip() and _names(text[one.start : one.end]):
            continue
        for start, end in _clauses(text, one):
            said = text[start:end]
            if one.kind == "code" or not _asks(said):
                found.append(Claim(said, start, end, before))
            before = said
    return tuple(found)


def _asks(said: str) -> bool:
    asks = _ASKS.search(said) or _ASKS_ENCLOSED.match(said)
    return bool(asks) and not _TAG.search(said)


def _clauses(text: str, sentence: Sentence) -> list[tuple[int, int]]:
    """Where the clauses of `sentence` stand in `text`."""
    said = text[sentence.start : sentence.end]
    match sentence.kind:
        case "code":
            return [(sentence.start, sentence.end)]
        case "heading":
            begin, inside = _inside(said)
            parts = [part for one in sentences(inside) for part in _cut(inside, one.start, one.end)]
        case "text":
            begin, parts = 0, _cut(said, 0, len(said))
    return [(sentence.start + begin + a, sentence.start + begin + b) for a, b in parts]


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the clauses of `text[start:end]` stand."""
    parts = []
    for cut in _CLAUSE.finditer(text, start, end):
        parts.append((start, cut.start()))
        start = cut.end()
    parts.append((start, end))
    return [(a, b) for a, b in parts if any(sign.isalnum() for sign in text[a:b])]


def _names(heading: str) -> bool:
    """Whether a heading can only name what follows: in one word, without a number."""
    _, inside = _inside(heading)
    return len(words(inside)) == 1 and not any(sign.isdigit() for sign in inside)


def _inside(heading: str) -> tuple[int, str]:
    """Where the words of a heading begin, and these."""
    marker = _HEADING.match(heading)
    begin = marker.end() if marker else 0
    return begin, heading[begin:].rstrip("# \t")
