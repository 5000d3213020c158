"""What becomes of the decisions for which the compare page asks a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path

from alignkit.schema import Profile, Record, Target
from alignkit.service import Settings, Workbench, store_of
from alignkit.service.served import ServedDecisions
from alignkit.service.trying import Way
from alignkit.ui.parts.side import Side
from alignkit.ui.parts.way_card import state_words
from alignkit.ui.place import Place
from alignkit.ui.visitor import Visitor

UNSURE = Profile.model_validate(
    {"name": "unsure", "targets": {"fairness": 1}, "escalate": {"min_confidence": 1}}
)
Test = Callable[[Path], Coroutine[None, None, None]]


def apart(test: Test) -> Callable[[Path], None]:
    """`test` on a thread of its own: where a browser is driven, a loop runs on this one."""

    @wraps(test)
    def run(tmp_path: Path) -> None:
        with ThreadPoolExecutor(1) as threads:
            threads.submit(asyncio.run, test(tmp_path)).result()

    return run


WAITS = "Left to a person: it waits under Review."


@apart
async def test_a_decision_left_to_a_person_waits_for_review(tmp_path: Path) -> None:
    settings = Settings(model="fake", home=tmp_path, store=f"sqlite:///{tmp_path}/store.db")
    asked_by: list[str] = []
    with store_of(settings) as store:
        served = ServedDecisions(store)

        async def keep(records: Sequence[Record], by: str) -> None:
            asked_by.append(by)
            await served.keep(records, by)

        async with Workbench(settings) as workbench:
            place = Place(workbench, store, ("fake",), keep=keep)
            side = Side(place, Visitor("ann", ("decide",)), Way(profile=UNSURE))
            await side.decide(workbench.library.scenarios["spillway"])
            assert side.record is not None
            assert state_words(side)[0] == WAITS
            made = side.record.decision.id
            moved = side.retarget("fairness", Target(value=0.2))
            assert moved  # from the estimates that are there
            assert state_words(side)[0] != WAITS
            served.close()
            await served.work()
        assert [one.result.decision for one in store.reviews.waiting()] == [made]
        assert [entry.who for entry in store.log.entries()] == ["ann"]
    assert asked_by == ["ann"]


@apart
async def test_where_nothing_is_kept_nothing_is_said_to_wait(tmp_path: Path) -> None:
    async with Workbench(Settings(model="fake", home=tmp_path)) as workbench:
        place = Place(workbench, None, ("fake",))
        side = Side(place, Visitor("ann", ("decide",)), Way(profile=UNSURE))
        await side.decide(workbench.library.scenarios["spillway"])
        assert side.record is not None
        assert side.record.decision.outcome == "escalated"
        assert state_words(side)[0] != WAITS


@apart
async def test_who_may_not_ask_leaves_nothing(tmp_path: Path) -> None:
    async def keep(_: Sequence[Record], __: str) -> None:
        raise AssertionError("nothing was decided")

    async with Workbench(Settings(model="fake", home=tmp_path)) as workbench:
        place = Place(workbench, None, ("fake",), keep=keep)
        side = Side(place, Visitor("eve", ("read",)), Way(profile=UNSURE))
        await side.decide(workbench.library.scenarios["spillway"])
        assert side.state == "failed"
        assert "decide" in side.message
