"""Objects out of a model's text: parsed and checked, or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import ValidationError, validate

from alignkit.errors import BadModelOutput
from alignkit.schema import Usage


class UnusableObject(BadModelOutput):
    """What a model wrote where an object was asked for cannot be used."""

    def __init__(self, message: str, usage: Usage) -> None:
        """Say what is wrong, and what it cost all the same."""
        self.usage = usage
        super().__init__(message)


def cut_off(tokens: int, usage: Usage) -> UnusableObject:
    """The error for an object that did not end within so many `tokens`; `usage` is what it cost."""
    return UnusableObject(f"The object was cut off at {tokens} tokens.", usage)


def parse_object(text: str, schema: Mapping[str, Any], usage: Usage) -> dict[str, Any]:
    """The JSON object that `text` is, checked against the JSON `schema`; `usage` is what it cost.

    Raises:
        UnusableObject: the text is not JSON, or the object does not satisfy the schema.
    """
    try:
        found = json.loads(text)
        validate(found, dict(schema))
    except (ValueError, RecursionError) as error:  # a number may have too many digits
        raise UnusableObject(f"The model wrote broken JSON: {text[:60]!r}", usage) from error
    except ValidationError as error:
        why = f"The model's object does not fit: {error.message[:120]}"
        raise UnusableObject(why, usage) from error
    if not isinstance(found, dict):
        raise UnusableObject(f"The model wrote no object: {text[:60]!r}", usage)
    return found
