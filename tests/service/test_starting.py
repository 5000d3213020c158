from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import yaml
from jsonschema import Draft202012Validator

from alignkit.errors import CannotWrite, InvalidSetting
from alignkit.library import Library
from alignkit.service import Settings, check_file, start_file
from alignkit.service.starting import KINDS, json_schema

NAMES = {"attribute": "my_attribute", "profile": "my-profile", "scenario": "my-scenario"}
BAD = ["", "Big", "two words", "../up", "a/b", ".", "ü", "x" * 101, "a\n", "-a", "$(x)", "a.yaml"]


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_right_as_it_is_and_found_by_its_name(
    kind: str, settings: Settings, library: Library
) -> None:
    path = start_file(kind, NAMES[kind], settings)
    [check] = check_file(path, library)
    assert (check.kind, check.name, check.error) == (kind, NAMES[kind], None)
    shelf = getattr(library, f"{kind}s")
    assert shelf.is_own(NAMES[kind])
    assert shelf[NAMES[kind]]


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_names_a_schema_that_lies_there_and_that_it_satisfies(
    kind: str, settings: Settings
) -> None:
    text = start_file(kind, NAMES[kind], settings).read_text(encoding="utf-8")
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert found
    schema = json.loads(Path(unquote(urlparse(found[1]).path)).read_text(encoding="utf-8"))
    assert schema == json_schema(kind)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(yaml.safe_load(text))


@pytest.mark.parametrize("kind", KINDS)
def test_all_shipped_files_satisfy_the_schema(kind: str) -> None:
    validator = Draft202012Validator(json_schema(kind))
    shipped = Path(__file__).parents[2] / "src" / "alignkit" / "library" / f"{kind}s"
    paths = list(shipped.glob("*.yaml"))
    assert paths
    for path in paths:
        validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_schema_refuses_what_the_type_refuses() -> None:
    validator = Draft202012Validator(json_schema("profile"))
    for wrong in (
        {"name": "Bad Name", "targets": {"care": 1}},
        {"name": "p", "targets": {"care": 2}},
        {"name": "p", "target": {"care": 1}},
        {"targets": {"care": 1}},
    ):
        assert not validator.is_valid(wrong)
    assert validator.is_valid({"name": "p", "targets": {"care": 1, "fairness": {"value": 0.5}}})


@pytest.mark.parametrize("kind", KINDS)
def test_comments_stay_when_the_file_is_made(kind: str, settings: Settings) -> None:
    text = start_file(kind, NAMES[kind], settings).read_text(encoding="utf-8")
    assert text.count("\n#") >= 2
    assert "NAME" not in text.replace("--profile NAME", "")


def test_another_folder_is_made_and_used(settings: Settings, folder: Path) -> None:
    path = start_file("profile", "mine", settings, folder / "new" / "place")
    assert path == folder / "new" / "place" / "mine.yaml"
    assert path.is_file()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_name_is_refused_and_nothing_is_written(
    kind: str, name: str, settings: Settings, home: Path
) -> None:
    with pytest.raises(InvalidSetting, match="cannot be the name of a") as caught:
        start_file(kind, name, settings)
    assert "small letters" in caught.value.hint
    assert not home.exists()


def test_attributes_are_written_with_underscores_and_the_others_with_hyphens(
    settings: Settings,
) -> None:
    with pytest.raises(InvalidSetting, match="'_'"):
        start_file("attribute", "my-attribute", settings)
    with pytest.raises(InvalidSetting, match="'-'"):
        start_file("profile", "my_profile", settings)


def test_a_file_that_is_there_stays_as_it_is(settings: Settings) -> None:
    path = start_file("profile", "mine", settings)
    path.write_text("name: mine")
    with pytest.raises(CannotWrite, match="exists already") as caught:
        start_file("profile", "mine", settings)
    assert caught.value.exit_code == 4
    assert path.read_text() == "name: mine"


def test_a_shipped_name_may_be_taken_for_ones_own(settings: Settings, library: Library) -> None:
    start_file("profile", "cautious-medic", settings)
    assert library.profiles.is_own("cautious-medic")
    assert library.profiles["cautious-medic"].title == "A short name for people"


def test_a_folder_that_cannot_be_written_is_told(settings: Settings, folder: Path) -> None:
    (folder / "file").write_text("here")
    with pytest.raises(CannotWrite, match="cannot be written"):
        start_file("profile", "mine", settings, folder / "file")
    with pytest.raises(CannotWrite, match="cannot be written"):
        start_file("profile", "mine", Settings(home=folder / "file"))
