from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from alignkit.errors import BadRecord, CannotWrite, DataError, FileProblem
from alignkit.schema import SCHEMA_VERSION, Record, Scenario
from alignkit.service import Workbench, decide_item, read_record, write_record, write_text
from alignkit.service.inputs import Item


@pytest.fixture
async def record(workbench: Workbench, scenario: Scenario) -> Record:
    profile = workbench.library.profiles["cautious-medic"]
    decided = await decide_item(
        Item("s", scenario), workbench.decider("comparative_regression"), profile
    )
    assert decided.record
    return decided.record


def renamed(record: Record, scenario_id: str) -> Record:
    """`record` as if its scenario had another id."""
    scenario = record.scenario.model_copy(update={"id": scenario_id})
    decision = record.decision.model_copy(update={"scenario": scenario_id})
    return record.model_copy(update={"scenario": scenario, "decision": decision})


def test_what_was_written_is_read_again(record: Record, folder: Path) -> None:
    assert read_record(write_record(folder, record)) == record


def test_the_evidence_is_written_once_and_given_back_to_the_decision(
    record: Record, folder: Path
) -> None:
    path = write_record(folder, record)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert "evidence" not in written["decision"]
    assert len(written["evidence"]["calls"]) == record.decision.usage.calls
    assert read_record(path).decision.evidence == record.evidence


@pytest.mark.parametrize("text", ["Ünïcode 場景 🦊", "a\n\n\tb", '"quoted" \\ {{ jinja }}'])
def test_texts_come_through_as_they_were(text: str, record: Record, folder: Path) -> None:
    scenario = record.scenario.model_copy(update={"context": text})
    path = write_record(folder, record.model_copy(update={"scenario": scenario}))
    assert read_record(path).scenario.context == text


def test_the_file_is_named_after_scenario_profile_and_decision(
    record: Record, folder: Path
) -> None:
    path = write_record(folder / "new" / "folder", record)
    assert path.name == f"s.cautious-medic.{record.decision.id[:8]}.json"


def test_a_decision_without_profile_is_called_plain(record: Record, folder: Path) -> None:
    decision = record.decision.model_copy(update={"profile": None})
    path = write_record(folder, record.model_copy(update={"decision": decision}))
    assert path.name.startswith("s.plain.")


ODD_IDS = [
    "../../up",
    "/absolute/path",
    ".hidden",
    "..",
    "-rf",
    "a b",
    "a/b",
    "a.b",
    "場景",
    "x" * 200,
    "con",
    "name:with*signs?",
    "~home",
    "$HOME",
]


def test_odd_scenario_ids_make_safe_and_distinct_file_names(record: Record, folder: Path) -> None:
    paths = []
    for number, scenario_id in enumerate(ODD_IDS):
        one = renamed(record, scenario_id)
        decision = one.decision.model_copy(update={"id": f"{number:08}rest"})
        paths.append(write_record(folder, one.model_copy(update={"decision": decision})))
    assert len(set(paths)) == len(ODD_IDS)
    for path, scenario_id in zip(paths, ODD_IDS, strict=True):
        assert path.parent == folder
        assert not path.name.startswith(".")
        assert path.name.isascii()
        assert len(path.name) < 200
        assert read_record(path).scenario.id == scenario_id
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths}


def test_two_decisions_on_one_scenario_are_two_files(record: Record, folder: Path) -> None:
    for number in range(3):
        decision = record.decision.model_copy(update={"id": f"{number:08}rest"})
        write_record(folder, record.model_copy(update={"decision": decision}))
    assert len(list(folder.iterdir())) == 3


