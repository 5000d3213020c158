from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, select, text

from alignkit.errors import BadRecord, StoreBusy, UnknownName
from alignkit.schema import Record
from alignkit.store import Kept, Store, open_store
from alignkit.store.parts import taken_apart
from alignkit.store.tables import parts, records
from alignkit.store.texts import squeezed, unsqueezed

from .conftest import Sql, a_run, failed, kept


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("align.db*"))


def test_an_erased_decision_leaves_a_tombstone(filled: Store, three: list[Kept], sql: Sql) -> None:
    head = filled.check("quick-1").head
    decision = three[1].result.decision
    assert filled.erase([decision[:10]]) == 1
    with pytest.raises(BadRecord, match="was erased"):
        filled.record(decision)
    held = list(filled.held("quick-1"))
    assert [one.erased for one in held] == [False, True, False]
    assert held[1].cell == three[1].cell
    checked = filled.check("quick-1")
    assert (checked.problems, checked.cells, checked.erased) == ((), 3, 1)
    assert checked.head == head
    assert filled.known([three[1].cell.key]) == set()
    assert three[1].cell.key in filled.done("quick-1")
    [tally] = filled.tallies()
    assert (tally.done, tally.failed, tally.erased) == (2, 0, 1)
    assert sql("SELECT count(*) FROM records") == [(2,)]


def test_texts_that_others_use_stay_and_others_go(
    filled: Store, three: list[Kept], sql: Sql
) -> None:
    apart = [set(taken_apart(one.record).parts) for one in three if one.record]
    filled.erase([three[0].result.decision])
    left = {bytes(name) for (name,) in sql("SELECT sha256 FROM parts")}
    assert left == apart[1] | apart[2]
    assert apart[0] - left
    assert filled.record(three[1].result.decision) == three[1].record
    filled.erase([one.result.decision for one in three])
    assert sql("SELECT count(*) FROM parts") == [(0,)]
    assert sql("SELECT count(*) FROM records") == [(0,)]
    assert filled.verify("quick-1") == []


def test_erasing_twice_counts_once(filled: Store, three: list[Kept]) -> None:
    assert filled.erase([three[0].result.decision] * 2) == 1
    assert filled.erase([three[0].result.decision]) == 0


def test_an_unknown_decision_erases_nothing(filled: Store, three: list[Kept]) -> None:
    with pytest.raises(UnknownName):
        filled.erase([three[0].result.decision, "nothing"])
    assert filled.record(three[0].result.decision) == three[0].record


def test_what_was_erased_can_be_made_anew(filled: Store, three: list[Kept]) -> None:
    filled.erase([three[0].result.decision])
    again = three[0].result.model_copy(update={"decision": "a" * 32})
    filled.add("quick-1", [Kept(three[0].cell, again)])
    results = [one.result for one in filled.held("quick-1")]
    assert results == [three[1].result, three[2].result, again]
    assert filled.verify("quick-1") == []


def test_the_bytes_are_gone_from_the_files(file: Path, three: list[Kept]) -> None:
    """Also what page splits and the log had left of them."""
    secret = three[0].record
    assert secret is not None
    marked = _marked(secret, 0)
    apart = taken_apart(marked)
    own = [squeezed(apart.text), *map(squeezed, apart.parts.values())]
    others = [_marked(one.record, at) for at, one in enumerate(three[1:], start=1) if one.record]
    kept_parts = {name for record in others for name in taken_apart(record).parts}
    private = [squeezed(t) for name, t in apart.parts.items() if name not in kept_parts]
    with open_store(f"sqlite:///{file}") as store:
        store.start(a_run())
        store.add("quick-1", [kept(marked)])
        for at, record in enumerate(others):
            store.add("quick-1", [kept(record, at)])
        before = _files(file.parent)
        assert all(piece in before for piece in own)
        assert b'"reason":null' in before
        result = marked.decision.id.encode()
        assert store.erase([marked.decision.id]) == 1
        after = _files(file.parent)
        assert len(private) > 3
        assert not [piece for piece in (own[0], *private) if piece in after]
        probability = repr(max(marked.decision.probabilities.values())).encode()
        assert probability in before
        assert probability not in after
        assert result in after  # the tombstone's name
        assert store.verify("quick-1") == []
    assert not [piece for piece in (own[0], *private) if piece in _files(file.parent)]


def _marked(record: Record, at: int) -> Record:
    scenario = record.scenario.model_copy(update={"context": f"Mrs. Secret number {at} is ill."})
    return record.model_copy(update={"scenario": scenario})


def test_the_bytes_are_gone_from_a_server_too(server: object, three: list[Kept]) -> None:
    url = server()  # type: ignore[operator]
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    secret = squeezed(taken_apart(three[0].record).text) if three[0].record else b""
    with open_store(url) as store, engine.connect() as connection:
        store.start(a_run())
        store.add("quick-1", three)
        connection.execute(text("CHECKPOINT"))
        assert [path for path in _of_database(connection) if secret in path.read_bytes()]
        store.erase([three[0].result.decision])
        connection.execute(text("CHECKPOINT"))
        assert not [path for path in _of_database(connection) if secret in path.read_bytes()]
    engine.dispose()


