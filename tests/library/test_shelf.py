from __future__ import annotations

from pathlib import Path

import pytest

from alignkit.errors import BadProfile, BadScenario, FileProblem, UnknownName
from alignkit.library import Library, Shelf, attributes_of
from alignkit.schema import Profile

OWN = "name: {name}\ndescription: mine\npersona: You are kind.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder with a profile of their own and one that has the name of a shipped one."""
    (tmp_path / "profiles").mkdir()
    for name in ("kind", "cautious-medic"):
        (tmp_path / "profiles" / f"{name}.yaml").write_text(OWN.format(name=name))
    return tmp_path


@pytest.fixture
def profiles(folder: Path) -> Shelf[Profile]:
    return Library(folder).profiles


def test_a_users_own_file_comes_before_the_shipped_one(profiles: Shelf[Profile]) -> None:
    assert profiles["cautious-medic"].description == "mine"
    assert Library().profiles["cautious-medic"].description != "mine"
    assert profiles["bold-medic"].targets["risk_aversion"].value == 0.1


def test_the_names_are_sorted_and_each_stands_once(profiles: Shelf[Profile]) -> None:
    names = list(profiles)
    assert names == sorted(set(names))
    assert set(names) == {*Library().profiles, "kind"}
    assert len(profiles) == len(Library().profiles) + 1


def test_only_yaml_files_in_sight_are_names(folder: Path) -> None:
    for name in (".hidden.yaml", "notes.txt", "copy.yml", "kind.yaml~"):
        (folder / "profiles" / name).write_text("x")
    assert set(Library(folder).profiles) == {*Library().profiles, "kind"}


def test_it_is_known_which_files_are_the_users_own(profiles: Shelf[Profile]) -> None:
    assert profiles.is_own("kind")
    assert profiles.is_own("cautious-medic")
    assert not profiles.is_own("bold-medic")
    assert not profiles.is_own("nobody")
    assert not profiles.is_own("../profiles/kind")
    assert not Library().profiles.is_own("cautious-medic")


def test_a_folder_that_is_not_there_adds_nothing(tmp_path: Path) -> None:
    assert list(Library(tmp_path / "x").scenarios) == list(Library().scenarios)


def test_a_file_is_read_once(folder: Path, profiles: Shelf[Profile]) -> None:
    first = profiles["kind"]
    (folder / "profiles" / "kind.yaml").write_text("not: a profile")
    assert profiles["kind"] is first


def test_files_are_read_only_when_asked_for(folder: Path) -> None:
    (folder / "profiles" / "broken.yaml").write_text("[")
    shelf = Library(folder).profiles
    assert "broken" in shelf
    assert shelf["kind"].name == "kind"
    with pytest.raises(FileProblem, match=r"broken\.yaml:1: is not valid YAML"):
        shelf["broken"]


def test_an_unknown_name_comes_with_near_ones(profiles: Shelf[Profile]) -> None:
    with pytest.raises(UnknownName) as caught:
        profiles["cautious-medics"]
    assert str(caught.value).startswith(
        "Profile 'cautious-medics' is not known. Did you mean 'cautious-medic'"
    )
    assert caught.value.hint.endswith("`align profiles list` shows them.")


def test_whether_a_name_is_known_can_be_asked(profiles: Shelf[Profile]) -> None:
    assert "kind" in profiles
    assert "nobody" not in profiles
    assert 7 not in profiles


@pytest.mark.parametrize(
    "name",
    [
        *("../profiles/kind", "../../x", "/etc/passwd", "..", ".", ".hidden", "", "a/b", "a\\b"),
        *("kind.yaml", "kind\0", "x" * 300, "Kind "),
    ],
)
def test_no_name_leaves_the_folder(folder: Path, name: str) -> None:
    (folder / "x.yaml").write_text(OWN.format(name="x"))
    (folder / "profiles" / ".hidden.yaml").write_text(OWN.format(name="hidden"))
    shelf = Library(folder).profiles
    assert shelf.path(name) is None
    assert name not in shelf
    with pytest.raises(UnknownName):
        shelf[name]


def test_the_name_inside_must_be_the_files_name(folder: Path) -> None:
    path = folder / "profiles" / "other.yaml"
    path.write_text(OWN.format(name="kind"))
    with pytest.raises(BadProfile) as caught:
        Library(folder).profiles["other"]
    assert str(caught.value) == f"{path}: is called 'kind' inside; file and name must agree."


def test_a_scenario_is_named_by_its_id(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    path = tmp_path / "scenarios" / "mine.yaml"
    text = "id: {}\ncontext: x\nquestion: y\nchoices: [{{id: a, text: b}}, {{id: c, text: d}}]\n"
    path.write_text(text.format("mine"))
    assert Library(tmp_path).scenarios["mine"].choice_ids == ("a", "c")
    path.write_text(text.format("yours"))
    with pytest.raises(BadScenario, match="is called 'yours' inside"):
        Library(tmp_path).scenarios["mine"]


def test_a_mistake_in_a_file_is_told_with_its_place(folder: Path) -> None:
    path = folder / "profiles" / "kind.yaml"
    path.write_text("name: kind\ntargets:\n  care: 2\n")
    with pytest.raises(BadProfile) as caught:
        Library(folder).profiles["kind"]
    assert str(caught.value).startswith(f"{path}:3: targets.care")


def test_the_attributes_of_a_profile_come_in_its_order() -> None:
    library = Library()
    profile = Profile.model_validate({"name": "x", "targets": {"loyalty": 1, "care": 0}})
    found = attributes_of(library.attributes, profile)
    assert [attribute.name for attribute in found] == ["loyalty", "care"]


def test_without_profile_or_targets_there_are_no_attributes() -> None:
    library = Library()
    assert attributes_of(library.attributes, None) == ()
    assert attributes_of(library.attributes, Profile(name="x", persona="y")) == ()


def test_an_attribute_that_nobody_describes_is_told_with_the_profile() -> None:
    profile = Profile.model_validate({"name": "x", "targets": {"loyality": 1}})
    with pytest.raises(UnknownName) as caught:
        attributes_of(Library().attributes, profile)
    assert str(caught.value) == (
        "Profile 'x': attribute 'loyality' is not known. "
        "Did you mean 'loyalty' or 'formality' or 'complexity'? "
        "`align attributes list` shows them; `align attributes new NAME` starts one."
    )
