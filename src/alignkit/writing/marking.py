"""What is done about claims that nothing supports: they are marked or left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from alignkit.writing.claims import Claim

MARK = "[not supported]"

Treatment = Literal["mark", "remove", "keep"]
"""Marked with `[not supported]`, left out, or left as they are."""

_CLOSING = re.compile(r"[\s.!\u3002\uff01\u0964\u2026\"'\u201d\u2019\u00bb\u300d]*$")
"""How a sentence ends; a mark stands before it, but behind links, brackets and emphasis."""
_CLOSED_BEHIND = re.compile(r"[*_~)\]]+(?=\s|$)")
"""Emphasis and brackets that end with the sentence, and count to the next one."""
_EMPTY_ITEM = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:[-*+\u2022]|\d{1,3}[.)]|#{1,6}(?:[ \t]+[\d.]{1,9}[.)])?[ \t#]*)[ \t]*$"
)
_LOOSE = re.compile(r"^\s*[;\uff1b](?=\s*\S)")


def treated(text: str, unsupported: Sequence[Claim], treatment: Treatment) -> str:
    """`text` with the claims `unsupported` marked or left out; everything else stays as it is.

    Items of a list and headings that hold nothing more go with what they held. Left out is the
    claim as it stands in the text, also where only a part of what it states is not supported.
    """
    places = sorted({(one.start, one.end) for one in unsupported})
    if treatment == "keep" or not places:
        return text
    if treatment == "mark":
        for start, end in reversed(places):
            closed = _CLOSED_BEHIND.match(text, end)
            if closed:
                text = f"{text[: closed.end()]} {MARK}{text[closed.end() :]}"
            else:
                text = text[:start] + _marked(text[start:end]) + text[end:]
        return text
    return _without(text, places)


def unmarked(text: str) -> str:
    """`text` without the marks of claims."""
    return text.replace(f" {MARK}", "").replace(MARK, "")


def _marked(said: str) -> str:
    if said.startswith(("```", "~~~")):
        return f"{MARK}\n{said}"
    closing = _CLOSING.search(said)
    at = closing.start() if closing and closing.start() else len(said)
    return f"{said[:at]} {MARK}{said[at:]}"


def _without(text: str, places: Sequence[tuple[int, int]]) -> str:
    lines: list[str] = []
    place, gap = 0, False
    for line in _lines_around(text, places):
        start, place = place, place + len(line)
        cut = [(a - start, b - start) for a, b in places if start <= a < place]
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
    lines: list[str] = []
    place = 0
    for line in text.splitlines(keepends=True):
        if lines and any(a < place < b for a, b in places):
            lines[-1] += line
        else:
            lines.append(line)
        place += len(line)
    return lines


def _cut(line: str, places: Sequence[tuple[int, int]]) -> str:
    body = line.rstrip("\r\n")
    ending = line[len(body) :]
    for start, end in reversed(places):
        before, after = body[:start], body[end:]
        if before.rstrip().endswith((";", "\uff1b")):
            before = before.rstrip()[:-1] + "."
        after = _LOOSE.sub("", after)
        body = before + (after.lstrip() if not before or before[-1].isspace() else after)
    return body.rstrip() + ending
