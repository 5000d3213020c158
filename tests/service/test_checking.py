from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import BadProfile, BadScenario
from alignkit.library import Library
from alignkit.schema import Profile, Target
from alignkit.service import check_file
from alignkit.service.checking import targets_known

if TYPE_CHECKING:
    from tests.service.conftest import Write

    Make = Callable[..., dict[str, Any]]

CARE = (Path(__file__).parents[2] / "src/alignkit/library/attributes/care.yaml").read_text()


def test_each_kind_is_told_by_its_fields(library: Library, write: Write, make: Make) -> None:
    for content, kind, name in (
        (make("mine"), "scenario", "mine"),
        ({"name": "mine", "targets": {"care": 1}}, "profile", "mine"),
        (CARE, "attribute", "care"),
    ):
        [check] = check_file(write("f.yaml", content), library)
        assert (check.kind, check.name, check.error) == (kind, name, None)


def test_every_document_of_a_list_is_checked(library: Library, write: Write, make: Make) -> None:
    path = write("f.json", [make("x"), make("y", choices=[]), {"name": "p", "persona": "A cook."}])
    good, bad, profile = check_file(path, library)
    assert (good.kind, good.error) == ("scenario", None)
    assert (profile.kind, profile.error) == ("profile", None)
    assert str(bad.error).startswith(f"{path}:1: choices: a decision needs at least 2 choices")


def test_a_mistake_names_file_line_and_field(library: Library, write: Write) -> None:
    path = write("f.yaml", "name: mine\ntargets:\n  care: 1\n  fairness: 7\n")
    [check] = check_file(path, library)
    assert (check.kind, check.name) == ("profile", None)
    assert str(check.error).startswith(f"{path}:4: targets.fairness: ")


def test_a_target_over_an_unknown_attribute_names_file_and_what_comes_near(
    library: Library, write: Write
) -> None:
    path = write("f.yaml", "name: mine\ntargets: {fairnes: 1}\n")
    [check] = check_file(path, library)
    assert isinstance(check.error, BadProfile)
    assert check.name == "mine"
    assert str(check.error).startswith(f"{path}:2: ")
    assert "'fairnes' is not known. Did you mean 'fairness'" in str(check.error)


def test_a_value_of_an_unknown_attribute_names_file_choice_and_what_comes_near(
    library: Library, write: Write, make: Make
) -> None:
    choices = [{"id": "a", "text": "A", "values": {"fairnes": 1}}, {"id": "b", "text": "B"}]
    path = write("f.json", make(choices=choices))
    [check] = check_file(path, library)
    assert isinstance(check.error, BadScenario)
    assert str(check.error).startswith(f"{path}:1: choice 'a': values: ")
    assert "'fairnes' is not known. Did you mean 'fairness'" in str(check.error)


def test_a_name_that_the_text_lacks_cannot_be_exchanged(
    library: Library, write: Write, make: Make
) -> None:
    choices = [{"id": "a", "text": "Help patients A and B"}, {"id": "b", "text": "Help Ann"}]
    path = write("f.json", make(choices=choices, entities=["Patient A", "Ann", "Bne"]))
    [check] = check_file(path, library)
    assert isinstance(check.error, BadScenario)
    assert str(check.error) == (
        f"{path}:1: entities: 'Bne' does not occur in context, question or choices."
    )


def test_attributes_of_the_users_own_are_known(library: Library, write: Write, home: Path) -> None:
    own = home / "library" / "attributes" / "kindness.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(CARE.replace("name: care", "name: kindness"))
    [check] = check_file(write("f.yaml", "name: mine\ntargets: {kindness: 1}\n"), library)
    assert check.error is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected a profile with its fields, got nothing."),
        ("hello", "expected a profile with its fields, got the text 'hello'."),
        ("[a, b", "is not valid YAML"),
        (b"\xff", "is not UTF-8 text"),
        ("{}", "name: this field is missing"),
        ("name: mine", "the profile wants nothing"),
        ("choices: []", "id: this field is missing"),
        ("levels: []", "name: this field is missing"),
    ],
)
def test_what_is_neither_of_the_three_is_told(
    content: str | bytes, message: str, library: Library, write: Write
) -> None:
    [check] = check_file(write("f.yaml", content), library)
    assert message in str(check.error)
    assert "f.yaml" in str(check.error)


def test_a_missing_file_is_one_failed_check(library: Library, folder: Path) -> None:
    [check] = check_file(folder / "gone.yaml", library)
    assert (check.kind, check.name) == ("file", None)
    assert "there is no such file" in str(check.error)


def test_an_empty_list_is_told(library: Library, write: Write) -> None:
    [check] = check_file(write("f.yaml", "[]"), library)
    assert (check.kind, check.name) == ("file", None)
    assert str(check.error).endswith("f.yaml: is an empty list.")


def test_targets_are_known_when_all_attributes_are(library: Library) -> None:
    targets_known(Profile(name="p", targets={"care": Target(value=1)}), library)
    with pytest.raises(BadProfile, match=r"^p: .*'car' is not known"):
        targets_known(Profile(name="p", targets={"car": Target(value=1)}), library)
