"""What only shows between processes: pipes, signals, full disks, odd terminals."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

    Make = Callable[..., dict[str, Any]]

COMMAND = (sys.executable, "-m", "alignkit")
HIDES, SHOWS = b"\x1b[?25l", b"\x1b[?25h"
"""What a terminal is sent for its cursor."""
PATIENCE = 60.0
"""Seconds after which something that does not come will not come."""


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A command under way, ended with the context."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # Without buffers of ours: `select` only knows what still lies in the pipe.
    with subprocess.Popen([*COMMAND, *arguments], bufsize=0, **{**pipes, **options}) as running:
        try:
            yield running
        finally:
            running.kill()


def line_of(stream: IO[bytes] | None) -> str:
    """The next line of a pipe."""
    assert stream
    ready, _, _ = select.select([stream], [], [], PATIENCE)
    assert ready, "no line came"
    return stream.readline().decode()


def rest_of(stream: IO[bytes] | None) -> str:
    """What comes out of a pipe until it is closed."""
    assert stream
    return stream.read().decode()


def put(stream: IO[bytes] | None, scenario: dict[str, Any]) -> None:
    assert stream
    stream.write(json.dumps(scenario).encode() + b"\n")


@pytest.fixture
def lines(make: Make) -> str:
    """Two thousand scenarios as JSON lines."""
    return "".join(json.dumps(make(f"s{i}")) + "\n" for i in range(2000))


# Streaming


def test_each_decision_is_printed_before_the_next_scenario_is_there(make: Make) -> None:
    with started("decide", "-", "--json") as running:
        for name in ("first", "second", "third"):
            put(running.stdin, make(name))
            assert json.loads(line_of(running.stdout))["scenario"] == name
        assert running.stdin
        running.stdin.close()
        assert running.wait(PATIENCE) == 0
        assert rest_of(running.stderr).startswith("3 decided in ")


def test_rows_for_people_stream_too(make: Make) -> None:
    with started("decide", "-") as running:
        put(running.stdin, make("first"))
        assert line_of(running.stdout).startswith("scenario ")
        assert line_of(running.stdout).startswith("first ")


def test_with_a_limit_no_line_is_waited_for_beyond_it(make: Make) -> None:
    with started("decide", "-", "--json", "--limit", "1") as running:
        put(running.stdin, make("first"))
        assert running.wait(PATIENCE) == 0


def test_decisions_of_one_command_are_the_scenarios_of_another(process: Align, lines: str) -> None:
    ran = process("decide", "-", "--json", "--limit", 50, text=lines)
    assert ran.code == 0
    assert [one["scenario"] for one in ran.decisions] == [f"s{i}" for i in range(50)]


# Standard input


def test_a_mark_of_byte_order_is_no_part_of_the_text(process: Align, make: Make) -> None:
    text = b"\xef\xbb\xbf" + json.dumps(make("first")).encode()
    [decision] = process("decide", "-", "--json", text=text).decisions
    assert decision["scenario"] == "first"


def test_lines_that_end_as_on_windows_are_read(process: Align, make: Make) -> None:
    text = f"{json.dumps(make('first'))}\r\n\r\n{json.dumps(make('second'))}\r\n"
    ran = process("decide", "-", "--json", text=text)
    assert [one["scenario"] for one in ran.decisions] == ["first", "second"]


def test_bytes_that_are_no_text_fail_alone_with_their_line(process: Align, make: Make) -> None:
    text = b'{"id": "\xff"}\n' + json.dumps(make("good")).encode()
    ran = process("decide", "-", "--json", text=text)
    assert ran.code == 5
    bad, good = ran.decisions
    assert (bad["outcome"], bad["reason"]) == ("failed", "line 1: is not UTF-8 text.")
    assert (good["scenario"], good["outcome"]) == ("good", "decided")


@pytest.mark.parametrize("text", ["", "\n\n  \n"])
def test_without_scenarios_there_is_nothing_to_decide(text: str, process: Align) -> None:
    ran = process("decide", "-", text=text)
    assert (ran.code, ran.out, ran.err) == (2, "", "align: There was nothing to decide.\n")


def test_a_closed_standard_input_is_an_empty_one() -> None:
    shell = f"exec {' '.join(COMMAND)} decide - <&-"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "align: There was nothing to decide.\n")


def test_standard_input_is_left_alone_where_it_is_not_asked_for() -> None:
    reading, writing = os.pipe()
    with started("decide", "two-funds", "--json", stdin=reading) as running:
        assert running.wait(PATIENCE) == 0
    os.close(reading)
    os.close(writing)


# Standard output


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide", "-", "--json"),
        ("decide", "-"),
        ("scenarios", "list"),
        ("scenarios", "list", "--json"),
        ("deciders", "list"),
        ("--help",),
        ("compare", "two-funds"),
    ],
)
def test_a_reader_that_goes_away_is_no_failure(arguments: tuple[str, ...], lines: str) -> None:
    shell = f"{{ {' '.join([*COMMAND, *arguments])}; echo code $? >&2; }} | head -n 1"
    done = subprocess.run(
        ["/bin/sh", "-c", shell], input=lines, capture_output=True, text=True, check=False
    )
    assert done.stdout.count("\n") == 1
    code = [line for line in done.stderr.splitlines() if line.startswith("code ")]
    assert code == ["code 0"]
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("decide", "two-funds"), ("decide", "two-funds", "--json"), ("profiles", "list"), ("--help",)],
)
def test_output_that_finds_no_room_is_one_line_and_a_failure_of_the_store(
    arguments: tuple[str, ...], folder: Path
) -> None:
    shell = f"ulimit -f 0; exec {' '.join([*COMMAND, *arguments])}"
    with (folder / "out").open("w") as out:
        done = subprocess.run(
            ["/bin/sh", "-c", shell], stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 4
    assert done.stderr == "align: the output cannot be written: File too large.\n"


def test_a_closed_standard_output_is_no_failure() -> None:
    shell = f"exec {' '.join(COMMAND)} decide two-funds --json >&-"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_is_utf_8_whatever_the_locale_says(
    encoding: str, process: Align, write: Write, make: Make
) -> None:
    write("case.yaml", make("größe-場景"))
    card = process("decide", "case.yaml", PYTHONIOENCODING=encoding)
    assert card.code == 0
    assert "█" in card.out
    [decision] = process("decide", "case.yaml", "--json", PYTHONIOENCODING=encoding).decisions
    assert decision["scenario"] == "größe-場景"


@pytest.mark.parametrize("columns", ["20", "40", "1000"])
def test_any_width_of_a_terminal_will_do(columns: str, process: Align) -> None:
    for arguments in (
        ("decide", "last-antivenom", "-p", "bold-medic"),
        ("decide", "last-antivenom", "two-funds"),
        ("compare", "last-antivenom", "-p", "none", "-p", "bold-medic"),
    ):
        assert process(*arguments, COLUMNS=columns).code == 0


def test_the_page_may_go_to_standard_output_which_stays_what_it_is(folder: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "compare", "two-funds", "--json", "--html", "/dev/stdout"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "<!doctype html>" in done.stdout.lower()
    assert Path("/dev/stdout").is_symlink()
    assert list(folder.iterdir()) == []


# Interrupts


def interrupted(running: subprocess.Popen[bytes]) -> tuple[str, str, float]:
    """What comes out after an interrupt, and how many seconds it takes."""
    start = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=PATIENCE)
    return out.decode(), err.decode(), time.monotonic() - start


def test_an_interrupt_in_the_middle_of_a_batch_keeps_what_was_printed(
    lines: str, write: Write, folder: Path
) -> None:
    write("lines", lines)
    with (folder / "lines").open() as given:
        arguments = ("decide", "-", "--json", "-m", "fake?latency_ms=50", "--at-once", "1")
        with started(*arguments, "--records", "records", stdin=given) as running:
            first = [line_of(running.stdout), line_of(running.stdout)]
            out, err, _ = interrupted(running)
    assert running.returncode == 130
    assert err == "\nalign: interrupted.\n"
    printed = [json.loads(line)["scenario"] for line in [*first, *out.splitlines()]]
    assert printed == [f"s{i}" for i in range(len(printed))]
    assert len(printed) < 2000
    kept = [path.name for path in (folder / "records").iterdir()]
    assert all(name.endswith(".json") and not name.startswith(".") for name in kept)
    assert len(kept) in {len(printed), len(printed) + 1}


def test_an_interrupt_while_a_line_is_waited_for_ends_at_once(make: Make) -> None:
    with started("decide", "-", "--json") as running:
        put(running.stdin, make("first"))
        line_of(running.stdout)
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) == 130  # although standard input is still open
        assert rest_of(running.stderr) == "\nalign: interrupted.\n"


@contextmanager
def answering(
    command: str, model: str, folder: Path, scenario: dict[str, Any], **options: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """A `command` that has read its one scenario and asks `model`."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    with started(command, "./pipe", "--json", "-m", model, **options) as running:
        pipe.write_text(json.dumps(scenario))  # waits until it is read
        yield running


