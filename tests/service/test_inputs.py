from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.errors import AlignkitError, DataError, UnknownName, UsageError
from alignkit.library import Library
from alignkit.service import batch, profile_to_follow, scenario_named
from alignkit.service.inputs import Item, profile_named, scenarios_named, scenarios_of_dataset

if TYPE_CHECKING:
    from tests.service.conftest import Write

    Make = Callable[..., dict[str, Any]]

SHIPPED = ("last-antivenom", "two-funds")


def mta_row(probe: str, **labels: int) -> list[object]:
    asked = {
        "scenario_id": "x",
        "probe_id": probe,
        "scenario": "A field hospital.",
        "state": None,
        "probe": "Whom first?",
        "choices": ["The first", "The second"],
    }
    return [asked, [{name: label, "other": 5} for name, label in labels.items()]]


def reasons(items: Iterator[Item]) -> list[str]:
    return [str(item.error) for item in items if item.error is not None]


# What names stand for


def test_names_of_the_library_are_scenarios(library: Library) -> None:
    found = list(batch(SHIPPED, library).items)
    assert [item.name for item in found] == list(SHIPPED)
    assert [item.scenario and item.scenario.id for item in found] == list(SHIPPED)


def test_the_users_own_scenario_goes_before_the_shipped_one(
    library: Library, home: Path, make: Make
) -> None:
    own = home / "library" / "scenarios" / "two-funds.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(json.dumps(make("two-funds")))
    assert scenario_named("two-funds", library).context == "A bridge."


@pytest.mark.parametrize("ending", ["yaml", "yml", "json"])
def test_a_file_with_one_document_is_one_scenario(
    ending: str, library: Library, write: Write, make: Make
) -> None:
    write(f"case.{ending}", make("mine"))
    found = batch([f"case.{ending}"], library)
    assert found.single
    assert [item.name for item in found.items] == ["mine"]


def test_a_path_with_a_slash_is_a_file_whatever_its_ending(
    library: Library, write: Write, make: Make
) -> None:
    path = write("case.txt", make("mine"))
    assert scenario_named(str(path), library).id == "mine"
    assert scenario_named("./case.txt", library).id == "mine"


def test_a_file_with_a_list_is_a_batch(library: Library, write: Write, make: Make) -> None:
    write("cases.yaml", [make("x"), make("y")])
    found = batch(["cases.yaml"], library)
    assert not found.single
    assert [item.name for item in found.items] == ["x", "y"]


def test_a_list_of_one_is_one_scenario(library: Library, write: Write, make: Make) -> None:
    write("cases.yaml", [make("x")])
    assert batch(["cases.yaml"], library).single


def test_two_names_are_a_batch_even_if_they_are_equal(library: Library) -> None:
    found = batch(["two-funds", "two-funds"], library)
    assert not found.single
    assert [item.name for item in found.items] == ["two-funds", "two-funds"]


@pytest.mark.parametrize("name", ["sp ace.yaml", "süß-場景.yaml", "new\nline.yaml", "-x.yaml"])
def test_names_of_files_may_hold_anything(
    name: str, library: Library, write: Write, make: Make
) -> None:
    write(name, make("mine"))
    assert scenario_named(name, library).id == "mine"


def test_a_folder_gives_all_its_files_sorted_whatever_lies_below(
    library: Library, write: Write, make: Make
) -> None:
    write("cases/b.json", make("b"))
    write("cases/a.yaml", [make("a1"), make("a2")])
    write("cases/below/c.yml", make("c"))
    write("cases/readme.txt", "not a scenario")
    found = batch(["cases"], library)
    assert not found.single
    assert [item.name for item in found.items] == ["a1", "a2", "b", "c"]


def test_a_folder_with_one_file_is_a_batch(library: Library, write: Write, make: Make) -> None:
    write("cases/a.yaml", make("a"))
    assert not batch(["cases"], library).single


