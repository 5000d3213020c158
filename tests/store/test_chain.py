"""Every change after the fact is found and named, whoever makes it with plain SQL."""

# ruff: noqa: S608  the statements are ours
from __future__ import annotations

import re

import pytest

from alignkit.store import Kept, Store, open_store

from .conftest import Sql, a_run

_OF_ENTRY_1 = "(SELECT result FROM cells WHERE position = 1)"


@pytest.fixture
def long(store: Store, three: list[Kept]) -> Store:
    """A store with a run of six cells, three of them with records."""
    store.start(a_run())
    more = [
        Kept(
            one.cell.model_copy(update={"key": f"k{at}"}),
            one.result.model_copy(update={"key": f"k{at}", "decision": f"d{at}"}),
        )
        for at, one in enumerate(three)
    ]
    store.add("quick-1", three)
    store.add("quick-1", more)
    return store


def _only(problems: list[str], pattern: str) -> None:
    assert len(problems) == 1, problems
    assert re.fullmatch(pattern, problems[0]), problems


def test_what_nobody_changed_is_intact(long: Store) -> None:
    checked = long.check("quick-1")
    assert (checked.problems, checked.cells, checked.erased) == ((), 6, 0)
    assert re.fullmatch("[0-9a-f]{64}", checked.head)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            (
                "UPDATE cells SET body = replace(body, 'utilitarian-medic', 'bold-medic') "
                "WHERE position = 1"
            ),
            r"Entry 1 \(decision \w+\): its cell was changed\.",
        ),
        (
            (
                f"UPDATE results SET body = replace(body, 'decided', 'escalated') "
                f"WHERE number = {_OF_ENTRY_1}"
            ),
            r"Entry 1 \(decision \w+\): its result was changed\.",
        ),
        (
            f"UPDATE results SET made = made + 1 WHERE number = {_OF_ENTRY_1}",
            r"Entry 1 \(decision \w+\): its result was changed\.",
        ),
        (
            f"UPDATE results SET decision = 'x' WHERE number = {_OF_ENTRY_1}",
            r"Entry 1 \(decision x\): its result was changed\.",
        ),
        (
            f"UPDATE results SET usable = 0 WHERE number = {_OF_ENTRY_1}",
            r"Entry 1 \(decision \w+\): whether its result is usable was changed\.",
        ),
        (
            f"UPDATE results SET body = NULL WHERE number = {_OF_ENTRY_1}",
            r"Entry 1 \(decision \w+\): its result is missing\.",
        ),
        (
            f"UPDATE results SET erased = 1 WHERE number = {_OF_ENTRY_1}",
            r"Entry 1 \(decision \w+\): is marked as erased but has content\.",
        ),
        (
            (
                f"UPDATE records SET body = (SELECT body FROM records WHERE result <> "
                f"{_OF_ENTRY_1} LIMIT 1) WHERE result = {_OF_ENTRY_1}"
            ),
            r"Entry 1 \(decision \w+\): its record was changed\.",
        ),
        (
            (
                f"UPDATE records SET parts = (SELECT parts FROM records WHERE result <> "
                f"{_OF_ENTRY_1} LIMIT 1) WHERE result = {_OF_ENTRY_1}"
            ),
            r"Entry 1 \(decision \w+\): its record was changed\.",
        ),
        (
            f"DELETE FROM records WHERE result = {_OF_ENTRY_1}",
            r"Entry 1 \(decision \w+\): its record is missing\.",
        ),
        ("UPDATE runs SET id = 'quick-1', name = 'slow'", r"The run's id or name was changed\."),
        ("UPDATE runs SET length = 7", r"Entry 6 is missing\."),
        (
            "UPDATE runs SET head = (SELECT hash FROM cells WHERE position = 2)",
            r"The run does not end with the entry that it ended with\.",
        ),
        ("DELETE FROM cells WHERE position = 5", r"Entry 5 is missing\."),
        ("DELETE FROM cells WHERE position > 3", r"Entries 4 to 5 are missing\."),
    ],
)
def test_a_change_is_found_and_named(long: Store, sql: Sql, change: str, said: str) -> None:
    sql(change)
    _only(long.verify("quick-1"), said)


def test_a_changed_run_is_found(long: Store, sql: Sql) -> None:
    sql("UPDATE runs SET body = replace(body, '\"samples\"', '\"simples\"')")
    [problem] = long.verify("quick-1")
    assert problem.startswith("Entry 0 does not follow")


def test_an_entry_that_is_gone_is_missed(long: Store, sql: Sql) -> None:
    sql("DELETE FROM cells WHERE position = 2")
    problems = long.verify("quick-1")
    assert problems[0] == "Entry 2 is missing."
    assert problems[1].startswith("Entry 3 does not follow from the one before")


def test_an_entry_that_is_gone_is_missed_though_the_others_moved_up(long: Store, sql: Sql) -> None:
    sql("DELETE FROM cells WHERE position = 2")
    for position in (3, 4, 5):
        sql(
            "UPDATE cells SET position = :new WHERE position = :old", new=position - 1, old=position
        )
    sql("UPDATE runs SET length = 5")
    [problem] = long.verify("quick-1")
    assert (
        problem == "Entry 2 does not follow from the one before: one was changed or removed there."
    )


