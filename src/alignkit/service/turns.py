"""Requests of many people to the models of one server, answered a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from alignkit.models import Model
from alignkit.schema import Profile, Reply
from alignkit.service.asking import Asking, ask
from alignkit.service.workbench import Workbench
from alignkit.writing.stages import OnStage, silent


def _unheard() -> None:
    """Nobody waits for it."""


@dataclass
class Turns:
    """Answers requests, and lets the others wait meanwhile."""

    at_once: int = 4
    """Requests that are answered at the same time."""
    _room: asyncio.Semaphore = field(init=False, repr=False)
    _opening: dict[str, asyncio.Task[Model]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._room = asyncio.Semaphore(self.at_once)

    async def reply(  # noqa: PLR0913  the two last are seldom given
        self,
        workbench: Workbench,
        request: str,
        profile: Profile | None,
        asking: Asking,
        *,
        begun: Callable[[], None] = _unheard,
        on_stage: OnStage = silent,
    ) -> Reply:
        """The answer to `request`, as `ask` gives it; `begun` hears when it is its turn.

        Raises:
            UsageError: the request is empty, or the model cannot write or judge.
            ModelError: a model cannot be had or started.
        """
        async with self._room:
            begun()
            model = await self._opened(workbench, asking.model)
            judge = model if asking.judge is None else await self._opened(workbench, asking.judge)
            own = replace(asking, model=model, judge=judge)
            return await ask(workbench, request, profile, own, on_stage=on_stage)

    async def _opened(self, workbench: Workbench, model: Model | str | None) -> Model:
        """The model itself; one that has to be started is started once, and holds nobody up."""
        if not (isinstance(model, str) or model is None):
            return model
        name = model or workbench.settings.model
        if name in workbench.opened:
            return workbench.model(name)
        if name not in self._opening:
            opening = asyncio.create_task(asyncio.to_thread(workbench.model, name))
            self._opening[name] = opening
            opening.add_done_callback(lambda done: self._forget(name, done))
        # Who does not wait any longer does not stop it for the others.
        return await asyncio.shield(self._opening[name])

    def _forget(self, name: str, done: asyncio.Task[Model]) -> None:
        del self._opening[name]
        if not done.cancelled():
            done.exception()  # whoever waits is told; it may be nobody
