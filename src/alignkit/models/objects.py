"""Objects out of a model's text: parsed and checked, or refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import ValidationError, validate

from alignkit.errors import BadModelOutput


def parse_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object that `text` is, checked against the JSON `schema`.

    Raises:
        BadModelOutput: the text is not JSON, or the object does not satisfy the schema.
    """
    try:
        found = json.loads(text)
        validate(found, dict(schema))
    except (ValueError, RecursionError) as error:  # a number may have too many digits
        raise BadModelOutput(f"The model wrote broken JSON: {text[:60]!r}") from error
    except ValidationError as error:
        raise BadModelOutput(f"The model's object does not fit: {error.message[:120]}") from error
    if not isinstance(found, dict):
        raise BadModelOutput(f"The model wrote no object: {text[:60]!r}")
    return found
