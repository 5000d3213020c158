"""The place that the pages of this process work with."""

from __future__ import annotations

from alignkit.ui.place import Finding, Place

_CURRENT: list[Finding] = []


def let_be(place: Finding) -> None:
    """Let the pages work with what `place` gives."""
    _CURRENT[:] = [place]


def here() -> Place:
    """What the pages work with."""
    return _CURRENT[0]()
