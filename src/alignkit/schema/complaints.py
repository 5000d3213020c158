"""What is wrong with a value, in words for whoever wrote it.

pydantic speaks to programmers: of patterns, dictionaries and instances of classes.
"""

from __future__ import annotations

from pydantic_core import ErrorDetails

from alignkit.schema.base import IDENTIFIER, NAME

_PATTERNS = {
    NAME: "use small letters, digits and '-'",
    IDENTIFIER: "use small letters, digits and '_', beginning with a letter",
}
_FIELDS = frozenset({"dict_type", "model_type", "mapping_type"})
_YES_OR_NO = frozenset({"bool_parsing", "bool_type"})


def complaint(error: ErrorDetails) -> str:
    """What `error` says, without a full stop; what has no better words keeps pydantic's."""
    given = error.get("ctx", {})
    if error["type"] == "value_error":
        return error["msg"].removeprefix("Value error, ").removesuffix(".")
    if error["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(given["pattern"], error["msg"])
    if error["type"] in _FIELDS:
        return "should have fields, written as `name: value`"
    if error["type"] in _YES_OR_NO:
        return "should be true or false"
    if error["type"] == "too_short":
        return f"give at least {given['min_length']}, not {given['actual_length']}"
    return error["msg"]