def test_a_result_that_is_gone_is_missed(store: Store, three: list[Kept], sql: Sql) -> None:
    store.start(a_run())
    store.add("quick-1", [Kept(one.cell, one.result) for one in three])
    # A foreign key guards it in PostgreSQL, so the entry is pointed elsewhere.
    sql(
        "UPDATE cells SET result = (SELECT result FROM cells WHERE position = 0) WHERE position = 1"
    )
    problems = store.verify("quick-1")
    assert any("Entry 1" in problem for problem in problems)


def test_an_entry_that_was_put_in_is_found(long: Store, sql: Sql) -> None:
    for position in (5, 4, 3):
        sql(
            "UPDATE cells SET position = :new WHERE position = :old", new=position + 1, old=position
        )
    sql(
        "INSERT INTO cells (number, run, position, result, body, digest, hash) "
        "SELECT 99, run, 3, result, body, digest, hash FROM cells WHERE position = 0"
    )
    sql("UPDATE runs SET length = 7")
    problems = long.verify("quick-1")
    assert problems
    assert problems[0].startswith("Entry 3 was moved, or one before it was inserted")


def test_a_made_up_entry_that_was_put_in_is_found(long: Store, sql: Sql) -> None:
    for position in (5, 4, 3):
        sql(
            "UPDATE cells SET position = :new WHERE position = :old", new=position + 1, old=position
        )
    sql(
        "INSERT INTO cells (number, run, position, result, body, digest, hash) "
        "SELECT 99, run, 3, result, body, digest, :hash FROM cells WHERE position = 0",
        hash=b"0" * 32,
    )
    sql("UPDATE runs SET length = 7")
    problems = long.verify("quick-1")
    assert problems[0] == "Entry 3 was inserted."


def test_an_entry_that_was_put_behind_the_last_is_found(long: Store, sql: Sql) -> None:
    sql(
        "INSERT INTO cells (number, run, position, result, body, digest, hash) "
        "SELECT 99, run, 6, result, body, digest, hash FROM cells WHERE position = 0"
    )
    problems = long.verify("quick-1")
    assert "The run ended before entry 6; what stands behind was inserted." in problems


def test_entries_that_changed_places_are_found(long: Store, sql: Sql) -> None:
    for old, new in ((1, 99), (2, 1), (99, 2)):
        sql("UPDATE cells SET position = :new WHERE position = :old", new=new, old=old)
    problems = long.verify("quick-1")
    assert [problem.partition(",")[0] for problem in problems] == [
        "Entry 1 was moved",
        "Entry 2 was moved",
        "Entry 3 was moved",
    ]


def test_a_changed_text_is_found_in_every_record_that_has_it(long: Store, sql: Sql) -> None:
    sql("UPDATE parts SET body = (SELECT body FROM parts WHERE number = 2) WHERE number = 1")
    problems = long.verify("quick-1")
    assert len(problems) == 3
    assert all("a text of its record (part 1) was changed" in problem for problem in problems)


def test_a_renamed_text_and_a_missing_one_are_found(long: Store, sql: Sql) -> None:
    sql("UPDATE parts SET sha256 = :name WHERE number = 1", name=b"0" * 32)
    assert all("(part 1) was changed" in problem for problem in long.verify("quick-1"))
    sql("DELETE FROM parts WHERE number = 1")
    problems = long.verify("quick-1")
    assert len(problems) == 3
    assert all("(part 1) is missing" in problem for problem in problems)


def test_a_changed_digest_breaks_the_chain(long: Store, sql: Sql) -> None:
    sql(f"UPDATE results SET digest = :wrong WHERE number = {_OF_ENTRY_1}", wrong=b"0" * 32)
    assert any("Entry 1" in problem for problem in long.verify("quick-1"))


def test_a_changed_hash_breaks_the_chain(long: Store, sql: Sql) -> None:
    sql("UPDATE cells SET hash = :wrong WHERE position = 1", wrong=b"0" * 32)
    problems = long.verify("quick-1")
    assert problems
    assert problems[0].startswith("Entry 1")


def test_what_a_removed_run_left_is_found(
    tmp_path_factory: pytest.TempPathFactory, three: list[Kept]
) -> None:
    import sqlite3  # noqa: PLC0415  without foreign keys, as people have it who use the shell

    file = tmp_path_factory.mktemp("strays") / "align.db"
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", three)
        assert store.strays() == []
        connection = sqlite3.connect(file)
        connection.execute("DELETE FROM runs")
        connection.execute("DELETE FROM results WHERE number = 1")
        connection.commit()
        connection.close()
        assert store.strays() == [
            "Cells are left of a run that was removed (number 1).",
            "A record is left of a result that was removed (number 1).",
        ]


def test_very_many_changes_are_told_in_few_lines(store: Store, three: list[Kept], sql: Sql) -> None:
    store.start(a_run())
    one = three[0]
    many = [
        Kept(
            one.cell.model_copy(update={"key": f"k{at}"}),
            one.result.model_copy(update={"key": f"k{at}", "decision": f"d{at}"}),
        )
        for at in range(300)
    ]
    store.add("quick-1", many)
    sql("UPDATE results SET body = replace(body, 'decided', 'escalated')")
    problems = store.verify("quick-1")
    assert len(problems) == 101
    assert problems[-1] == "And 200 more."
