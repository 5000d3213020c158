"""Splits a text into claims: pieces that can be found supported or not, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alignkit.writing.sentences import Sentence, sentences

_ASKS = re.compile(r"[?\uff1f\u061f\u037e\u2e2e][\s\"'\u201d\u2019\u00bb\u300d)\]*_]*$")
"""How questions end: Latin, wide, Arabic, Greek and reversed marks, quotation marks behind."""
_CLAUSE = re.compile(r";\s+|\uff1b\s*")


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


def claims(text: str, language: str | None = None) -> tuple[Claim, ...]:
    """What `text` states, in its order: its sentences, those with semicolons clause by clause.

    Questions and headings state nothing. Fenced code counts as one claim.

    Args:
        text: plain or Markdown.
        language: its code, such as "de", where it is known.
    """
    found: list[Claim] = []
    previous: Sentence | None = None
    for one in sentences(text, language=language, by_line=True):
        before = ""
        if previous is not None and previous.block == one.block:
            before = text[previous.start : previous.end]
        previous = one
        said = text[one.start : one.end]
        if one.kind == "heading" or (one.kind == "text" and _ASKS.search(said)):
            continue
        for start, end in _clauses(one, said):
            found.append(Claim(text[start:end], start, end, before))
            before = text[start:end]
    return tuple(found)


def _clauses(sentence: Sentence, said: str) -> list[tuple[int, int]]:
    if sentence.kind == "code":
        return [(sentence.start, sentence.end)]
    parts, start = [], 0
    for cut in _CLAUSE.finditer(said):
        parts.append((start, cut.start()))
        start = cut.end()
    parts.append((start, len(said)))
    return [
        (sentence.start + a, sentence.start + b)
        for a, b in parts
        if any(sign.isalnum() for sign in said[a:b])
    ]
