"""Which field is wrong, and what is wrong with it, in words: from what pydantic found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PARTS = ("body", "query", "path", "header", "cookie")
_TAGS = ("union_tag_invalid", "union_tag_not_found")
_SHAPES = {
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
"""What a client reads who writes JSON and knows no Python."""
_SIZES = {"too_short": ("least", "min_length"), "too_long": ("most", "max_length")}


def field_and_message(mistake: Mapping[str, Any], body: object) -> tuple[str, str]:
    """The field, as in `questions[2].name`, and what is wrong with it."""
    place, kind = list(mistake["loc"]), str(mistake["type"])
    where = place.pop(0) if place and place[0] in _PARTS else ""
    inner = reached(body, place) if where in {"body", ""} else place
    message = str(mistake["msg"]).removeprefix("Value error, ").rstrip(".")
    if kind == "missing":
        inner = [*inner, place[-1]] if place and inner[-1:] != place[-1:] else inner
        message = "this field is missing"
    elif kind == "extra_forbidden":
        message = "there is no such field"
    elif kind in _SHAPES:
        message = _SHAPES[kind]
    elif kind in _SIZES:
        message = _of_size(mistake)
    elif kind in _TAGS:
        inner = [*inner, str(mistake["ctx"]["discriminator"]).strip("'")]
        message = _of_tag(kind, mistake["ctx"])
    return field_of(inner) or where or "body", message


def own(found: Sequence[Mapping[str, Any]], body: object) -> list[Mapping[str, Any]]:
    """Those of the mistakes `found` in `body` that do not only follow from others; one at least.

    A list whose one member is wrong is also too short for pydantic. Where a name or the thing
    itself may stand, a thing with a mistake is also no name.
    """
    places = [tuple(one["loc"]) for one in found]
    return [
        one
        for one, place in zip(found, places, strict=True)
        if not _follows(one, place, places, body)
    ] or list(found)


def _follows(
    mistake: Mapping[str, Any],
    place: tuple[str | int, ...],
    places: Sequence[tuple[str | int, ...]],
    body: object,
) -> bool:
    if mistake["type"] == "string_type" and isinstance(mistake.get("input"), dict):
        here = _inside(place, body)
        return any(other != place and _inside(other, body)[: len(here)] == here for other in places)
    return mistake["type"] == "too_short" and any(
        len(other) > len(place) and other[: len(place)] == place for other in places
    )


def _inside(place: Sequence[str | int], body: object) -> list[str | int]:
    return reached(body, place[1:] if place and place[0] in _PARTS else place)


def reached(value: Any, place: Sequence[str | int]) -> list[str | int]:  # noqa: ANN401  any JSON
    """As much of `place` as is in `value`; what is not there names a type that was tried."""
    path: list[str | int] = []
    for part in place:
        if _has(value, part):
            value = value[part]
            path.append(part)
    return path


def _has(value: object, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def field_of(place: Sequence[str | int]) -> str:
    """`questions[2].name` for a place in a body."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def _of_size(mistake: Mapping[str, Any]) -> str:
    """How many members or characters there must be."""
    bound, key = _SIZES[mistake["type"]]
    number = mistake["ctx"][key]
    noun = "character" if isinstance(mistake.get("input"), str) else "item"
    return f"must have at {bound} {number} {noun}{'' if number == 1 else 's'}"


def _of_tag(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "union_tag_not_found":
        return "this field is missing"
    return f"must be one of {context['expected_tags']}, not {str(context['tag'])[:60]!r}"
