from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from alignkit.errors import BadRecord, UnknownName
from alignkit.store import Kept, Store, open_store

from .conftest import Sql, a_run, failed


def test_what_is_added_comes_back(filled: Store, three: list[Kept]) -> None:
    held = list(filled.held("quick-1"))
    assert [(one.cell, one.result) for one in held] == [(one.cell, one.result) for one in three]
    assert not any(one.erased for one in held)
    for one in three:
        assert one.record is not None
        assert filled.record(one.result.decision) == one.record
        assert filled.record(one.result.decision[:8]).decision.evidence == one.record.evidence
    keys = {one.cell.key for one in three}
    assert filled.done("quick-1") == keys
    assert filled.known([*keys, "0" * 64]) == keys


def test_a_store_opens_again_with_all_it_held(url: str, three: list[Kept]) -> None:
    with open_store(url) as store:
        store.start(a_run())
        store.add("quick-1", three)
    with open_store(url) as again:
        assert again.runs() == [a_run()]
        assert [one.result for one in again.held("quick-1")] == [one.result for one in three]
        assert again.verify("quick-1") == []


def test_a_run_begins_once(store: Store) -> None:
    store.start(a_run())
    store.start(a_run().model_copy(update={"cells": 99}))
    assert store.runs() == [a_run()]


def test_nothing_is_doubled(filled: Store, three: list[Kept], sql: Sql) -> None:
    filled.add("quick-1", [*three, *three])
    assert len(list(filled.held("quick-1"))) == 3
    assert sql("SELECT count(*) FROM results") == [(3,)]
    assert sql("SELECT count(*) FROM records") == [(3,)]


def test_another_run_uses_the_results_that_are_there(
    filled: Store, three: list[Kept], sql: Sql
) -> None:
    filled.start(a_run("quick-2"))
    filled.link("quick-2", [one.cell for one in three[:2]])
    filled.link("quick-2", [one.cell for one in three[:2]])
    other = three[2].result.model_copy(update={"decision": "f" * 32, "confidence": 0.125})
    filled.add("quick-2", [Kept(three[2].cell, other)])
    assert [one.result for one in filled.held("quick-2")] == [one.result for one in three]
    assert sql("SELECT count(*) FROM results") == [(3,)]
    assert filled.verify("quick-2") == []


def test_a_cell_without_a_result_cannot_be_linked(filled: Store, three: list[Kept]) -> None:
    filled.start(a_run("quick-2"))
    unknown = three[0].cell.model_copy(update={"key": "f" * 64})
    with pytest.raises(UnknownName, match="Result 'ffff"):
        filled.link("quick-2", [three[0].cell, unknown])
    assert filled.done("quick-2") == set()


def test_a_failure_is_tried_again_and_the_last_try_counts(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    first, second, third = three
    store.add("quick-1", [failed(first, "0" * 32), second, failed(third, "1" * 32)])
    assert store.known([one.cell.key for one in three]) == {second.cell.key}
    assert store.done("quick-1") == {second.cell.key}
    store.add("quick-1", [failed(first, "2" * 32), third])
    [tally] = store.tallies()
    assert (tally.done, tally.failed, tally.erased) == (2, 1, 0)
    held = list(store.held("quick-1"))
    assert [one.result.decision for one in held if one.result] == [
        second.result.decision,
        "2" * 32,
        third.result.decision,
    ]
    store.add("quick-1", [first])
    [tally] = store.tallies()
    assert (tally.done, tally.failed) == (3, 0)
    assert store.verify("quick-1") == []


def test_a_failure_that_comes_twice_is_kept_once(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    store.add("quick-1", [failed(three[0])])
    store.add("quick-1", [failed(three[0])])
    assert len(list(store.held("quick-1"))) == 1
    assert store.verify("quick-1") == []


def test_runs_are_found_by_id_by_name_and_by_how_they_begin(store: Store) -> None:
    for run in (a_run("quick-b", day=2), a_run("quick-a", day=1), a_run("moral-1", "moral", day=3)):
        store.start(run)
    assert [run.id for run in store.runs()] == ["quick-a", "quick-b", "moral-1"]
    assert store.run("quick-a").id == "quick-a"
    assert store.run("quick").id == "quick-b"
    assert store.run("mor").id == "moral-1"
    with pytest.raises(UnknownName, match=r"Several begin so: quick-a, quick-b\."):
        store.run("quick-")
    with pytest.raises(UnknownName, match="Did you mean 'moral-1'"):
        store.run("moral-2")


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.add("quack", []),
        lambda store: store.link("quack", []),
        lambda store: store.done("quack"),
        lambda store: list(store.held("quack")),
        lambda store: store.verify("quack"),
        lambda store: store.prune("quack"),
    ],
)
def test_an_unknown_run_is_said_to_be_unknown(
    filled: Store, ask: Callable[[Store], object]
) -> None:
    with pytest.raises(UnknownName, match="Run 'quack' is not known"):
        ask(filled)


def test_an_unknown_decision_is_said_with_what_comes_near(filled: Store, three: list[Kept]) -> None:
    ids = [one.result.decision for one in three]
    wrong = ids[0][:-1] + ("0" if ids[0][-1] != "0" else "1")
    with pytest.raises(UnknownName, match=ids[0]):
        filled.record(wrong)
    with pytest.raises(UnknownName):
        filled.record("")


def test_a_beginning_that_several_have_is_not_enough(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    store.add("quick-1", [failed(one, f"abc{at}") for at, one in enumerate(three)])
    with pytest.raises(UnknownName, match="Several begin so: abc0, abc1, abc2"):
        store.record("abc")


def test_a_result_may_be_kept_without_its_record(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    store.add("quick-1", [Kept(three[0].cell, three[0].result)])
    with pytest.raises(BadRecord, match="kept without its record"):
        store.record(three[0].result.decision)
    assert store.verify("quick-1") == []


def test_many_cells_come_page_by_page(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    one = three[0]
    many = [
        Kept(
            one.cell.model_copy(update={"key": f"k{at}", "seed": at}),
            one.result.model_copy(update={"key": f"k{at}", "decision": f"d{at}"}),
        )
        for at in range(2500)
    ]
    store.add("quick-1", many)
    assert [held.cell.seed for held in store.held("quick-1")] == list(range(2500))
    assert len(store.known(f"k{at}" for at in range(5000))) == 2500
    assert store.verify("quick-1") == []


def test_threads_may_add_at_the_same_time(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    one = three[0]

    def add(thread: int) -> None:
        for at in range(5):
            name = f"{thread}-{at}"
            cell = one.cell.model_copy(update={"key": name})
            result = one.result.model_copy(update={"key": name, "decision": name})
            store.add("quick-1", [Kept(cell, result, one.record)])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.done("quick-1")) == 20
    assert store.verify("quick-1") == []


def test_reading_goes_on_while_it_is_written(filled: Store, three: list[Kept]) -> None:
    reading = filled.held("quick-1")
    next(reading)
    filled.start(a_run("quick-2"))
    filled.link("quick-2", [three[0].cell])
    assert len(list(reading)) == 2
