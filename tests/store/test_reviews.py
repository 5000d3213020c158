"""Decisions that wait for people, and what these decide; in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignkit.errors import AlreadyReviewed, BadRecord, InvalidSetting, UnknownName
from alignkit.schema import Review
from alignkit.store import Kept, Store, open_store
from alignkit.store.tables import metadata

from .conftest import a_run, failed

Sql = Callable[..., list[Any]]
FIRST = {"runs", "results", "records", "parts", "cells"}
"""Tables of the first version."""
NOTE = "She asked for it in writing."


def verdict(choice: str | None, note: str | None = NOTE, by: str = "ann") -> Review:
    return Review(choice=choice, note=note, by=by, made=datetime(2026, 3, 1, 12, tzinfo=UTC))


def escalated(one: Kept, by: str | None = None) -> Kept:
    """`one` as a decision that was left to a person."""
    changes = {"outcome": "escalated", "choice": None, "reason": "confidence 0.10 is below 0.5"}
    assert one.record is not None
    decision = one.record.decision.model_copy(update=changes)
    record = one.record.model_copy(update={"decision": decision})
    return Kept(one.cell, one.result.model_copy(update=changes), record, by)


@pytest.fixture
def left(store: Store, three: list[Kept]) -> list[Kept]:
    """Of three decisions the first two are left to people."""
    made = [escalated(three[0]), escalated(three[1]), three[2]]
    store.start(a_run())
    store.add("quick-1", made)
    return made


def test_escalated_decisions_wait_and_others_do_not(store: Store, left: list[Kept]) -> None:
    waiting = store.reviews.waiting()
    assert [one.result for one in waiting] == [left[0].result, left[1].result]
    assert [one.cell for one in waiting] == [left[0].cell, left[1].cell]
    assert [one.review for one in waiting] == [None, None]
    assert store.reviews.count() == 2
    assert store.reviews.one(left[2].result.decision) is None


def test_the_queue_is_read_in_pages(store: Store, left: list[Kept]) -> None:
    [first] = store.reviews.waiting(limit=1)
    [second] = store.reviews.waiting(after=first.number, limit=1)
    assert [first.result, second.result] == [left[0].result, left[1].result]
    assert store.reviews.waiting(after=second.number) == []


def test_a_decision_of_two_runs_waits_once(store: Store, left: list[Kept]) -> None:
    store.start(a_run("quick-2", day=2))
    store.link("quick-2", [one.cell for one in left])
    assert store.reviews.count() == len(store.reviews.waiting()) == 2
    store.reviews.decide(left[0].result.decision, verdict(first_choice(left[0])))
    assert store.reviews.of_run("quick-2") == store.reviews.of_run("quick-1") != {}


def test_a_verdict_joins_the_record_and_leaves_the_queue(store: Store, left: list[Kept]) -> None:
    decision, said = left[0].result.decision, verdict(first_choice(left[0]))
    assert store.reviews.decide(decision[:10], said) == decision
    assert store.record(decision) == left[0].record.model_copy(update={"review": said})
    assert store.record(left[1].result.decision).review is None
    assert [one.result for one in store.reviews.waiting()] == [left[1].result]
    [decided] = store.reviews.decided()
    assert (decided.result, decided.review) == (left[0].result, said)
    assert store.reviews.of_run("quick-1") == {decision: said}


def test_a_verdict_changes_nothing_of_what_the_machine_found(
    store: Store, left: list[Kept]
) -> None:
    before = store.check("quick-1")
    store.reviews.decide(left[0].result.decision, verdict(first_choice(left[0])))
    assert store.check("quick-1") == before
    assert before.problems == ()


def test_a_second_verdict_is_refused_unless_it_is_meant(store: Store, left: list[Kept]) -> None:
    decision, choices = left[0].result.decision, list(left[0].result.probabilities)
    store.reviews.decide(decision, verdict(choices[0]))
    with pytest.raises(AlreadyReviewed, match="ann has decided on this at 2026-03-01 12:00 UTC"):
        store.reviews.decide(decision, verdict(choices[1], by="bo"))
    assert store.reviews.of_run("quick-1")[decision].choice == choices[0]
    store.reviews.decide(decision, verdict(choices[1], by="bo"), again=True)
    assert store.reviews.of_run("quick-1")[decision].by == "bo"
    actions = [(one.who, one.action, one.what) for one in store.log.entries()]
    assert actions == [("bo", "review again", decision), ("ann", "review", decision)]
    assert store.log.check().problems == ()


def test_a_verdict_may_say_that_no_choice_is_right(store: Store, left: list[Kept]) -> None:
    decision = left[0].result.decision
    store.reviews.decide(decision, verdict(None))
    assert store.reviews.of_run("quick-1")[decision].choice is None
    with pytest.raises(ValueError, match="say why no choice is right"):
        verdict(None, None)


def test_people_may_look_at_what_was_decided_without_them(store: Store, left: list[Kept]) -> None:
    decision = left[2].result.decision
    store.reviews.decide(decision, verdict(first_choice(left[2])))
    assert store.reviews.of_run("quick-1").keys() == {decision}
    assert store.reviews.count() == 2
    assert store.log.check().problems == ()


def test_a_verdict_needs_a_decision_that_has_this_choice(store: Store, left: list[Kept]) -> None:
    with pytest.raises(InvalidSetting, match="choice: there is no 'nobody'"):
        store.reviews.decide(left[0].result.decision, verdict("nobody"))
    with pytest.raises(UnknownName):
        store.reviews.decide("no such", verdict("a"))
    broken = failed(left[0])
    store.start(a_run("quick-3", day=3))
    store.add("quick-3", [Kept(left[0].cell.model_copy(update={"key": "x"}), broken.result)])
    with pytest.raises(InvalidSetting, match="failed"):
        store.reviews.decide(broken.result.decision, verdict("a"))
    assert store.log.entries() == []


def test_erasing_takes_the_note_and_leaves_who_decided_when(
    store: Store, left: list[Kept], file: Path, url: str
) -> None:
    decided, waiting = (one.result.decision for one in left[:2])
    store.reviews.decide(decided, verdict(first_choice(left[0])))
    assert store.erase([decided, waiting], "ida") == 2
    assert store.reviews.waiting() == store.reviews.decided() == []
    assert store.reviews.of_run("quick-1") == {}
    with pytest.raises(BadRecord, match="erased"):
        store.record(decided)
    with pytest.raises(InvalidSetting, match="erased"):
        store.reviews.decide(decided, verdict("a"), again=True)
    log = [(one.who, one.action, one.what) for one in store.log.entries()]
    assert sorted(log) == sorted(
        [("ida", "erase", decided), ("ida", "erase", waiting), ("ann", "review", decided)]
    )
    assert store.log.check().problems == ()
    assert store.check("quick-1").problems == ()
    if url.startswith("sqlite"):
        store.close()
        for path in file.parent.glob("align.db*"):
            assert NOTE.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE reviews SET body = replace(body, 'ann', 'bob')", "the verdict on it was changed"),
        ("DELETE FROM reviews", "the verdict on it is missing"),
        ("UPDATE audit SET who = 'bob'", "entry 1 was changed"),
        ("DELETE FROM audit WHERE number = 1", "the verdict on it was changed"),
    ],
)
def test_what_was_changed_later_is_found(
    store: Store, left: list[Kept], sql: Sql, statement: str, problem: str
) -> None:
    store.reviews.decide(left[0].result.decision, verdict(first_choice(left[0])))
    assert store.log.check().problems == ()
    sql(statement)
    assert any(problem in one for one in store.log.check().problems)


def test_who_asks_for_a_single_decision_is_logged(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    store.add("quick-1", [escalated(three[0], "desk"), three[1]])
    decision = three[0].result.decision
    assert [(e.who, e.action, e.what) for e in store.log.entries()] == [
        ("desk", "decide", decision)
    ]
    assert store.log.check().entries == 1


def test_decisions_that_were_stored_before_there_was_a_queue_wait_too(
    store: Store, left: list[Kept], sql: Sql, url: str
) -> None:
    store.close()
    for table in metadata.tables.keys() - FIRST:  # as it was before
        sql(f"DROP TABLE {table}")
    sql("UPDATE align_version SET version_num = '0001'")
    with open_store(url) as again:
        assert [one.result for one in again.reviews.waiting()] == [
            left[0].result,
            left[1].result,
        ]
        assert again.check("quick-1").problems == ()


def first_choice(one: Kept) -> str:
    return next(iter(one.result.probabilities))
