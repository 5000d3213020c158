"""What the wire formats share: strict objects, and JSON as a text that a model reads."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StrictBool, StrictStr, TypeAdapter

from alignkit.schema.base import Text

_DEEPEST = 32
_MOST_VALUES = 10_000
_LARGEST = 256 * 1024
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\ud800-\udfff]")
"""What JSON may hold as it is and a text for people and models may not."""


class Wire(BaseModel):
    """Part of a request; a misspelt field is an error instead of being ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Reply(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


_TEXT: TypeAdapter[str] = TypeAdapter(Text)


def _text_or_boolean(given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
    if not isinstance(given, bool | str):
        raise ValueError("must be a text or a boolean")  # noqa: TRY004  pydantic wants this one
    if isinstance(given, str):
        _TEXT.validate_python(given)
    return given


Value = Annotated[StrictBool | StrictStr, BeforeValidator(_text_or_boolean)]
"""A text, or a boolean, which is another value than the text that reads so."""


def text_of_json(value: Any) -> str:  # noqa: ANN401  any JSON
    """`value` as compact JSON, within the limits of the Decisions API.

    Raises:
        ValueError: it is nested too deeply, or has too many values, or is too long.
    """
    _measure(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    if len(text.encode()) > _LARGEST:
        raise ValueError(f"JSON of more than {_LARGEST} bytes")
    return text


def _measure(value: object) -> None:
    """Fail where JSON is nested too deeply or has too many values."""
    level, count = [value], 0
    for _ in range(_DEEPEST + 1):
        count += len(level)
        if count > _MOST_VALUES:
            raise ValueError(f"JSON of more than {_MOST_VALUES} values")
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise ValueError(f"JSON nested more than {_DEEPEST} levels deep")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def shown(value: bool | str) -> str:  # noqa: FBT001  a value, not a switch
    """`value` as people and models read it."""
    return str(value).lower() if isinstance(value, bool) else value.strip()
