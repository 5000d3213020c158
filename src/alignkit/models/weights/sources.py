"""What the ways to fetch a model share."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.models.weights.progress import OnProgress, Progress
from alignkit.models.weights.slot import Slot

PATIENCE_S = 4.5
"""How long a source may take to answer at all; with start-up, it is given up within 5 seconds."""

CHUNK = 2**18


class SourceFailed(Exception):
    """One source could not deliver: the next one is tried. Never reaches a user as it is."""


@dataclass(frozen=True, slots=True)
class Job:
    """One model that is to be fetched."""

    name: str
    """The name that the user gave."""
    slot: Slot
    size: int | None
    """Bytes of the whole file, where known."""
    on_progress: OnProgress

    def report(self, done: int, detail: str = "") -> None:
        """Say that `done` bytes are there."""
        done = done if self.size is None else min(done, self.size)
        self.on_progress(Progress(self.name + detail, done, self.size))


def shorten(text: str, limit: int = 160) -> str:
    """A reason in one line of at most `limit` characters, without a full stop."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
