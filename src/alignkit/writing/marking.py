"""What is done about claims that nothing supports: they are marked or left out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Literal

from alignkit.writing.claims import Claim

MARK = "[not supported]"

Treatment = Literal["mark", "remove", "keep"]
"""Marked with `[not supported]`, left out, or left as they are."""

_CLOSING = re.compile(r"[\s.!\u3002\uff01\u0964\u2026\"'\u201d\u2019\u00bb\u300d]*")
"""How a sentence ends, read backwards, as a search for its end would take the square of the time; a
mark stands before it, but behind links, brackets and emphasis."""
_CLOSED_BEHIND = re.compile(r"[*_~)\]]+(?=\s|$)")
"""Emphasis and brackets that end with the sentence, and count to the next one."""
_EMPTY_ITEM = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:[-*+\u2022]|\d{1,3}[.)]|#{1,6}(?:[ \t]+[\d.]{1,9}[.)])?[ \t#]*+)[ \t]*$"
)
_SEMICOLONS = (";", "\uff1b")


def treated(text: str, unsupported: Sequence[Claim], treatment: Treatment) -> str:
    """`text` with the claims `unsupported` marked or left out; everything else stays as it is.

    Items of a list and headings that hold nothing more go with what they held. Left out is the
    claim as it stands in the text, also where only a part of what it states is not supported.
    """
    places = sorted({(one.start, one.end) for one in unsupported})
    if treatment == "keep" or not places:
        return text
    return _with_marks(text, places) if treatment == "mark" else _without(text, places)


def unmarked(text: str) -> str:
    """`text` without the marks of claims."""
    return text.replace(f" {MARK}", "").replace(MARK, "")


def _with_marks(text: str, places: Sequence[tuple[int, int]]) -> str:
    marks = sorted((_mark(text, start, end) for start, end in places), key=lambda mark: mark[0])
    pieces, done = [], 0
    for place, mark in marks:
        pieces += [text[done:place], mark]
        done = place
    return "".join((*pieces, text[done:]))


def _mark(text: str, start: int, end: int) -> tuple[int, str]:
    """Where the mark of the claim `text[start:end]` goes, and the mark with its blanks."""
    closed = _CLOSED_BEHIND.match(text, end)
    if closed:
        return closed.end(), f" {MARK}"
    said = text[start:end]
    if said.startswith(("```", "~~~")):
        return start, f"{MARK}\n"
    closing = _CLOSING.match(said[::-1])
    closes = closing.end() if closing else 0
    return end - closes if closes < len(said) else end, f" {MARK}"


def _without(text: str, places: Sequence[tuple[int, int]]) -> str:
    lines: list[str] = []
    place, gap = 0, False
    left_out = deque(places)
    for line in _lines_around(text, places):
        start, place = place, place + len(line)
        cut = list[tuple[int, int]]()
        while left_out and left_out[0][0] < place:
            a, b = left_out.popleft()
            if cut and a - start <= cut[-1][1]:  # both together are one part of the line
                a, b = cut[-1][0] + start, max(b, cut[-1][1] + start)
                cut.pop()
            cut.append((a - start, b - start))
        left = _cut(line, cut) if cut else line
        if cut and (not left.strip() or _EMPTY_ITEM.match(left.strip("\r\n"))):
            gap = True
        elif not (gap and not left.strip() and not (lines and lines[-1].strip())):
            # Of the blank lines around what is gone, those behind it go, too.
            lines.append(left)
            gap = gap and not left.strip()
    return "".join(lines).strip()


def _lines_around(text: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """The lines of `text`, those that a claim runs over as one."""
    begins = [0]
    place = reach = 0
    coming = deque(places)
    for line in text.splitlines(keepends=True):
        while coming and coming[0][0] < place:
            reach = max(reach, coming.popleft()[1])
        if reach <= place and place:
            begins.append(place)
        place += len(line)
    return [text[a:b] for a, b in pairwise((*begins, len(text)))]


def _cut(line: str, places: Sequence[tuple[int, int]]) -> str:
    """`line` without its parts at `places`, and without the semicolons that they leave loose."""
    body = line.rstrip("\r\n")
    ending = line[len(body) :]
    kept = [body[places[-1][1] :]]  # from the end to the beginning, so that nothing is copied twice
    more = False
    for done, start in reversed(list(pairwise((0, *chain.from_iterable(places))))[::2]):
        before = body[done:start]
        kept[-1] = _opened(kept[-1], more=more)
        if (before.rstrip() or body[max(0, done - 1) : done]).endswith(_SEMICOLONS):
            before = before.rstrip()[:-1] + "." if before.strip() else ""
        if before[-1:].isspace() or not (before or done):
            kept[-1] = kept[-1].lstrip()
        if before:
            more = more or bool(kept[-1].strip())
            kept.append(before)
    return "".join(reversed(kept)).rstrip() + ending


def _opened(behind: str, *, more: bool) -> str:
    """What stands `behind` a part that was left out, without a semicolon at its beginning.

    One at the end stays: where neither this nor anything else that is kept (`more`) follows it.
    """
    text = behind.lstrip()
    follows = more or text[1:].strip()
    return text[1:] if text.startswith(_SEMICOLONS) and follows else behind