def _of_database(connection: Connection) -> list[Path]:
    """The files of the database on the server."""
    folder = Path(connection.execute(text("SHOW data_directory")).scalar_one())
    query = text("SELECT oid FROM pg_database WHERE datname = current_database()")
    number = connection.execute(query).scalar_one()
    return [path for path in (folder / "base" / str(number)).iterdir() if path.is_file()]


def test_a_reader_that_stays_is_told_about(file: Path, three: list[Kept]) -> None:
    with open_store(f"sqlite:///{file}", patience=0.1) as store:
        store.start(a_run())
        store.add("quick-1", three)
        reader = create_engine(f"sqlite:///{file}")
        with reader.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM cells").all()
            with pytest.raises(StoreBusy, match="All is erased"):
                store.erase([three[0].result.decision])
            connection.rollback()
        reader.dispose()
        assert store.check("quick-1").erased == 1
        assert store.erase([three[0].result.decision]) == 0
        assert squeezed(taken_apart(three[0].record).text) not in _files(file.parent)  # type: ignore[arg-type]


def test_what_is_older_is_pruned(store: Store, three: list[Kept]) -> None:
    store.start(a_run())
    now = datetime.now(UTC)
    old, new = three[0].record, three[1].record
    assert old is not None
    assert new is not None
    year = timedelta(days=365)
    store.add("quick-1", [kept(old.model_copy(update={"created": now - year})), kept(new)])
    assert store.prune(now - 2 * year) == 0
    assert store.prune(now - year / 2) == 1
    assert [one.erased for one in store.held("quick-1")] == [True, False]


def test_a_pruned_run_keeps_what_another_run_uses(filled: Store, three: list[Kept]) -> None:
    filled.start(a_run("quick-2"))
    filled.link("quick-2", [three[0].cell])
    assert filled.prune("quick-1") == 2
    assert [one.erased for one in filled.held("quick-1")] == [False, True, True]
    assert [one.erased for one in filled.held("quick-2")] == [False]
    assert filled.prune("quick-2") == 0
    assert filled.verify("quick-1") == filled.verify("quick-2") == []


@pytest.mark.parametrize(
    ("reason", "stored"),
    [
        (
            "confidence 0.12 is below the profile's 0.2",
            "confidence 0.12 is below the profile's 0.2",
        ),
        ("the model's 'Mrs. Secret'", "the model's ..."),
        ('she said "Secret"', "she said ..."),
    ],
)
def test_why_a_decision_waits_is_told_without_what_it_quotes(
    url: str, three: list[Kept], reason: str, stored: str
) -> None:
    changes = {"outcome": "escalated", "choice": None, "reason": reason}
    left = Kept(three[0].cell, three[0].result.model_copy(update=changes), three[0].record)
    with open_store(url, keep_prompts=False) as store:
        store.start(a_run())
        store.add("quick-1", [left])
        [waits] = store.reviews.waiting()
        assert waits.result.reason == stored


def test_nothing_of_prompts_is_kept_where_the_store_is_told_so(
    url: str, three: list[Kept], sql: Sql
) -> None:
    with open_store(url, keep_prompts=False) as store:
        store.start(a_run())
        gone = failed(three[2], reason="While reading: The model wrote broken JSON: 'Mrs. Secret'")
        store.add("quick-1", [*three[:2], gone])
        assert [one.result.choice for one in store.held("quick-1") if one.result][:2] == [
            one.result.choice for one in three[:2]
        ]
        with pytest.raises(BadRecord, match="kept without its record"):
            store.record(three[0].result.decision)
        [*_, last] = store.held("quick-1")
        assert last.result is not None
        assert last.result.reason == "While reading: The model wrote broken JSON: ..."
        assert store.verify("quick-1") == []
    assert sql("SELECT count(*) FROM records") == [(0,)]
    assert sql("SELECT count(*) FROM parts") == [(0,)]


@pytest.mark.parametrize("keep", [True, False])
def test_a_text_is_in_the_file_only_where_it_may_be(
    file: Path, three: list[Kept], *, keep: bool
) -> None:
    with open_store(f"sqlite:///{file}", keep_prompts=keep) as store:
        store.start(a_run())
        store.add("quick-1", three)
    found = _files(file.parent) + b"".join(_unpacked(file))
    for one in three:
        assert one.record is not None
        prompts = [
            segment.text
            for call in one.record.evidence.calls
            for segment in call.prompt.segments
            if len(segment.text) > 20
        ]
        pieces = [one.record.scenario.context, one.record.scenario.choices[0].text, *prompts]
        inside = [piece for piece in pieces if _plain(piece) in found]
        assert inside == (pieces if keep else [])


def _unpacked(file: Path) -> list[bytes]:
    """Everything in the database that is compressed, as it reads."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        bodies = [
            body
            for table in (records, parts)
            for body in connection.execute(select(table.c.body)).scalars()
        ]
    engine.dispose()
    return [unsqueezed(body).encode() for body in bodies]


def _plain(text_: str) -> bytes:
    """`text_` as it stands in ASCII JSON."""
    import json  # noqa: PLC0415  only here

    return json.dumps(text_)[1:-1].encode()
