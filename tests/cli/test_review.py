"""`align review`, `align keys`, and what waits because `align decide --store` kept it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

STORE = "sqlite:///align.db"


@pytest.fixture
def left(align: Align, write: Write, make: Callable[..., dict[str, Any]]) -> list[str]:
    """Ids of two decisions that wait for a person."""
    write("unsure.json", {**_profile(), "escalate": {"min_confidence": 1}})
    write("cases.json", [make("one"), make("two", context="A ford.")])
    ran = align(
        *("decide", "cases.json", "-p", "unsure.json", "-d", "direct_regression"),
        *("--store", STORE, "--json"),
    )
    assert ran.code == 0
    assert "2 left to a person. Run: align review" in ran.err
    assert [one["outcome"] for one in ran.decisions] == ["escalated", "escalated"]
    return [one["id"] for one in ran.decisions]


def _profile() -> dict[str, Any]:
    return {"name": "unsure", "targets": {"fairness": 1}}


def test_without_a_store_nothing_is_kept(align: Align, folder: Path) -> None:
    assert align("decide", "spillway", "-p", "utilitarian-medic").code == 0
    assert list(folder.iterdir()) == []


def test_what_waits_is_listed(align: Align, left: list[str]) -> None:
    ran = align("review", "list")
    assert ran.code == 0
    assert "2 decisions wait for a person." in ran.err
    assert [line.split()[0] for line in ran.out.splitlines()[1:]] == [id_[:8] for id_ in left]
    rows = align("review", "list", "--json").decisions
    assert [row["decision"] for row in rows] == left
    assert rows[0]["review"] is rows[0]["agreed"] is None
    assert rows[0]["would_have_chosen"] in {"a", "b"}
    assert "below the profile's 1" in rows[0]["reason"]
    shown = align("review", "list", "--limit", 1)
    assert "2 decisions wait for a person, 1 shown." in shown.err
    assert len(shown.out.splitlines()) == 2


def test_one_is_shown_with_its_scenario_estimates_and_reason(align: Align, left: list[str]) -> None:
    ran = align("review", "show", left[0][:8])
    for part in ("A bridge.", "What now?", "Go on", "Fairness", "escalated: "):
        assert part in ran.out
    [row] = align("review", "show", left[0], "--json").decisions
    assert row["record"]["scenario"]["context"] == "A bridge."


def test_a_verdict_is_kept_counted_and_shown(align: Align, left: list[str]) -> None:
    [row] = align("review", "list", "--json", "--limit", 1).decisions
    machine = row["would_have_chosen"]
    ran = align(
        *("review", "decide", left[0][:8], "--choice", machine, "--note", "Fair.", "--by", "Ann"),
        "--json",
    )
    [facts] = ran.decisions
    assert facts["agreed"] is True
    assert (facts["review"]["by"], facts["review"]["note"]) == ("Ann", "Fair.")
    assert "1 decision wait" in align("review", "list").err
    [decided] = align("review", "list", "--decided", "--json").decisions
    assert decided == facts
    [record] = align("show", left[0], "--json").decisions
    assert record["review"] == facts["review"]
    assert "Ann decided" in align("review", "show", left[0]).out
    report = align("report", "asked", "--format", "md").out
    assert "What people decided where the machine left it to them" in report


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--choice", "c"], "choice: there is no 'c'. There are: a, b."),
        (["--none"], "note: say why no choice is right."),
        (["--choice", "a", "--none"], "Give either --choice or --none."),
        ([], "Say what is right: --choice CHOICE, or --none with --note."),
    ],
)
def test_a_verdict_that_cannot_be_is_refused(
    align: Align, left: list[str], options: list[str], said: str
) -> None:
    ran = align("review", "decide", left[0], *options)
    assert ran.code == 2
    assert said in ran.err
    assert len(align("review", "list", "--json").decisions) == 2


def test_who_was_first_is_told_and_meant_changes_pass(align: Align, left: list[str]) -> None:
    assert align("review", "decide", left[0], "--choice", "a", "--by", "Ann").code == 0
    refused = align("review", "decide", left[0], "--choice", "b", "--by", "Bo")
    assert refused.code == 2
    assert "Ann has decided on this" in refused.err
    assert align("review", "decide", left[0], "--choice", "b", "--by", "Bo", "--again").code == 0


def test_without_a_terminal_nobody_is_asked(align: Align, left: list[str]) -> None:
    assert len(left) == 2
    ran = align("review")
    assert ran.code == 2
    assert "There is nobody to ask" in ran.err


def test_at_a_terminal_one_after_another_is_asked(
    align: Align, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["9", "1", "", "n", "", "Neither is fair."])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    ran = align("review")
    assert ran.code == 0
    assert "2 decided; 0 wait." in ran.err
    assert "Say why no choice is right." in ran.err
    one, two = align("review", "list", "--decided", "--json").decisions
    assert [row["decision"] for row in (one, two)] == left
    assert (one["review"]["choice"], one["review"]["note"]) == ("a", None)
    assert (two["review"]["choice"], two["review"]["note"]) == (None, "Neither is fair.")


def test_one_may_skip_and_quit(
    align: Align, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["s", "q"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    assert f"0 decided; {len(left)} wait." in align("review").err


def test_erasing_a_decision_erases_the_note(align: Align, left: list[str], folder: Path) -> None:
    note = "Her brother said so."
    align("review", "decide", left[0], "--none", "--note", note)
    assert any(note.encode() in path.read_bytes() for path in folder.glob("align.db*"))
    assert align("records", "delete", left[0], "--yes").code == 0
    assert not any(note.encode() in path.read_bytes() for path in folder.glob("align.db*"))
    ran = align("records", "verify")
    assert ran.code == 0
    assert "audit log: is intact (4 entries)" in ran.out


def test_a_changed_log_is_a_negative_verdict(align: Align, left: list[str], folder: Path) -> None:
    align("review", "decide", left[0], "--choice", "a", "--by", "Ann")
    with sqlite3.connect(folder / "align.db") as connection:
        connection.execute("UPDATE audit SET who = 'Bo' WHERE who = 'Ann'")
    ran = align("records", "verify", "--json")
    assert ran.code == 1
    log = ran.decisions[-1]
    assert (log["intact"], log["log"]["entries"]) == (False, 3)


def test_verdicts_alone_are_too_few_to_calibrate_with(align: Align, left: list[str]) -> None:
    align("review", "decide", left[0], "--choice", "a")
    ran = align("calibrate", "--reviews", "-d", "direct_regression")
    assert ran.code == 2
    assert "'fairness' needs at least 30 labelled scenarios, and there is 1" in ran.err
    assert "or give --reviews" in align("calibrate").err


def test_a_key_is_shown_once(align: Align, folder: Path) -> None:
    ran = align("keys", "create", "triage desk", "--scopes", "decide,read", "--rate", 60)
    text = ran.out.strip()
    assert ran.code == 0
    assert text.startswith("align_")
    assert "it is not shown again" in ran.err
    listed = align("keys", "list")
    assert "triage desk" in listed.out
    assert text not in listed.out
    [facts] = align("keys", "list", "--json").decisions
    assert (facts["scopes"], facts["rate"], facts["revoked"]) == (["decide", "read"], 60, None)
    assert text.rpartition("_")[2] not in json.dumps(facts)
    assert not any(text.encode() in path.read_bytes() for path in folder.iterdir())


def test_keys_are_revoked_by_name(align: Align) -> None:
    align("keys", "create", "ann", "--json")
    assert "(ann) is revoked." in align("keys", "revoke", "ann").err
    [facts] = align("keys", "list", "--json").decisions
    assert facts["revoked"]
    assert align("keys", "revoke", "ann").code == 2


def test_a_misspelt_scope_makes_no_key(align: Align) -> None:
    ran = align("keys", "create", "ann", "--scopes", "write")
    assert ran.code == 2
    assert "There are: decide, read, review, admin." in ran.err
    assert align("keys", "list").out == ""
