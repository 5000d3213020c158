"""`align chat`: line by line, and at a real terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .terminal import PATIENCE, Terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

SAFE = {"name": "safe", "boundaries": [{"id": "b", "rule": "Never.", "never_say": ["fake"]}]}


def test_each_line_is_a_request_of_one_conversation(process: Align) -> None:
    one = process("chat", "-p", "plain-language", "--json", text="Why?\n\n  \nAnd how?\n")
    assert one.code == 0
    first, second = one.decisions
    assert [first["request"], second["request"]] == ["Why?", "And how?"]
    assert "conversation" in {template["name"] for template in second["templates"]}
    assert first["profile"] == "plain-language"
    plain = process("chat", text="And how?\n")
    assert plain.out.startswith("fake ")
    assert plain.out != second["text"] + "\n"
    assert process("chat", text="").out == ""


def test_a_line_beginning_with_a_slash_is_a_request_where_nobody_types(
    process: Align, folder: Path
) -> None:
    done = process("chat", "--json", text="/save out.txt\n")
    assert done.decisions[0]["request"] == "/save out.txt"
    assert list(folder.iterdir()) == []


def test_the_work_is_shown_on_demand(process: Align) -> None:
    done = process("chat", "-p", "plain-language", "--show-work", text="Why?\n")
    assert "Draft 1: " in done.out
    assert 'Verbosity is "' in done.out


@pytest.mark.parametrize("how", [(), ("--json",), ("--show-work",)])
def test_a_model_that_says_what_is_forbidden_is_not_heard(
    process: Align, write: Write, how: tuple[str, ...]
) -> None:
    write("safe.yaml", SAFE)
    done = process("chat", "-p", "safe.yaml", *how, text="Why?\nAnd how?\n")
    assert done.code == 0
    shown = done.out.replace('"model":"fake","judge":"fake"', "")
    assert "fake" not in shown + done.err
    assert shown.count("left to a person") == 2


def test_what_cannot_be_asked_fails_for_itself(process: Align) -> None:
    done = process("chat", "--json", text=b"a\x1bb\nWhy?\n\xff\n")
    assert done.code == 5
    assert ["error" in line for line in done.decisions] == [True, False, True]
    assert "control character U+001B" in done.err
    assert process("chat", text="a\x1bb\n").code == 2


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("-p", "plain-languge"), "align: Profile 'plain-languge' is not known."),
        (("-m", "fakes"), "align: Model 'fakes' is not known."),
        (("--judge", "fakes"), "align: Model 'fakes' is not known."),
    ],
)
def test_mistakes_are_told_before_anything_is_said(
    align: Align, arguments: tuple[str, ...], line: str
) -> None:
    done = align("chat", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(line)


def test_one_talks_and_gives_commands_at_a_terminal(folder: Path) -> None:
    with closing(Terminal("chat", "-p", "plain-language")) as terminal:
        assert "fake, profile plain-language." in terminal.until("> ")
        _talk_at(terminal)
    replies = [json.loads(line) for line in (folder / "talk.jsonl").read_text().splitlines()]
    assert [one["profile"] for one in replies] == ["plain-language", "expert-briefing", None]
    assert "You: Why?\n\nAnswer: fake " in (folder / "talk.txt").read_text()
    assert "Traceback" not in terminal.shown


def _talk_at(terminal: Terminal) -> None:
    def typed(text: str) -> str:
        terminal.type(f"{text}\n")
        return terminal.until("\n> ")

    assert "There is no answer yet." in typed("/work")
    assert "/work says more." in typed("Why?")
    assert "Draft 1: " in typed("/work")
    assert "/save" in typed("/help")
    assert "'/halp'" in typed("/halp")
    assert "is not known" in typed("/profile plain-languge")
    assert "under profile expert-briefing" in typed("/profile expert-briefing")
    typed("And how?")
    assert "under no profile" in typed("/profile -")
    typed("And then?")
    assert "3 answers" in typed("/save talk.jsonl")
    assert "exists already" in typed("/save talk.jsonl")
    assert "no file named" in typed("/save")
    assert "there is no such folder" in typed("/save mistypd/talk.txt")
    typed("/save talk.txt")
    terminal.type("/quit\n")
    assert terminal.ended() == 0


def test_interrupts_stop_an_answer_and_not_the_program() -> None:
    slow = Terminal("chat", "-p", "plain-language", "-m", "fake?latency_ms=100000")
    with closing(slow) as terminal:
        _interrupt(terminal)
    assert "Traceback" not in slow.shown


def _interrupt(terminal: Terminal) -> None:
    terminal.until("> ")
    terminal.type("Why?\n")
    terminal.until("judging 1")
    terminal.type("\x03")
    terminal.until("Stopped. Ctrl-D ends.")
    terminal.until("> ")
    terminal.type("half a li")
    terminal.until("half a li")
    terminal.interrupt()
    terminal.until("Stopped. Ctrl-D ends.")
    terminal.until("> ")
    terminal.type("/work\n")
    terminal.until("There is no answer yet.")
    terminal.until("> ")
    terminal.type("\x04")
    assert terminal.ended() == 0


def test_an_interrupt_ends_a_conversation_of_lines() -> None:
    command = [sys.executable, "-m", "alignkit", "chat", "-m", "fake?latency_ms=100000"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdin
            assert running.stdout
            # Nothing has to be judged in the first answer; in the second, its language has to be.
            running.stdin.write("Why?\n\u041a\u0430\u043a?\n")
            running.stdin.flush()
            assert running.stdout.readline().startswith("fake ")
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert (running.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "align: interrupted."
    assert "Traceback" not in err
