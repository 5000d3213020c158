"""What all types have in common: frozen, strict about unknown fields, plain text only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

SCHEMA_VERSION = 1
"""Version of the shapes of decisions and records; a change that breaks readers raises it."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


V = TypeVar("V", bound=Hashable)


def repeated(values: Iterable[V]) -> tuple[V, int] | None:
    """The one of `values` that stands there most often, and how often; None where all differ."""
    found = Counter(values).most_common(1)
    return found[0] if found and found[0][1] > 1 else None


class Frozen(BaseModel):
    """Base of every type: immutable, and a misspelt field is an error instead of being ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValueError("must not be empty")
    return _printable(text)


def _printable(text: str) -> str:
    found = _CONTROL.search(text)
    if found:
        raise ValueError(f"contains the control character U+{ord(found.group()):04X}; remove it")
    return text


Printable = AfterValidator(_printable)
"""For other texts: without control characters other than tab and newline."""

Text = Annotated[str, AfterValidator(_plain)]
"""Text for people and models: not empty, without control characters other than tab and newline."""

NAME = r"^[a-z0-9][a-z0-9-]*$"
IDENTIFIER = r"^[a-z][a-z0-9_]*$"

Name = Annotated[str, StringConstraints(pattern=NAME, max_length=100)]
"""Name of a profile or a file of ours: small letters, digits and hyphens."""

Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER, max_length=100)]
"""Name of an attribute: small letters, digits and underscores."""

Weight = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
"""How much something counts against others, of which only ratios matter; sums stay finite."""
