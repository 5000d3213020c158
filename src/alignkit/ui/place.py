"""What the pages work with: the workbench, the store, and what this server offers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from alignkit.catalog import shown_spec
from alignkit.errors import UsageError
from alignkit.schema import Record
from alignkit.service import Workbench
from alignkit.service.trying import Trials
from alignkit.service.turns import Turns
from alignkit.store import Store

Keep = Callable[[Sequence[Record], str], Awaitable[None]]
"""Keeps decisions, and that they were asked for by somebody."""


async def _nowhere(_: Sequence[Record], __: str) -> None:
    """Keep nothing."""


@dataclass(frozen=True)
class Place:
    """Opened by the server when it starts."""

    workbench: Workbench
    store: Store | None
    """None where decisions are not kept."""
    models: tuple[str, ...]
    """What may be asked, the default first, as it may be shown."""
    decider: str | None = None
    """The method under a profile; the default one where none is named."""
    keep: Keep = _nowhere
    """What becomes of decisions for which a page asked a model."""
    trials: Trials = field(default_factory=Trials)
    turns: Turns = field(default_factory=Turns)

    def offered(self, model: str | None) -> str:
        """`model`, or the default one.

        Raises:
            UsageError: this server does not offer it.
        """
        if model is None:
            return self.models[0]
        told = shown_spec(model)
        if told not in self.models:
            raise UsageError(
                f"This server does not offer the model {told!r}.",
                f"It offers: {', '.join(self.models)}.",
            )
        return told


Finding = Callable[[], Place]
"""Gives the place when it is open."""
