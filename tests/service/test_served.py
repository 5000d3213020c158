"""Decisions of a server get into the store, soon and all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from alignkit.errors import CannotWrite, UnknownName
from alignkit.schema import Record
from alignkit.service import Settings, Workbench
from alignkit.service.answering import Answering, Ask
from alignkit.service.served import NAME, ServedDecisions
from alignkit.store import Kept, Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'align.db'}")


async def made(folder: Path, count: int) -> list:
    async with Workbench(Settings(model="fake", home=folder)) as workbench:
        answering = Answering(workbench)
        asks = [Ask("predicate", "Is it wet?")] * count
        asked = await answering.answer(answering.way("fake"), "A storm.", asks)
        return [one.record for one in asked]


async def test_equal_questions_are_each_kept_under_who_asked(tmp_path: Path, store: Store) -> None:
    records = await made(tmp_path, 3)
    served = ServedDecisions(store)
    await served.keep(records, "Ann")
    assert (await served.record(records[0].decision.id)).decision == records[0].decision
    working = asyncio.create_task(served.work())
    served.close()
    await working
    assert served.waiting == 0
    [run] = store.runs()
    assert run.name == NAME
    assert {held.cell.group for held in store.held(run.id)} == {records[0].scenario.id}
    for record in records:
        assert store.record(record.decision.id).decision.id == record.decision.id
    assert {one.who for one in store.log.entries()} == {"Ann"}
    assert store.verify(run.id) == []
    with pytest.raises(UnknownName):
        await served.record("nothing")
    store.close()


async def test_a_store_that_refuses_once_gets_all_of_it_later(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, tries = store.add, list[int]()

    def refusing(run: str, given: Iterable[Kept]) -> None:
        group = list(given)
        tries.append(len(group))
        if len(tries) == 1:
            raise CannotWrite("no space")
        add(run, group)

    monkeypatch.setattr(store, "add", refusing)
    monkeypatch.setattr("alignkit.service.served._PAUSE", 0.0)
    served = ServedDecisions(store)
    await served.keep(await made(tmp_path, 2), "Ann")
    working = asyncio.create_task(served.work())
    while served.waiting:  # noqa: ASYNC110  another thread is at work
        await asyncio.sleep(0.01)
    served.close()
    await working
    assert tries == [2, 2]
    store.close()


async def test_a_server_ends_although_its_store_refuses(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: object) -> None:
        raise CannotWrite("no space")

    monkeypatch.setattr(store, "add", refusing)
    served = ServedDecisions(store)
    await served.keep(await made(tmp_path, 1), "Ann")
    served.close()
    await served.work()
    assert served.waiting == 1
    store.close()


async def test_nothing_is_begun_where_nothing_is_kept(store: Store) -> None:
    served = ServedDecisions(store)
    served.close()
    await served.work()
    assert store.runs() == []
    store.close()


async def test_only_so_many_wait_and_then_who_brings_more_waits_too(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignkit.service.served._MOST", 4)
    monkeypatch.setattr("alignkit.service.served._AT_ONCE", 1)
    monkeypatch.setattr("alignkit.service.served._GATHERED", 0.0)
    records = await made(tmp_path, 40)
    served = ServedDecisions(store)
    seen = []

    async def bring(record: Record) -> None:
        await served.keep([record], "Ann")
        seen.append(served.waiting)

    working = asyncio.create_task(served.work())
    await asyncio.gather(*map(bring, records))
    served.close()
    await working
    assert max(seen) == 4
    [run] = store.runs()
    assert len(list(store.held(run.id))) == len(records)
    store.close()


async def test_a_store_that_takes_nothing_for_long_is_told(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alignkit.service.served._MOST", 1)
    monkeypatch.setattr("alignkit.service.served._PATIENCE", 0.01)
    first, second = await made(tmp_path, 2)
    served = ServedDecisions(store)
    await served.keep([first], "Ann")
    with pytest.raises(CannotWrite, match="1 decisions wait to be stored"):
        await served.keep([second], "Ann")
    assert served.waiting == 1
    served.close()
    await served.work()
    assert [held.cell.scenario for held in store.held(store.runs()[0].id)] == [first.scenario.id]
    store.close()


async def test_any_mistake_while_storing_is_told_and_tried_again(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    add, tries = store.add, list[int]()

    def failing(run: str, given: Iterable[Kept]) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("something else")
        add(run, given)

    monkeypatch.setattr(store, "add", failing)
    monkeypatch.setattr("alignkit.service.served._PAUSE", 0.0)
    served = ServedDecisions(store)
    await served.keep(await made(tmp_path, 1), "Ann")
    working = asyncio.create_task(served.work())
    while served.waiting:  # noqa: ASYNC110  another thread is at work
        await asyncio.sleep(0.01)
    served.close()
    await working
    assert len(tries) == 2
    assert "decisions are not stored" in caplog.text
    assert "something else" in caplog.text
    store.close()
