from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from alignkit.alignment import ALIGNMENTS
from alignkit.library import Library

if TYPE_CHECKING:
    from tests.cli.conftest import Align, Write

    Make = Callable[..., dict[str, Any]]

KINDS = ("attributes", "profiles", "scenarios")
EXAMPLE = {"attributes": "fairness", "profiles": "cautious-medic", "scenarios": "last-antivenom"}
NEW = {"attributes": "my_own", "profiles": "my-own", "scenarios": "my-own"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_holds_every_shipped_name(kind: str, align: Align) -> None:
    ran = align(kind, "list")
    assert (ran.code, ran.err) == (0, "")
    for name in getattr(Library(), kind):
        assert name in ran.out


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_as_json_is_one_object_a_line(kind: str, align: Align) -> None:
    found = align(kind, "list", "--json").decisions
    names = [one.get("name") or one["id"] for one in found]
    assert names == list(getattr(Library(), kind))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_shown_as_it_is_and_as_json(kind: str, align: Align) -> None:
    ran = align(kind, "show", EXAMPLE[kind])
    shown = yaml.safe_load(ran.out)
    assert (shown.get("name") or shown["id"]) == EXAMPLE[kind]
    [as_json] = align(kind, "show", EXAMPLE[kind], "--json").decisions
    assert (as_json.get("name") or as_json["id"]) == EXAMPLE[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_name_names_what_comes_near(kind: str, align: Align) -> None:
    ran = align(kind, "show", EXAMPLE[kind][:-1])
    assert (ran.code, ran.out) == (2, "")
    assert f"Did you mean '{EXAMPLE[kind]}'" in ran.err
    assert f"`align {kind} list` shows them." in ran.err


@pytest.mark.parametrize("name", ["../attributes/fairness", ".hidden", "", "x" * 5000])
def test_nothing_outside_the_library_can_be_shown(name: str, align: Align) -> None:
    assert align("attributes", "show", name).code == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_file_is_named_valid_listed_and_ones_own(kind: str, align: Align) -> None:
    ran = align(kind, "new", NEW[kind])
    path = Path(ran.out.strip())
    assert ran.code == 0
    assert ran.err == f"Edit it, then: align validate {path}\n"
    assert align("validate", path).code == 0
    [line] = [line for line in align(kind, "list").out.splitlines() if NEW[kind] in line]
    assert line.rstrip().endswith("own")
    assert align(kind, "show", NEW[kind]).code == 0


def test_a_new_file_may_lie_anywhere(align: Align, folder: Path) -> None:
    ran = align("profiles", "new", "mine", "--dir", "here/below")
    assert ran.out == "here/below/mine.yaml\n"
    assert (folder / "here" / "below" / "mine.yaml").is_file()


@pytest.mark.parametrize("name", ["Mine", "my own", "../mine", "mine.yaml", ""])
def test_a_bad_name_is_refused(name: str, align: Align, home: Path) -> None:
    ran = align("profiles", "new", name)
    assert ran.code == 2
    assert "cannot be the name of a profile" in ran.err
    assert not home.exists()


def test_a_file_that_is_there_is_not_overwritten(align: Align) -> None:
    align("profiles", "new", "mine")
    ran = align("profiles", "new", "mine")
    assert ran.code == 4
    assert "exists already" in ran.err


def test_a_broken_file_of_ones_own_is_named_by_the_list(align: Align, home: Path) -> None:
    own = home / "library" / "profiles" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\ntargets: {care: 7}\n")
    ran = align("profiles", "list")
    assert ran.code == 2
    assert "mine.yaml:2: targets.care: " in ran.err


def test_titles_are_shown_as_they_are(align: Align, home: Path) -> None:
    own = home / "library" / "profiles" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text('name: mine\ntitle: "[/b] [red]x"\ntargets: {care: 1}\n')
    assert "[/b] [red]x" in align("profiles", "list").out


# Deciders


def test_deciders_are_listed(align: Align) -> None:
    ran = align("deciders", "list")
    assert ran.code == 0
    assert ran.out.startswith("chooser_judge (default)\n    ")
    assert "\ncontrastive\n    Chooses under the profile" in ran.out


def test_a_decider_is_shown_with_its_settings(align: Align) -> None:
    ran = align("deciders", "show", "contrastive")
    assert ran.code == 0
    assert ran.out.startswith("contrastive\n    Chooses under the profile and under its opposite")
    assert "\nagainst=opposite\n    What is subtracted: " in ran.out
    assert "\nexchange_names=false\n    Ask again with the names" in ran.out
    [found] = align("deciders", "show", "random", "--json").decisions
    assert found["settings"]["properties"]["seed"]["default"] == 0


def test_a_decider_is_shown_with_the_values_that_its_settings_may_have(align: Align) -> None:
    said = {
        setting.split("=")[0]: " ".join(setting.split())
        for setting in align("deciders", "show", "chooser_judge").out.split("\n\n")
    }
    assert said["norm"].endswith("One of raw, local, global, prior.")
    assert said["ask"].endswith("Any of trait, person, origin, with commas between them.")
    assert said["most_twins"].endswith("From 2 to 12.")
    assert said["relevant_from"].endswith("From 0.")
    assert said["softness"].endswith("Above 0.")
    assert ": the same midpoint for all" in said["midpoints"]
    alignments = said["alignment"].removeprefix(
        "alignment=distance The alignment function. One of "
    )
    assert set(alignments.rstrip(".").split(", ")) == set(ALIGNMENTS.names())


def test_an_unknown_decider_names_what_comes_near(align: Align) -> None:
    ran = align("deciders", "show", "constrastive")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'contrastive'" in ran.err


def test_deciders_as_json_are_one_object_a_line(align: Align) -> None:
    found = {one["name"]: one for one in align("deciders", "list", "--json").decisions}
    assert found["random"]["settings"] == {"seed": 0}
    assert found["instructed"]["what"].endswith(".")


# Validate


def test_files_that_are_right_are_fine(align: Align, write: Write, make: Make) -> None:
    write("cases.json", [make("x"), make("y")])
    write("p.yaml", "name: p\ntargets: {care: 1}\n")
    ran = align("validate", "cases.json", "p.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "cases.json: scenario x: ok",
        "cases.json: scenario y: ok",
        "p.yaml: profile p: ok",
    ]


def test_every_mistake_is_told_with_its_file(align: Align, write: Write, make: Make) -> None:
    write("cases.json", [make("x"), make("y", choices=[])])
    write("p.yaml", "name: p\ntargets: {car: 1}\n")
    ran = align("validate", "gone.yaml", "cases.json", "p.yaml")
    assert ran.code == 2
    gone, fine, choices, attribute = ran.out.splitlines()
    assert gone == "gone.yaml: there is no such file."
    assert fine == "cases.json: scenario x: ok"
    assert choices.startswith("cases.json:1: choices: a decision needs at least 2 choices")
    assert attribute.startswith("p.yaml:2: Profile 'p': attribute 'car' is not known.")


def test_checks_as_json_are_one_object_a_document(align: Align, write: Write) -> None:
    write("p.yaml", "name: p\ntargets: {care: 1}\n")
    ran = align("validate", "p.yaml", "gone.yaml", "--json")
    assert ran.code == 2
    assert ran.decisions == [
        {"file": "p.yaml", "kind": "profile", "name": "p", "error": None},
        {
            "file": "gone.yaml",
            "kind": "file",
            "name": None,
            "error": "gone.yaml: there is no such file.",
        },
    ]


def test_all_shipped_files_are_valid(align: Align) -> None:
    shipped = Path(__file__).parents[2] / "src" / "alignkit" / "library"
    kinds = ("attributes", "profiles", "scenarios")
    ran = align(
        "validate", *(path for kind in kinds for path in sorted((shipped / kind).glob("*")))
    )
    assert ran.code == 0, ran.out


# Models


def test_models_are_listed_with_what_is_here(align: Align) -> None:
    ran = align("models", "list")
    assert ran.code == 0
    assert "smollm2-135m" in ran.out
    said, backends = ran.err.splitlines()
    assert said == "Also: a path to a GGUF file, hf:REPO/FILE, fake, and what a backend calls it:"
    assert backends.startswith("openai:MODEL, decisions:MODEL")
    found = {one["name"]: one for one in align("models", "list", "--json").decisions}
    assert found["smollm2-135m"]["state"] == "absent"
    assert found["smollm2-135m"]["licence"] == "Apache-2.0"
    assert found["smollm2-135m"]["bytes_on_disk"] == 0


def test_names_of_hub_files_are_shown_as_they_are(align: Align, home: Path) -> None:
    path = home / "models" / "hf" / "owner" / "repo" / "[red]x.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF")
    assert "hf:owner/repo/[red]x.gguf" in align("models", "list").out


def test_offline_nothing_is_pulled(align: Align) -> None:
    ran = align("models", "pull", "smollm2-135m", "--offline")
    assert (ran.code, ran.out) == (3, "")
    assert "--offline forbids downloading it" in ran.err


def test_removing_what_is_not_here_is_no_mistake(align: Align) -> None:
    assert align("models", "remove", "smollm2-135m").out == "smollm2-135m: was not here\n"


def test_removing_what_is_here_frees_its_room(align: Align, home: Path) -> None:
    path = home / "models" / "smollm2-135m.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GGUF" + bytes(2_000_000))
    assert align("models", "remove", "smollm2-135m").out == "smollm2-135m: 2 MB freed\n"
    assert not path.exists()


