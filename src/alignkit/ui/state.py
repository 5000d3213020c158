"""What a share link holds: everything that was put in, nothing that came out."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from alignkit.errors import InvalidSetting
from alignkit.schema import Frozen, Scenario
from alignkit.service.trying import Way

MOST_WAYS = 6
MOST_LINK = 12_000
"""Signs of a link's state; servers and messengers cut longer addresses."""
_MOST_TEXT = 200_000
"""Bytes that it may unpack to."""
_WHAT = "The link"


class View(Frozen):
    """One comparison, as it was put together."""

    version: Literal[1] = 1
    scenario: Annotated[str, Field(min_length=1, max_length=200)] | Scenario
    """By its name in the library, or in full."""
    ways: Annotated[tuple[Way, ...], Field(min_length=1, max_length=MOST_WAYS)]
    differences: bool = False
    """Whether differences are marked."""
    shipped: bool = False
    """Whether the records that come with ALIGN are shown."""


def packed(view: View) -> str:
    """`view` as letters that an address can hold.

    Raises:
        InvalidSetting: it is too long for a link.
    """
    text = view.model_dump_json(exclude_defaults=True).encode()
    letters = base64.urlsafe_b64encode(zlib.compress(text, 9)).rstrip(b"=").decode()
    if len(letters) > MOST_LINK or len(text) > _MOST_TEXT:
        raise InvalidSetting(
            "This view is too long for a link.",
            "Save scenario and profiles under names; a link then holds only the names.",
        )
    return letters


def unpacked(letters: str) -> View:
    """The view that `packed` made `letters` of. Anybody may have written them.

    Raises:
        InvalidSetting: they are no such view.
    """
    if len(letters) > MOST_LINK:
        raise InvalidSetting(f"{_WHAT} is longer than any that was made here.")
    try:
        raw = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
        inflater = zlib.decompressobj()
        text = inflater.decompress(raw, _MOST_TEXT)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InvalidSetting(f"{_WHAT} is damaged.", "Copy it again, as a whole.") from error
    if inflater.unconsumed_tail or not inflater.eof:
        raise InvalidSetting(f"{_WHAT} is damaged or holds too much.")
    try:
        return View.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidSetting(f"{_WHAT} cannot be used: {place[:100]}: {first['msg']}.") from error
