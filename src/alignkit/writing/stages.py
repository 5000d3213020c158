"""What is being done for a request, told while it is done; never a word of what was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Stage:
    """Something that has begun."""

    doing: Literal["checking", "tailoring", "drafting", "revising", "judging"]
    number: int
    """Of the draft that is written or judged, from 1; 0 before there is one."""
    revises: int | None = None
    """Number of the draft that it improves; None for a new one."""

    def __str__(self) -> str:
        return _BEFORE.get(self.doing, f"{self.doing} {self.number}")


_BEFORE = {"checking": "checking the request", "tailoring": "writing instructions"}


OnStage = Callable[[Stage], None]


def silent(_: Stage) -> None:
    """Tells nobody."""