@pytest.mark.parametrize("command", ["pull", "remove"])
def test_unknown_models_name_what_comes_near(command: str, align: Align) -> None:
    ran = align("models", command, "smollm-135m")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'smollm2-135m'?" in ran.err


# Doctor


def test_the_doctor_finds_nothing_broken_here(align: Align) -> None:
    ran = align("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert "ok  alignkit: " in ran.out
    assert "ok  default model: fake" in ran.out


def test_the_doctor_says_what_is_broken_and_how_to_mend_it(align: Align) -> None:
    ran = align("doctor", "--model", "smollm-135m", "--base-url", "nowhere")
    assert ran.code == 1
    assert "!!  default model: Model 'smollm-135m' is not known." in ran.out
    assert "!!  service: nowhere is no http address\n      mend --base-url\n" in ran.out


def test_what_is_missing_is_not_broken(align: Align) -> None:
    ran = align("doctor", "-m", "smollm2-135m")
    assert ran.code == 0
    assert "--  default model: smollm2-135m is not here\n      align models pull" in ran.out


def test_findings_as_json_are_one_object_a_line(align: Align) -> None:
    ran = align("doctor", "--json")
    for line in ran.out.splitlines():
        assert list(json.loads(line)) == ["what", "state", "detail", "mend"]


@pytest.mark.parametrize("kind", ["profiles", "scenarios"])
def test_a_file_is_no_name_to_show(kind: str, align: Align, write: Write) -> None:
    write("mine.yaml", "name: mine\n")
    ran = align(kind, "show", "mine.yaml")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "align: 'mine.yaml' is a file, not a name. `align validate mine.yaml` checks it.\n"
    )
