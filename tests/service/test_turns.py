"""A few requests at a time; a model that has to be started is started once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from alignkit.errors import Unreachable
from alignkit.models import Model
from alignkit.models.protocols import Sampling
from alignkit.schema import Generation, Prompt
from alignkit.service import Asking, Workbench
from alignkit.service.turns import Turns
from alignkit.testing import FakeModel


class Slow(Workbench):
    """Takes a while to start its model, and may fail."""

    started = 0
    fails = False

    def model(self, name: str | None = None) -> Model:
        if name in self.opened:
            return super().model(name)
        type(self).started += 1
        time.sleep(0.05)
        if self.fails:
            raise Unreachable("It does not start.")
        return super().model(name)


async def test_so_many_are_answered_at_once_and_the_rest_wait(workbench: Workbench) -> None:
    at_work, most = 0, 0

    class Watched(FakeModel):
        async def generate_object(
            self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
        ) -> Generation:
            nonlocal at_work, most
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.01)
            at_work -= 1
            return await super().generate_object(prompt, schema, sampling)

    turns, begun = Turns(at_once=2), []
    asking = Asking(model=Watched())
    replies = await asyncio.gather(
        *(
            turns.reply(workbench, f"Why {n}?", None, asking, begun=lambda n=n: begun.append(n))
            for n in range(5)
        )
    )
    assert [one.request for one in replies] == [f"Why {n}?" for n in range(5)]
    assert (most, begun) == (2, [0, 1, 2, 3, 4])


async def test_a_model_is_started_once_off_the_loop_and_for_all(workbench: Workbench) -> None:
    slow = Slow(workbench.settings)
    Slow.started = 0
    turns, ticks = Turns(), 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    asking = Asking(model="fake?seed=9")
    first = asyncio.create_task(turns.reply(slow, "Why?", None, asking))
    others = [asyncio.create_task(turns.reply(slow, "Why?", None, asking)) for _ in range(2)]
    await asyncio.sleep(0.01)
    first.cancel()  # who leaves does not take it away from the others
    assert [(await one).model for one in others] == ["fake?seed=9"] * 2
    ticking.cancel()
    assert Slow.started == 1
    assert ticks > 2
    await slow.aclose()


async def test_a_model_that_does_not_start_is_told_and_tried_again(workbench: Workbench) -> None:
    slow = Slow(workbench.settings)
    slow.fails = True
    turns, asking = Turns(), Asking(model="fake?seed=9")
    with pytest.raises(Unreachable):
        await turns.reply(slow, "Why?", None, asking)
    slow.fails = False
    assert (await turns.reply(slow, "Why?", None, asking)).outcome == "answered"
    await slow.aclose()
