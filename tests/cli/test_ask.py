"""`align ask` and `align decompose`."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from alignkit.cli.asking import work_of
from alignkit.schema import Draft, Finding, Reply

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

SAFE = {"name": "safe", "boundaries": [{"id": "b", "rule": "Never.", "never_say": ["fake"]}]}


def test_the_answer_goes_to_standard_output_and_nothing_else(align: Align) -> None:
    done = align("ask", "How do vaccines work?", "-p", "plain-language", "--revisions", 0)
    assert done.code == 0
    assert done.out.startswith("fake ")
    assert len(done.out.splitlines()) == 1
    assert (
        done.out
        == align("ask", "How do vaccines work?", "-p", "plain-language", "--revisions", 0).out
    )
    assert align("ask", "How do vaccines work?").out != done.out  # the plain model


def test_the_reply_as_json_has_every_draft_and_what_was_found(align: Align) -> None:
    done = align("ask", "Why?", "-p", "plain-language", "--drafts", 3, "--revisions", 2, "--json")
    reply = json.loads(done.out)
    assert (done.code, reply["outcome"], reply["profile"]) == (0, "answered", "plain-language")
    assert reply["text"] == reply["drafts"][reply["chosen"] - 1]["text"]
    assert len(reply["drafts"]) >= 3
    found = reply["drafts"][0]["findings"]
    assert [one["about"] for one in found] == ["verbosity", "complexity", "formality"]
    assert reply["usage"]["tokens_evaluated"] > 0
    assert {one["name"] for one in reply["templates"]} >= {"draft", "criterion", "readout_score"}


def test_the_work_is_shown_on_demand(align: Align) -> None:
    done = align("ask", "Why?", "-p", "plain-language", "--drafts", 2, "--show-work")
    assert "Draft 1: " in done.out
    assert ", the answer" in done.out
    assert 'Verbosity is "' in done.out


def test_the_work_has_drafts_of_which_nothing_can_be_used_with_the_reason() -> None:
    why = "While writing draft 1: it wrote nothing usable"
    found = Finding(check="usable", about="text", holds=False, fit=0, binding=True, says=why)
    drafts = (
        Draft(number=1, seed=0, text=None, findings=(found,), score=0),
        Draft(number=2, seed=1, text="At six.", score=1),
    )
    reply = Reply(
        id="1",
        request="When?",
        profile=None,
        model="m",
        judge="m",
        outcome="answered",
        text="At six.",
        chosen=2,
        drafts=drafts,
    )
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(work_of(reply))
    shown = console.export_text()
    assert "Draft 1: 0.00\n[withheld: what is marked NO says why]\nNO" in shown
    assert why in shown
    assert "Draft 2: 1.00, the answer\nAt six." in shown


@pytest.mark.parametrize("how", [(), ("--json",), ("--show-work",)])
def test_a_model_that_says_what_is_forbidden_is_not_heard(
    align: Align, write: Write, how: tuple[str, ...]
) -> None:
    write("safe.yaml", SAFE)
    done = align("ask", "Why?", "-p", "safe.yaml", "--drafts", 2, *how)
    assert done.code == 0
    shown = done.out.replace('"model":"fake","judge":"fake"', "")
    assert "fake" not in shown + done.err
    assert "left to a person" in done.out
    assert how == ("--json",) or "escalated: every draft breaks a boundary (b)." in done.err


def test_what_the_sources_say_is_shown_beside_the_claims(align: Align, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "pool.md").write_text("The fake pool opens at six.\n\x1b[31mDogs stay out.\n")
    given = ("ask", "When does the pool open?", "--sources", folder, "--revisions", 0)
    reply = json.loads(align(*given, "--json", "--unsupported", "keep").out)
    [draft] = reply["drafts"]
    [claim] = draft["claims"]
    assert claim["text"].startswith("fake ")
    assert {one["name"] for one in reply["templates"]} >= {"draft", "support"}
    [found] = draft["findings"]
    assert (found["check"], found["holds"]) == ("claims", claim["standing"] == "supported")
    shown = align(*given, "--show-work").out
    assert f"{claim['standing']} ({claim['probability']:.2f}): fake " in shown
    for quote in filter(None, (claim["quote"], claim["against"])):
        assert f"pool.md:{quote['line']}" in shown
    assert "\x1b[31m" not in shown
    off = json.loads(align(*given, "--json", "--no-claims").out)
    assert off["drafts"][0]["claims"] == []
    assert off["outcome"] == "answered"


def test_files_that_are_left_out_of_a_folder_are_told_once(align: Align, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "pool.md").write_text("The fake pool opens at six.\n")
    given = ("ask", "When does the pool open?", "--revisions", 0, "--json", "--sources", folder)
    assert "dot" not in align(*given).err
    (folder / ".hid\nden").write_text("x")
    done = align(*given, "--sources", folder)
    assert json.loads(done.out)["request"] == "When does the pool open?"
    assert done.err.count("Not read, as the name begins with a dot: .hid\\x0aden\n") == 1


@pytest.mark.parametrize(
    ("on", "off", "templates"),
    [
        (("--harm",), ("--no-harm",), {"request_check", "draft_check"}),
        (("--claims",), (), {"sample_answer", "agreement", "knowledge"}),
        (("--unsupported", "keep"), ("--no-claims",), {"sample_answer", "agreement", "knowledge"}),
    ],
)
def test_harm_and_claims_are_checked_on_demand(
    align: Align, on: tuple[str, ...], off: tuple[str, ...], templates: set[str]
) -> None:
    names = []
    for how in (on, off):
        reply = json.loads(align("ask", "Why?", "--json", *how).out)
        names.append({one["name"] for one in reply["templates"]})
    assert names[0] - names[1] >= templates


def test_the_request_may_come_from_standard_input(process: Align, align: Align) -> None:
    piped = process("ask", "-", "-m", "fake", text="Why?\n")
    assert (piped.code, piped.out) == (0, align("ask", "Why?").out)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("ask", " "), "align: The request must not be empty. Write what you want to know."),
        (("ask", "a\x1bb"), "align: The request contains the control character U+001B; remove it."),
        (("ask", "Why?", "-p", "plain-languge"), "align: Profile 'plain-languge' is not known."),
        (("ask", "Why?", "-p", "mine.md"), "align: mine.md: a profile is a .yaml, .yml or .json"),
        (("ask", "Why?", "--sources", "/dev/null"), "align: /dev/null: is neither a file nor a"),
        (("ask", "Why?", "--judge", "fakes"), "align: Model 'fakes' is not known."),
        (
            ("ask", "Why?", "--no-claims", "--unsupported", "mark"),
            "align: --unsupported says what to do about claims that are checked.",
        ),
        (("ask", "Why?", "--sources", "none"), "align: none: there is no such file or folder."),
        (("decompose", "", "-p", "plain-language"), "align: The request must not be empty."),
    ],
)
def test_a_mistake_is_one_line(align: Align, arguments: tuple[str, ...], line: str) -> None:
    Path("mine.md").write_text("Kind.\n", encoding="utf-8")
    done = align(*arguments)
    assert done.code == 2
    assert done.err.startswith(line)
    assert len(done.err.splitlines()) == 1


def test_a_profile_is_taken_apart(align: Align) -> None:
    done = align("decompose", "Is it safe?", "-p", "truthful-and-harmless")
    assert done.code == 0
    for line in (
        "  - State only what you know or what the given text supports.",
        "Never: Never give advice that is likely to injure or endanger a person.",
    ):
        assert line in done.out
    found = json.loads(
        align("decompose", "Is it safe?", "-p", "truthful-and-harmless", "--json").out
    )
    assert found["request"] == "Is it safe?"
    assert found["instructions"][0]["attribute"] == "harmlessness"
    kinds = [(one["about"], one["kind"], one["question"]["type"]) for one in found["criteria"]]
    assert kinds[0] == ("truthfulness", "target", "score")
    assert kinds[-1] == ("no-invented-facts", "boundary", "predicate")
    assert found["criteria"][0]["wanted"] == [
        "mostly true and supported",
        "fully true and supported",
    ]
    assert "figure, a quotation" in found["criteria"][-1]["question"]["instructions"]


def test_instructions_can_be_written_for_the_request(align: Align) -> None:
    wish = ("decompose", "Is it safe?", "-p", "plain-language", "--tailored", "-m", "fake")
    done = align(*wish)
    assert done.code == 0
    assert "not taken: fake" in done.out or "  - fake" in done.out
    for one in json.loads(align(*wish, "--json").out)["instructions"]:
        steps = (*one["steps"], *one["dropped"])
        assert len([step for step in steps if step.startswith("fake")]) == 1


def test_a_reason_ends_with_one_full_stop(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "no-key-at-all")
    model = "openai:m?max_retries=0&base_url=http://user:PASSW0RD@127.0.0.1:9/v1"
    done = align("ask", "Why?", "-m", model)
    assert done.err.rstrip().endswith("its address in --base-url.")
    assert "PASSW0RD" not in done.err + done.out