def test_a_file_gets_the_permissions_that_others_get(folder: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_text(folder / "a.txt", "text")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((folder / "a.txt").stat().st_mode) == 0o640


def failing(number: int) -> Callable[..., NoReturn]:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.EACCES, "Permission denied"),
        (errno.EROFS, "Read-only file system"),
    ],
)
def test_what_cannot_be_finished_leaves_the_old_file_and_nothing_else(
    number: int, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.txt"
    write_text(path, "old")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", failing(number))
        with pytest.raises(CannotWrite, match=message) as caught:
            write_text(path, "new")
    assert str(caught.value) == f"{path}: cannot be written: {message}."
    assert caught.value.exit_code == 4
    assert path.read_text() == "old"
    assert list(folder.iterdir()) == [path]


def test_a_full_disk_leaves_nothing_of_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.fdopen

    def full(*arguments: Any, **options: Any) -> Any:
        file = opened(*arguments, **options)
        file.write = failing(errno.ENOSPC)
        return file

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        write_text(folder / "a.txt", "text")
    assert list(folder.iterdir()) == []


def test_an_interrupt_leaves_nothing_of_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(folder / "a.txt", "text")
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_a_file_is_told(record: Record, folder: Path) -> None:
    (folder / "file").write_text("here")
    with pytest.raises(CannotWrite, match=r"cannot be written: (Not a directory|File exists)\.$"):
        write_record(folder / "file", record)
    with pytest.raises(CannotWrite, match=r"cannot be written: (Not a directory|File exists)\.$"):
        write_record(folder / "file" / "below", record)


def test_a_file_that_is_a_folder_is_told(folder: Path) -> None:
    (folder / "page.html").mkdir()
    with pytest.raises(CannotWrite, match=r"page.html: cannot be written: Is a directory\.$"):
        write_text(folder / "page.html", "text")


def test_a_link_is_written_through(folder: Path) -> None:
    (folder / "link.txt").symlink_to("below/target.txt")
    write_text(folder / "link.txt", "text")
    assert (folder / "link.txt").is_symlink()
    assert (folder / "below" / "target.txt").read_text() == "text"


def test_a_pipe_is_written_to_and_stays_one(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "text")
    assert os.read(reading, 10) == b"text"
    os.close(reading)
    assert pipe.is_fifo()


def test_a_record_of_a_newer_version_is_refused_with_the_way_out(
    record: Record, folder: Path
) -> None:
    newer = record.model_copy(update={"schema_version": SCHEMA_VERSION + 1})
    path = write_record(folder, newer)
    with pytest.raises(BadRecord, match="was written by a newer version") as caught:
        read_record(path)
    assert "pip install --upgrade" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a record: the file: Invalid JSON"),
        (b"hello", "is not a record: the file: Invalid JSON"),
        (b"{}", "is not a record: created: Field required"),
        (b"[]", "is not a record: the file: Input should be an object"),
        (b"3", "is not a record: the file: Input should be an object"),
        (b"[" * 100_000, "is not a record: the file: Invalid JSON"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_what_is_not_a_record_is_told(content: bytes, message: str, folder: Path) -> None:
    path = folder / "r.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_record(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert caught.value.exit_code == 2


def test_a_record_that_was_changed_by_hand_is_checked(record: Record, folder: Path) -> None:
    path = write_record(folder, record)
    path.write_text(path.read_text().replace('"decided"', '"guessed"'))
    with pytest.raises(BadRecord, match=r"is not a record: decision.outcome: "):
        read_record(path)


def test_a_missing_record_is_told(folder: Path) -> None:
    with pytest.raises(FileProblem, match="there is no such file"):
        read_record(folder / "gone.json")
    with pytest.raises(FileProblem, match="Is a directory"):
        read_record(folder)


def without(name: str) -> Callable[[dict[str, Any]], object]:
    """Takes one choice out of what the decision found."""
    return lambda written: written["decision"][name].popitem()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("probabilities"), "its probabilities are not of its choices."),
        (without("estimates"), "its estimates are not of its choices."),
        (lambda written: written["decision"].update(estimates={}), "it has costs without estim"),
        (lambda written: written["decision"].update(probabilities={}), "its choice has no prob"),
        (lambda written: written["scenario"]["choices"][0].update(id="z"), "its probabilities are"),
    ],
)
def test_a_record_that_lost_a_part_is_told(
    change: Callable[[dict[str, Any]], object], message: str, record: Record, folder: Path
) -> None:
    decision = record.decision.model_copy(update={"outcome": "decided", "choice": "a"})
    path = write_record(folder, record.model_copy(update={"decision": decision}))
    written = json.loads(path.read_text(encoding="utf-8"))
    change(written)
    path.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(BadRecord, match="is not a whole record") as caught:
        read_record(path)
    assert message in str(caught.value)
