from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alignkit.deciders import DECIDERS
from alignkit.library import Library
from alignkit.models.weights import shipped

if TYPE_CHECKING:
    from tests.cli.conftest import Align


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_calls_the_command_back(shell: str, align: Align) -> None:
    ran = align("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert f"_ALIGN_COMPLETE={shell}_complete" in ran.out
    assert "align" in ran.out


def test_another_shell_is_told(align: Align) -> None:
    ran = align("completion", "csh")
    assert (ran.code, ran.out) == (2, "")
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in ran.err


def completed(align: Align, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[tuple[str, str]]:
    """What bash is offered for the last of `words`: the kind of completion, and the text."""
    with monkeypatch.context() as patch:
        patch.setenv("_ALIGN_COMPLETE", "bash_complete")
        patch.setenv("COMP_WORDS", " ".join(("align", *words)))
        patch.setenv("COMP_CWORD", str(len(words)))
        ran = align()
    assert (ran.code, ran.err) == (0, "")
    pairs = [line.partition(",") for line in ran.out.split()]
    return [(kind, value) for kind, _, value in pairs]


def plain(*values: str) -> list[tuple[str, str]]:
    return [("plain", value) for value in values]


def test_commands_are_completed(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(align, monkeypatch, "de") == plain("decide", "decompose", "deciders")
    assert completed(align, monkeypatch, "profiles", "s") == plain("show")


def test_options_are_completed(align: Align, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(align, monkeypatch, "decide", "--pro") == plain("--profile")
    assert completed(align, monkeypatch, "completion", "z") == plain("zsh")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("decide", "last"), ["last-antivenom"]),
        (("compare", "two-"), ["two-funds"]),
        (("decide", "x", "-p", "utilitarian"), ["utilitarian-medic"]),
        (("compare", "x", "--profile", "bold"), ["bold-medic"]),
        (("decide", "x", "-d", "ins"), ["instructed"]),
        (("decide", "x", "-m", "smol"), ["smollm2-135m"]),
        (("models", "pull", "smol"), ["smollm2-135m"]),
        (("attributes", "show", "fair"), ["fairness"]),
        (("datasets", "check", "align"), ["align_phase2"]),
        (("profiles", "show", "cautious-m"), ["cautious-medic"]),
    ],
)
def test_names_are_completed(
    words: tuple[str, ...], names: list[str], align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completed(align, monkeypatch, *words) == plain(*names)


@pytest.mark.parametrize("option", ["-p", "-d", "-m"])
def test_with_nothing_typed_all_names_are_offered(
    option: str, align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {
        "-p": list(Library().profiles),
        "-d": DECIDERS.names(),
        "-m": shipped().names,
    }
    assert completed(align, monkeypatch, "decide", "x", option, "") == plain(*names[option])


def test_the_users_own_names_are_offered(
    align: Align, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = home / "library" / "profiles" / "zebra.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("not even a profile")
    assert completed(align, monkeypatch, "decide", "x", "-p", "zeb") == plain("zebra")


@pytest.mark.parametrize(
    "words",
    [("decide", "./cas"), ("decide", "x", "-p", "./val"), ("decide", "x", "-m", "./mod")],
)
def test_where_no_name_fits_files_are_offered(
    words: tuple[str, ...], align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [kind for kind, _ in completed(align, monkeypatch, *words)] == ["file"]


def test_a_name_that_nothing_fits_is_offered_nothing(
    align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completed(align, monkeypatch, "decide", "x", "-d", "zzz") == []