def test_a_folder_called_like_a_file_inside_a_folder_is_looked_into(
    library: Library, write: Write, make: Make
) -> None:
    write("cases/more.yaml/a.yaml", make("a"))
    assert [item.name for item in batch(["cases"], library).items] == ["a"]


def test_a_pipe_in_a_folder_is_not_waited_for(
    library: Library, write: Write, make: Make, folder: Path
) -> None:
    write("cases/a.yaml", make("a"))
    os.mkfifo(folder / "cases" / "b.yaml")
    assert [item.name for item in batch(["cases"], library).items] == ["a"]


def test_links_that_lead_nowhere_fail_alone(
    library: Library, write: Write, make: Make, folder: Path
) -> None:
    write("cases/a.yaml", make("a"))
    for link, target in (
        ("b.yaml", "nowhere"),
        ("c.yaml", "d.yaml"),
        ("d.yaml", "c.yaml"),
        ("self", "."),
        ("up", ".."),
    ):
        (folder / "cases" / link).symlink_to(target)
    found = list(batch(["cases"], library).items)
    assert [item.name for item in found] == ["a", "cases/b.yaml", "cases/c.yaml", "cases/d.yaml"]
    missing, loop, _ = reasons(iter(found))
    assert missing == "cases/b.yaml: there is no such file."
    assert loop == "cases/c.yaml: cannot be read: Too many levels of symbolic links."


def test_lines_are_scenarios_and_empty_lines_are_not(library: Library, make: Make) -> None:
    lines = [json.dumps(make("x")) + "\n", "\n", "   \n", json.dumps(make("y"))]
    found = batch(["-"], library, lines=lines)
    assert not found.single
    assert [item.name for item in found.items] == ["x", "y"]


def test_names_and_lines_mix_in_their_order(library: Library, write: Write, make: Make) -> None:
    write("case.yaml", make("mine"))
    names = ["two-funds", "-", "case.yaml"]
    found = batch(names, library, lines=[json.dumps(make("line"))])
    assert [item.name for item in found.items] == ["two-funds", "line", "mine"]


def test_no_lines_are_an_empty_batch(library: Library) -> None:
    assert list(batch(["-"], library, lines=[]).items) == []
    assert list(batch(["-"], library).items) == []


def test_a_data_set_comes_after_the_names(library: Library, write: Write) -> None:
    write("rows.json", [mta_row("p1", fairness=0, care=10)])
    found = batch(["two-funds"], library, dataset="mta:rows.json")
    assert not found.single
    assert [item.name for item in found.items] == ["two-funds", "p1"]


def test_a_data_set_alone_is_a_batch(library: Library, write: Write) -> None:
    write("rows.json", [mta_row("p1", fairness=0, care=10)])
    found = batch([], library, dataset="mta:rows.json")
    assert not found.single
    assert [item.name for item in found.items] == ["p1"]


def test_a_data_set_at_home_is_found(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))
    write("rows.json", [mta_row("p1", fairness=0, care=10)])
    assert [item.name for item in scenarios_of_dataset("mta:~/rows.json")] == ["p1"]


# How much is read


def test_the_limit_counts_over_all_sources(library: Library, write: Write, make: Make) -> None:
    write("cases.yaml", [make("x"), make("y")])
    found = batch(["cases.yaml", "two-funds", "last-antivenom"], library, limit=3)
    assert [item.name for item in found.items] == ["x", "y", "two-funds"]


def test_a_limit_of_one_leaves_one_scenario(library: Library, write: Write, make: Make) -> None:
    write("cases.yaml", [make("x"), make("y")])
    assert batch(["cases.yaml"], library, limit=1).single


def test_an_endless_stream_is_read_only_as_far_as_it_is_asked_for(
    library: Library, make: Make
) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield json.dumps(make(f"line-{read}"))

    found = batch(["-"], library, lines=endless())
    assert read == 0
    for count in (1, 2, 3):
        assert next(found.items).name == f"line-{count}"
        assert read == count