@pytest.mark.parametrize("command", ["decide", "compare"])
def test_an_interrupt_while_the_model_answers_ends_at_once(
    command: str, folder: Path, make: Make
) -> None:
    with answering(command, "fake?latency_ms=100000", folder, make()) as running:
        out, err, seconds = interrupted(running)
    assert (running.returncode, out, err) == (130, "", "\nalign: interrupted.\n")
    assert seconds < 30


def test_an_interrupt_that_python_can_only_ignore_comes_again() -> None:
    program = """
import signal, time
from alignkit.cli.main import _interrupt

class Deaf:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)  # what is raised here is printed and forgotten

signal.signal(signal.SIGINT, _interrupt)
Deaf()
try:
    time.sleep(100)
except KeyboardInterrupt:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("heard")
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert ran.stdout == "heard\n"
    assert "Exception ignored" in ran.stderr


def test_where_interrupts_are_ignored_they_stay_so(folder: Path, make: Make) -> None:
    os.mkfifo(folder / "pipe")
    command = " ".join([*COMMAND, "decide", "./pipe", "--json", "-m", "fake?latency_ms=500"])
    shell = ["/bin/sh", "-c", f"trap '' INT; exec {command}"]  # as shells do with `command &`
    with subprocess.Popen(shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            (folder / "pipe").write_text(json.dumps(make()))  # waits until it is read
            running.send_signal(signal.SIGINT)
            assert running.wait(PATIENCE) == 0
            assert rest_of(running.stderr) == ""
        finally:
            running.kill()


@pytest.mark.parametrize("command", ["decide", "compare"])
def test_at_a_terminal_an_interrupt_gives_the_cursor_back(
    command: str, folder: Path, make: Make
) -> None:
    keyboard, terminal = pty.openpty()
    ends: dict[str, Any] = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
    ends["env"] = {**os.environ, "TERM": "xterm"}
    shown = b""
    with answering(command, "fake?latency_ms=100000", folder, make(), **ends) as running:
        os.close(terminal)
        while HIDES not in shown:
            shown += os.read(keyboard, 1000)
        running.send_signal(signal.SIGINT)
        while b"interrupted" not in shown:
            shown += os.read(keyboard, 1000)
        assert running.wait(PATIENCE) == 130
    os.close(keyboard)
    assert shown.rindex(HIDES) < shown.rindex(SHOWS)
