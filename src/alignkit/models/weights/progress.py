"""How far a download is, told to whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of a download."""

    what: str
    """What is going on, for people: "qwen2.5-coder-1.5b, part 3 of 22"."""
    done: int = 0
    """Bytes of the model that are there (or checked) so far."""
    total: int | None = None
    """Bytes of the whole model, where known."""


OnProgress = Callable[[Progress], None]
"""Called several times a second while something is fetched or checked; must return quickly."""


def silent(_progress: Progress) -> None:
    """Show nothing."""