def test_an_endless_stream_is_not_read_beyond_the_limit(library: Library, make: Make) -> None:
    left = 5

    def lines() -> Iterator[str]:
        nonlocal left
        while left:
            left -= 1
            yield json.dumps(make())
        pytest.fail("one line more than the limit was read")

    assert len(list(batch(["-"], library, lines=lines(), limit=5).items)) == 5


def test_later_names_are_not_looked_at_before_their_turn(
    library: Library, write: Write, make: Make
) -> None:
    found = batch(["two-funds", "later.yaml"], library)
    next(found.items)
    write("later.yaml", make("late"))
    assert [item.name for item in found.items] == ["late"]


# What is wrong with one scenario is told at once; in a batch it fails alone


def test_a_single_bad_scenario_is_raised_at_once(library: Library, write: Write) -> None:
    write("bad.yaml", "id: x")
    with pytest.raises(DataError, match=r"^bad.yaml:1: context: this field is missing"):
        batch(["bad.yaml"], library)


def test_a_bad_scenario_in_a_batch_is_an_item_with_its_reason(
    library: Library, write: Write, make: Make
) -> None:
    write("cases.json", [make("x"), {"id": "y"}, make("z")])
    x, y, z = batch(["cases.json"], library).items
    assert x.scenario
    assert z.scenario
    assert (y.name, y.scenario) == ("cases.json#2", None)
    assert str(y.error).startswith("cases.json:1: context: this field is missing.")


def test_an_unknown_name_names_what_comes_near_once(library: Library) -> None:
    with pytest.raises(UnknownName) as caught:
        batch(["last-antivenim"], library)
    assert str(caught.value).count("Did you mean 'last-antivenom'") == 1
    assert "give its path" in caught.value.hint


