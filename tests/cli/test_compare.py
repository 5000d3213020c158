from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import ModelError
from alignkit.models.fake import FakeModel
from alignkit.service import read_record

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

    Make = Callable[..., dict[str, Any]]

TWO = ("-p", "none", "-p", "utilitarian-medic")


def test_ways_stand_side_by_side_in_one_table(align: Align) -> None:
    ran = align("compare", "last-antivenom", *TWO)
    assert ran.code == 0
    assert "The last two vials: Who gets the last two vials?" in ran.out
    assert "no profile" in ran.out
    assert "utilitarian-medic" in ran.out
    assert ran.out.count("▶") == 2
    assert "Traceback" not in ran.err


def test_without_profile_the_plain_model_is_the_only_column(align: Align) -> None:
    ran = align("compare", "last-antivenom", "--json")
    [decision] = ran.decisions
    assert (decision["profile"], decision["decider"]) == (None, "baseline")


def test_every_combination_is_one_json_decision_a_line(align: Align) -> None:
    ran = align(
        *("compare", "last-antivenom", "two-funds", "--json"),
        *("-p", "utilitarian-medic", "-p", "bold-medic"),
        *("-d", "instructed", "-d", "direct_regression", "-m", "fake", "-m", "fake?seed=1"),
    )
    assert ran.code == 0
    decisions = ran.decisions
    assert len(decisions) == 16
    assert (
        len(
            {
                tuple(one[key] for key in ("scenario", "profile", "decider", "model"))
                for one in decisions
            }
        )
        == 16
    )
    assert [one["scenario"] for one in decisions] == ["last-antivenom"] * 8 + ["two-funds"] * 8


def test_records_are_kept(align: Align, folder: Path) -> None:
    assert align("compare", "last-antivenom", *TWO, "--records", "records").code == 0
    profiles = [read_record(path).decision.profile for path in (folder / "records").iterdir()]
    assert sorted(map(str, profiles)) == ["None", "utilitarian-medic"]


def test_the_page_is_written_and_named(align: Align, folder: Path) -> None:
    ran = align("compare", "last-antivenom", *TWO, "--html", "out/page.html")
    assert ran.code == 0
    assert "The page: out/page.html" in ran.out
    page = (folder / "out" / "page.html").read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")


def test_with_json_the_page_is_named_on_standard_error(align: Align) -> None:
    ran = align("compare", "last-antivenom", "--json", "--html", "page.html")
    assert len(ran.decisions) == 1
    assert "The page: page.html" in ran.err


@pytest.mark.parametrize("path", ["file/page.html", "/proc/nowhere/page.html"])
def test_a_page_that_cannot_be_written_is_a_failure_of_the_store(
    path: str, align: Align, folder: Path
) -> None:
    (folder / "file").write_text("here")
    ran = align("compare", "last-antivenom", "--html", path)
    assert ran.code == 4
    assert ran.err.startswith(f"align: {path}: cannot be written: ")
    assert "▶" in ran.out  # what was decided is shown all the same


def test_a_page_that_is_a_folder_is_a_mistake_in_the_usage(align: Align, folder: Path) -> None:
    (folder / "page.html").mkdir()
    ran = align("compare", "last-antivenom", "--html", "page.html")
    assert (ran.code, ran.out) == (2, "")
    assert "is a directory" in ran.err


def test_signs_that_mean_something_to_the_terminal_library_are_shown_as_they_are(
    align: Align, write: Write, make: Make
) -> None:
    choices = [{"id": "[/x]", "text": "[bold]A[/b]"}, {"id": "[red]", "text": ":smile:"}]
    write("case.json", make("[/s]", title="[/t]", question="[/q]", choices=choices))
    write("p.yaml", "name: p\ntargets: {care: 1}\n")
    ran = align("compare", "case.json", "-p", "none", "-p", "p.yaml")
    assert ran.code == 0
    for text in ("[/t]: [/q]", "[bold]A[/b]", ":smile:"):
        assert text in ran.out


def test_columns_that_all_fail_are_the_models_failure_and_some_a_part(
    align: Align, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = FakeModel.answer

    async def fail(self: FakeModel, requests: Any) -> Any:
        if everywhere or self.identity.settings:
            raise ModelError("It broke.")
        return await answer(self, requests)

    monkeypatch.setattr(FakeModel, "answer", fail)
    everywhere = False
    ran = align("compare", "last-antivenom", "-m", "fake", "-m", "fake?seed=1")
    assert ran.code == 5
    assert "It broke." in ran.out
    everywhere = True
    assert align("compare", "last-antivenom").code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'SCENARIO...'"),
        (("last-antivenim",), "Did you mean 'last-antivenom'"),
        (("gone.yaml",), "gone.yaml: there is no such file."),
        (("two.json",), "two.json: holds 2 scenarios where one is wanted."),
        (("two-funds", "-p", "nobody"), "Profile 'nobody' is not known"),
        (("two-funds", "-d", "instruct"), "Did you mean 'instructed'?"),
        (("two-funds", "-m", "fakey"), "Model 'fakey' is not known"),
        (("two-funds", "-p", "p.yaml"), "p.yaml:2: Profile 'p': attribute 'car' is"),
    ],
)
def test_mistakes_are_told_before_anything_is_decided(
    arguments: tuple[str, ...], message: str, align: Align, write: Write, make: Make
) -> None:
    write("two.json", [make("x"), make("y")])
    write("p.yaml", "name: p\ntargets: {car: 1}\n")
    ran = align("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") <= 4


def test_a_choice_that_a_boundary_rules_out_says_so(align: Align, write: Write) -> None:
    words = {"id": "no-vials", "rule": "Say nothing of it.", "never_say": ["the child"]}
    profile = {"name": "silent", "targets": {"utilitarianism": 1.0}, "boundaries": [words]}
    scenario = {
        "id": "vials",
        "context": "Two are bitten.",
        "question": "Who gets the vial?",
        "choices": [{"id": "child", "text": "Treat the child"}, {"id": "man", "text": "Treat him"}],
    }
    path = str(write("vials.yaml", scenario))
    ran = align("compare", path, "-p", "none", "-p", str(write("silent.yaml", profile)))
    assert ran.code == 0, ran.err
    row = next(line for line in ran.out.splitlines() if "Treat the child" in line)
    assert row.count("ruled out") == 1  # without a profile there is no boundary
    assert "Ruled out: child (boundary no-vials)" in ran.out
