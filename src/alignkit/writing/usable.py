"""Whether what a model wrote can be read at all; what cannot is asked for again, never shown."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

from alignkit.errors import BadModelOutput
from alignkit.words import shows
from alignkit.writing.checks import Written

POINTS = 6
"""Points that a plan may have."""
_POINT = 200
_MOST_IN_GRAMMAR = 1900
"""Longer texts than this cannot be bound by the grammar of the embedded engine."""
_SIGNS_PER_TOKEN = 4
_MOST_SIGNS_PER_TOKEN = 16
_UNREADABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufffd\ufffe\uffff]"
)
_LONGEST_UNIT, _TURNS = 60, 40
"""What is repeated so often at the end of a text, and is no longer, shows that it had no end."""
_BEGINS_JSON = re.compile(r'```json|[{\[]\s*(?:["{\[]|\Z)')
_FENCE = re.compile(r"```json(.*?)(?:^```|```\Z)", re.DOTALL | re.MULTILINE)
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\]]', re.DOTALL)
"""Brackets, and the strings that they do not count in."""
_NEXT = re.compile(r"\s*,?\s*(?=[{\[])|\s*")
"""What may stand between two values."""
_WORD = re.compile(r"[^\W_]")


def schema_for(tokens: int) -> dict[str, Any]:
    """The JSON schema of a plan with a draft of at most so many `tokens`."""
    longest = {"maxLength": _longest(tokens)} if _longest(tokens) <= _MOST_IN_GRAMMAR else {}
    point = {"type": "string", "minLength": 1, "maxLength": _POINT}
    return {
        "type": "object",
        "properties": {
            "plan": {"type": "array", "items": point, "minItems": 1, "maxItems": POINTS},
            "draft": {"type": "string", "minLength": 1, **longest},
        },
        "required": ["plan", "draft"],
        "additionalProperties": False,
    }


def read_object(output: object, tokens: int) -> Written:
    """The plan and the draft in an object that a model wrote.

    Raises:
        BadModelOutput: it is not such an object, or its texts cannot be read.
    """
    if not isinstance(output, dict) or set(output) != {"plan", "draft"}:
        raise BadModelOutput("The model's object has not the fields that it should have.")
    plan, draft = output["plan"], output["draft"]
    if not isinstance(plan, list) or not 0 < len(plan) <= POINTS or not isinstance(draft, str):
        raise BadModelOutput("The model's object has fields of another kind.")
    if not all(isinstance(point, str) for point in plan):
        raise BadModelOutput("The model's plan is not a list of texts.")
    points = (" ".join(readable(point, _POINT + 1).split()) for point in plan)
    return Written(readable(draft, _longest(tokens)), tuple(points))


async def read_text(pieces: AsyncIterator[str], tokens: int) -> str:
    """The text that comes in `pieces`.

    Raises:
        BadModelOutput: it does not end, or cannot be read.
    """
    found: list[str] = []
    signs = 0
    most = _MOST_SIGNS_PER_TOKEN * tokens
    async for piece in pieces:
        found.append(piece)
        signs += len(piece)
        if signs >= most or len(found) > most:
            raise BadModelOutput("The model's text did not come to its end.")
    text = readable("".join(found), most)
    if _is_broken(text):
        raise BadModelOutput("The model wrote broken JSON.")
    return text


def _longest(tokens: int) -> int:
    return _SIGNS_PER_TOKEN * tokens


def readable(text: str, limit: int) -> str:
    """`text` without blanks around it.

    Raises:
        BadModelOutput: nobody can read it, or it has `limit` characters and so was not ended.
    """
    text = text.replace("\r\n", "\n")
    if _UNREADABLE.search(text):  # before blanks are taken away: some of these count as blanks
        raise BadModelOutput("The model wrote signs that cannot be read.")
    text = text.strip()
    if not shows(text):
        raise BadModelOutput("The model wrote nothing.")
    if len(text) >= limit or _is_endless(text):
        raise BadModelOutput("The model's text did not come to its end.")
    return text


def _is_endless(text: str) -> bool:
    """Whether `text` ends with the same few signs again and again."""
    return any(text.endswith(text[-size:] * _TURNS) for size in range(1, _LONGEST_UNIT + 1))


def _is_broken(text: str) -> bool:
    """Whether JSON at the beginning of `text` is cut off, or `text` is nothing but broken JSON.

    What begins like JSON and goes on in words is a text, as in "[[Link]] is how wikis link.".
    """
    rest, whole = text, True
    while _BEGINS_JSON.match(rest):
        found = _value_at_the_beginning(rest)
        if found is None:
            return True
        value, end = found
        whole = whole and _is_json(value)
        rest = _NEXT.sub("", rest[end:], count=1)
    return rest != text and not _WORD.search(rest) and (bool(rest) or not whole)


def _value_at_the_beginning(text: str) -> tuple[str, int] | None:
    """What stands in the fence or the brackets that `text` begins with, and where these end."""
    if text.startswith("```"):
        fenced = _FENCE.match(text)
        return (fenced[1], fenced.end()) if fenced else None
    depth = 0
    for one in _BRACKETS.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(one[0], 0)
        if not depth:
            return text[: one.end()], one.end()
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
