from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.cli.main import run

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

COMMANDS = (
    "decide",
    "compare",
    "replay",
    "models",
    "attributes",
    "profiles",
    "scenarios",
    "deciders",
    "validate",
    "doctor",
    "completion",
)


def test_the_help_lists_every_command_and_shows_an_example(align: Align) -> None:
    ran = align("--help")
    assert (ran.code, ran.err) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", ran.out, re.MULTILINE)
    assert "align decide last-antivenom --profile utilitarian-medic" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, align: Align) -> None:
    ran = align(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: align {command} ")
    assert align(command, "-h").out == ran.out


@pytest.mark.parametrize("command", ["decide", "compare", "replay", "completion"])
def test_the_help_of_a_command_shows_examples(command: str, align: Align) -> None:
    _, found, examples = align(command, "--help").out.partition("Examples:\n")
    assert found
    assert examples.count("  align ") >= 3


def test_the_help_of_decide_names_every_option_with_what_it_does(align: Align) -> None:
    out = align("decide", "--help").out
    for option in (
        *("--profile", "--decider", "--model", "--dataset", "--limit", "--json", "--records"),
        *("--at-once", "--offline", "--context", "--threads", "--gpu-layers", "--base-url"),
    ):
        assert re.search(rf"{option}\b.*\n? +\S", out), option


def test_without_arguments_the_help_is_shown(align: Align) -> None:
    ran = align()
    assert ran.code == 2
    assert "Commands:" in ran.out + ran.err


def test_the_version_is_one_line(align: Align) -> None:
    assert re.fullmatch(r"align \d+\.\d+\S*\n", align("--version").out)


@pytest.mark.parametrize(
    ("typed", "meant"), [("decid", "decide"), ("comapre", "compare"), ("scenario", "scenarios")]
)
def test_a_misspelt_command_names_what_comes_near(typed: str, meant: str, align: Align) -> None:
    ran = align(typed)
    assert ran.code == 2
    assert f"There is no command '{typed}'. Did you mean '{meant}'?" in ran.err


def test_a_misspelt_option_names_what_comes_near(align: Align) -> None:
    ran = align("decide", "two-funds", "--profil", "x")
    assert ran.code == 2
    assert "--profile" in ran.err


def test_nothing_like_a_command_is_told_too(align: Align) -> None:
    ran = align("zzz")
    assert ran.code == 2
    assert "There is no command 'zzz'." in ran.err


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_debug_anywhere_shows_the_traceback_and_keeps_the_exit_code(
    place: int, align: Align
) -> None:
    arguments = ["decide", "gone.yaml", "--json"]
    arguments.insert(place, "--debug")
    ran = align(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback (most recent call last)" in ran.err
    assert ran.err.endswith("FileProblem: gone.yaml: there is no such file.\n")


def test_without_debug_there_is_one_line(align: Align) -> None:
    ran = align("decide", "gone.yaml")
    assert ran.err == "align: gone.yaml: there is no such file.\n"


def test_debug_changes_nothing_where_nothing_is_wrong(align: Align) -> None:
    assert align("--debug", "decide", "two-funds").code == 0


def test_a_mistake_of_ours_keeps_its_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise TypeError("our mistake")

    monkeypatch.setattr("alignkit.service.batch", broken)
    with pytest.raises(TypeError, match="our mistake"):
        run(["decide", "two-funds"])
    assert capsys.readouterr().out == ""


def test_a_file_that_we_should_have_known_of_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory", "ours.j2")

    monkeypatch.setattr("alignkit.service.batch", broken)
    with pytest.raises(FileNotFoundError):
        run(["decide", "two-funds"])


def test_an_interrupt_is_130_and_a_line(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("alignkit.service.batch", interrupted)
    ran = align("decide", "two-funds")
    assert (ran.code, ran.err) == (130, "\nalign: interrupted.\n")


def test_settings_are_wrong_before_anything_is_done(align: Align, write: Write) -> None:
    path = write("align.toml", "contxt = 3")
    for command in (("decide", "two-funds"), ("profiles", "list"), ("doctor",), ("models", "list")):
        ran = align(*command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"align: contxt (from {path}): there is no such setting.")
