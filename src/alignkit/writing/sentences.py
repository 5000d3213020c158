"""Where sentences begin and end in a text of any language.

Ends of sentences are found by `sentencex`, which knows the abbreviations of some 300 languages.
Which language a text is in, is rarely told. So where it is not, a sentence ends only where the
rules of several languages agree that it does: one sentence too long is checked as a whole, one cut
in two ("Am 3." "Mai") says something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from sentencex import get_sentence_boundaries

_AGREEING = ("en", "de", "fr")
"""More would miss ends: of each, some abbreviations are words of others ("in.", "an.")."""
_PART, _AHEAD = 5000, 200
"""Characters in which ends of sentences are looked for at once, and what must follow an end."""
_ITEM = re.compile(r"[ \t]*(?:>[ \t]*)*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s|$)")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_ROW = re.compile(r"[ \t]*\|")
_SAYS = re.compile(r"[^\W_]")

Kind = Literal["text", "heading", "code"]


@dataclass(frozen=True)
class Sentence:
    """A piece of a text: `text[start:end]`, without blanks around it."""

    start: int
    end: int
    kind: Kind
    block: int
    """Number of the paragraph, item or line that it belongs to."""


@dataclass(frozen=True)
class _Block:
    start: int
    end: int
    kind: Kind


def sentences(
    text: str, *, language: str | None = None, by_line: bool = False
) -> tuple[Sentence, ...]:
    """The sentences of a plain or Markdown `text`, in their order; none overlap.

    Headings and fenced code are one piece each. Markers of list items belong to no sentence, nor do
    lines without letters and digits.

    Args:
        text: what is split.
        language: of the text, as a code such as "de"; None where it is not known.
        by_line: whether a new line always begins a new sentence, as in what models write; texts
            from files may be wrapped.
    """
    found = []
    for number, block in enumerate(_blocks(text, by_line=by_line)):
        for piece in _cut(text, block, language):
            start, end = _stripped(text, *piece)
            if _SAYS.search(text, start, end):
                found.append(Sentence(start, end, block.kind, number))
            elif start < end and found and found[-1].block == number:
                # Quotation marks and the like that close the sentence.
                found[-1] = replace(found[-1], end=end)
    return tuple(found)


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


def _cut(text: str, block: _Block, language: str | None) -> Iterator[tuple[int, int]]:
    if block.kind != "text":
        return iter([(block.start, block.end)])
    inside = text[block.start : block.end]
    ends = _ends(inside, language)
    return ((block.start + a, block.start + b) for a, b in pairwise((0, *ends, len(inside))))


def _ends(inside: str, language: str | None) -> list[int]:
    """Where sentences end in `inside`, before its own end.

    Looked for in a part at a time, which begins where the last sentence ended: the time that
    `sentencex` takes grows with the square of a text full of quotation marks.
    """
    found: list[int] = []
    start = 0
    while start < len(inside):
        part = inside[start : start + _PART]
        is_last = start + _PART >= len(inside)
        sure = len(part) if is_last else len(part) - _AHEAD
        ends = sorted(end for end in _agreed(part, language) if 0 < end < sure)
        found += [start + end for end in ends]
        if is_last:
            break
        start += ends[-1] if ends else max(part.rfind(" ", 0, sure), 0) or sure
    return found


def _agreed(part: str, language: str | None) -> set[int]:
    if not part.strip():
        return set()
    codes = (language,) if language else _AGREEING
    ends = (
        {int(one["end_index"]) for one in get_sentence_boundaries(code, part)} for code in codes
    )
    return set.intersection(*ends)


def _blocks(text: str, *, by_line: bool) -> Iterator[_Block]:
    """Paragraphs, items, rows, headings and fenced code; together they hold all that is said."""
    open_: _Block | None = None
    place = 0
    for line in text.splitlines(keepends=True):
        start, place = place, place + len(line)
        if open_ is not None and open_.kind == "code":
            open_ = _Block(open_.start, place, "code")
            if _FENCE.match(line):
                yield open_
                open_ = None
            continue
        item = _ITEM.match(line)
        begins = by_line or item or _ROW.match(line)
        if open_ is not None and (begins or not line.strip() or _opens(line)):
            yield open_
            open_ = None
        if _FENCE.match(line):
            open_ = _Block(start, place, "code")
        elif _HEADING.match(line):
            yield _Block(start, place, "heading")
        elif line.strip():
            first = start + (item.end() if item else 0)
            open_ = _Block(open_.start if open_ else first, place, "text")
    if open_ is not None:
        yield open_


def _opens(line: str) -> bool:
    return bool(_FENCE.match(line) or _HEADING.match(line))