BAD_FILES: dict[str, tuple[object, str]] = {
    "empty": ("", "bad.yaml: expected a scenario with its fields, got nothing."),
    "only a comment": ("# later\n", "bad.yaml: expected a scenario with its fields, got nothing."),
    "a text": ("hello", "bad.yaml:1: expected a scenario with its fields, got the text 'hello'."),
    "a number": ("3", "bad.yaml:1: expected a scenario with its fields, got 3."),
    "an empty list": ("[]", "bad.yaml: is an empty list."),
    "binary": (b"\x00\x01\xff", "bad.yaml: is not UTF-8 text (byte 2)."),
    "broken": ("id: [", "bad.yaml:1: is not valid YAML:"),
    "bomb": ("a: &a [x]\nb: [*a, *a]", "bad.yaml:2: is not valid YAML: aliases"),
    "nested": ("[" * 20_000, "bad.yaml: is nested too deeply."),
    "control sign": ('id: "a\x07"', "bad.yaml: is not valid YAML:"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_each_way_a_file_can_be_bad_has_its_message(
    case: str, library: Library, write: Write
) -> None:
    content, message = BAD_FILES[case]
    write("bad.yaml", content)
    with pytest.raises(DataError) as caught:
        batch(["bad.yaml"], library)
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == 2
    [item] = reasons(batch(["bad.yaml", "two-funds"], library).items)
    assert item == str(caught.value)


BAD_FIELDS: dict[str, tuple[dict[str, object], str]] = {
    "one choice": ({"choices": [{"id": "a", "text": "A"}]}, "choices: a decision needs at least 2"),
    "300 choices": (
        {"choices": [{"id": f"c{i}", "text": f"Choice {i}"} for i in range(300)]},
        "choices: at most 255 can be decided over, not 300",
    ),
    "equal ids": (
        {"choices": [{"id": "a", "text": "A"}, {"id": "a", "text": "B"}]},
        "choices: 2 choices have the same id 'a'",
    ),
    "equal texts": (
        {"choices": [{"id": "a", "text": "Wait  now"}, {"id": "b", "text": "wait now"}]},
        "choices: 2 choices have the same text 'wait now'",
    ),
    "empty text": ({"context": " "}, "context: must not be empty"),
    "empty choice": (
        {"choices": [{"id": "a", "text": ""}, {"id": "b", "text": "B"}]},
        "choices.0.text: must not be empty",
    ),
    "control sign": ({"question": "What\x1b[31m?"}, "question: contains the control character"),
    "null": ({"question": None}, "question: Input should be a valid string"),
    "list for text": ({"context": ["a"]}, "context: Input should be a valid string"),
    "text for list": ({"choices": "a, b"}, "choices: "),
    "text for choice": ({"choices": ["a", "b"]}, "choices.0: "),
    "value beyond 1": (
        {"choices": [{"id": "a", "text": "A", "values": {"care": 2}}, {"id": "b", "text": "B"}]},
        "choices.0.values.care: Input should be less than or equal to 1",
    ),
    "value not a number": (
        {"choices": [{"id": "a", "text": "A", "values": {"care": float("nan")}}]},
        "choices.0.values.care: ",
    ),
    "misspelt field": ({"contxt": "x"}, "contxt: there is no such field"),
    "long id": ({"id": "x" * 300}, "id: String should have at most 200 characters"),
    "id with a break": ({"id": "a\nb"}, "id: String should match pattern"),
    "language": ({"language": "no such language"}, "language: String should match pattern"),
}


@pytest.mark.parametrize("case", BAD_FIELDS)
def test_each_way_a_scenario_can_be_bad_names_file_line_and_field(
    case: str, library: Library, write: Write, make: Make
) -> None:
    changes, message = BAD_FIELDS[case]
    write("bad.json", make(**changes))
    with pytest.raises(DataError) as caught:
        batch(["bad.json"], library)
    assert str(caught.value).startswith(f"bad.json:1: {message}")
    assert "\n" not in str(caught.value)
    [item] = batch(["-"], library, lines=[json.dumps(make(**changes))]).items
    assert str(item.error).startswith(f"line 1: {message}")


BAD_LINES = {
    "not JSON": ("{oops}", "line 1: is not valid JSON: "),
    "cut off": ('{"id": "x', "line 1: is not valid JSON: "),
    "YAML": ("id: x", "line 1: is not valid JSON: "),
    "a list": ("[]", "line 1: expected a scenario with its fields, got a list."),
    "null": ("null", "line 1: expected a scenario with its fields, got nothing."),
    "nested": ("[" * 100_000, "line 1: is not valid JSON: "),
    "long number": ("9" * 10_000, "line 1: is not valid JSON: "),
    "not UTF-8": ('{"id": "\udcff"}', "line 1: is not UTF-8 text."),
    "half a sign": ('{"id": "\\ud800"}', "line 1: id: "),
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_each_way_a_line_can_be_bad_names_the_line_and_the_next_is_read(
    case: str, library: Library, make: Make
) -> None:
    line, message = BAD_LINES[case]
    bad, good = batch(["-"], library, lines=[line, json.dumps(make("good"))]).items
    assert (bad.name, good.name) == ("line 1", "good")
    assert str(bad.error).startswith(message)


def test_a_missing_file_and_a_name_beyond_all_bounds_are_told(library: Library) -> None:
    with pytest.raises(DataError, match=r"^gone.yaml: there is no such file.$"):
        batch(["gone.yaml"], library)
    with pytest.raises(DataError, match="File name too long"):
        batch(["x" * 5000 + ".yaml"], library)
    with pytest.raises(UnknownName):
        batch(["x" * 5000], library)
    with pytest.raises(UnknownName):
        batch([""], library)


def test_a_broken_scenario_of_the_users_own_library_is_told(library: Library, home: Path) -> None:
    own = home / "library" / "scenarios" / "mine.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("id: other")
    with pytest.raises(DataError, match=r"mine.yaml:1: context: this field is missing"):
        batch(["mine"], library)


def test_a_folder_without_scenarios_is_a_mistake(library: Library, write: Write) -> None:
    write("empty/readme.txt", "nothing here")
    with pytest.raises(DataError, match=r"^empty: holds no .yaml or .json file.$"):
        batch(["empty"], library)


def test_among_others_a_folder_without_scenarios_fails_alone(
    library: Library, folder: Path
) -> None:
    (folder / "empty").mkdir()
    empty, good = batch(["empty", "two-funds"], library).items
    assert str(empty.error) == "empty: holds no .yaml or .json file."
    assert good.scenario


def test_one_scenario_is_not_several_and_not_none(
    library: Library, write: Write, make: Make
) -> None:
    write("cases.yaml", [make("x"), make("y")])
    with pytest.raises(DataError, match="holds 2 scenarios where one is wanted"):
        scenario_named("cases.yaml", library)


BAD_DATA: dict[str, tuple[str, type[AlignkitError], str]] = {
    "no path": ("mta", UsageError, "is not FORMAT:PATH. Formats: mta, "),
    "empty path": ("mta:", UsageError, "is not FORMAT:PATH."),
    "unknown format": ("mtb:x", UnknownName, "Did you mean 'mta' or 'table'? There are: mta, "),
    "settings": ("mta?x=1:x", UnknownName, "is not known."),
    "no file": ("mta:gone.json", DataError, "gone.json: there is no such file."),
    "a folder": ("mta:.", DataError, ".: cannot be read: Is a directory."),
    "home of nobody": ("mta:~no-such-user-here/x", DataError, "there is no such file."),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("case", BAD_DATA)
def test_a_data_set_that_cannot_be_read_is_told_before_anything_is_decided(
    case: str, library: Library
) -> None:
    spec, kind, message = BAD_DATA[case]
    with pytest.raises(kind) as caught:
        batch(["two-funds"], library, dataset=spec)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_broken_row_of_a_data_set_fails_alone(library: Library, write: Write) -> None:
    write("rows.json", [mta_row("p1", fairness=0, care=10), "oops"])
    bad, good = batch([], library, dataset="mta:rows.json").items
    assert str(bad.error).startswith("rows.json: row 2: ")
    assert good.name == "p1"


# Profiles


def test_a_profile_is_a_name_or_a_file(library: Library, write: Write) -> None:
    assert profile_named("cautious-medic", library).name == "cautious-medic"
    path = write("mine.yaml", {"name": "mine", "targets": {"care": 1}})
    for name in ("mine.yaml", "./mine.yaml", str(path)):
        assert profile_named(name, library).name == "mine"


def test_a_profile_that_is_not_there_names_what_comes_near(library: Library) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'cautious-medic'"):
        profile_named("cautious-medik", library)
    with pytest.raises(DataError, match=r"^mine.yaml: there is no such file.$"):
        profile_named("mine.yaml", library)


def test_a_profile_that_is_a_list_is_told(library: Library, write: Write) -> None:
    write("mine.yaml", [{"name": "mine"}])
    with pytest.raises(DataError, match=r"^mine.yaml:1: expected a profile with its fields"):
        profile_named("mine.yaml", library)


def test_a_profile_to_follow_has_attributes_that_are_described(
    library: Library, write: Write
) -> None:
    assert profile_to_follow("cautious-medic", library).name == "cautious-medic"
    write("mine.yaml", {"name": "mine", "targets": {"fairnes": 1}})
    with pytest.raises(DataError, match=r"^mine.yaml:\d+: .*'fairnes' is not known.") as caught:
        profile_to_follow("mine.yaml", library)
    assert "Did you mean 'fairness'" in caught.value.hint


def test_asking_for_scenarios_reads_nothing_yet(library: Library) -> None:
    assert next(scenarios_named(["two-funds", "gone.yaml"], library)).scenario
