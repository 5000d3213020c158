from __future__ import annotations

import inspect
import re

import pytest

from alignkit import errors
from alignkit.errors import AlignkitError, BadScenario, MissingExtra, UnknownName

CLASSES = {
    name: found
    for name, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, AlignkitError)
}


def documented() -> dict[str, tuple[str, bool]]:
    """By class of the tree in the docstring: its parent, and whether it is marked retryable."""
    tree: dict[str, tuple[str, bool]] = {}
    branch = ""
    for line in re.findall(r"^ {4,}\S.*$", inspect.cleandoc(errors.__doc__ or ""), re.MULTILINE):
        indent = len(line) - len(line.lstrip())
        names = re.findall(r"(\w+)(\*?)", re.sub(r"\(.*\)", "", line))
        if indent == 4:
            tree[names[0][0]] = ("Exception", False)
            continue
        if indent == 6:
            branch = names.pop(0)[0]
            tree[branch] = ("AlignkitError", False)
        tree |= {name: (branch, bool(star)) for name, star in names}
    return tree


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert documented() == {
        name: (found.__base__.__name__, found.retryable)
        for name, found in CLASSES.items()
        if found.__base__
    }


@pytest.mark.parametrize(
    ("branch", "code"), [("UsageError", 2), ("DataError", 2), ("ModelError", 3), ("StoreError", 4)]
)
def test_a_branch_has_one_exit_code(branch: str, code: int) -> None:
    members = [found for found in CLASSES.values() if issubclass(found, CLASSES[branch])]
    assert len(members) > 3
    assert {found.exit_code for found in members} == {code}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("UnknownName", 404), ("InvalidSetting", 400), ("BadScenario", 422)),
        *(("RateLimited", 429), ("TimedOut", 504), ("Refused", 502), ("StoreBusy", 500)),
    ],
)
def test_a_server_answers_with_the_fitting_status(name: str, status: int) -> None:
    assert CLASSES[name].http_status == status


def test_what_may_pass_is_retryable() -> None:
    assert {name for name, found in CLASSES.items() if found.retryable} == {
        *("RateLimited", "Unreachable", "TimedOut", "BadModelOutput", "StoreBusy")
    }


@pytest.mark.parametrize("found", CLASSES.values(), ids=CLASSES.keys())
def test_every_error_is_explained(found: type[AlignkitError]) -> None:
    assert inspect.getdoc(found)
    assert found.__doc__ != AlignkitError.__doc__ or found is AlignkitError


def test_a_message_is_one_line_with_the_way_out_behind_it() -> None:
    error = BadScenario("It broke\n  at line 2.", "Mend\tit.\n")
    assert error.message == "It broke at line 2."
    assert error.hint == "Mend it."
    assert str(error) == "It broke at line 2. Mend it."


def test_without_a_hint_nothing_hangs_behind_the_message() -> None:
    assert str(BadScenario("It broke.")) == "It broke."
    assert BadScenario("It broke.").hint == ""
    assert BadScenario("It broke.").args == ("It broke.",)


def test_an_unknown_name_comes_with_the_nearest_known_ones() -> None:
    error = UnknownName("Profile", "cautious-medik", ["bold-medic", "cautious-medic", "x"])
    assert str(error) == (
        "Profile 'cautious-medik' is not known. Did you mean 'cautious-medic' or 'bold-medic'?"
    )


def test_at_most_three_names_are_offered_and_the_hint_follows() -> None:
    error = UnknownName("Model", "abcd", ["abc1", "abc2", "abc3", "abc4"], "See the list.")
    assert error.hint.count(" or ") == 2
    assert error.hint.endswith("? See the list.")


def test_where_nothing_comes_near_nothing_is_offered() -> None:
    assert str(UnknownName("Model", "zzz", ["abc"], "See the list.")) == (
        "Model 'zzz' is not known. See the list."
    )


def test_an_unknown_name_with_line_ends_stays_on_one_line() -> None:
    assert "\n" not in str(UnknownName("Model", "a\nb", ["c"]))


def test_a_missing_library_names_the_command_that_installs_it() -> None:
    assert str(MissingExtra("The engine", "local")) == (
        "The engine is not installed. Run: pip install 'alignkit[local]'"
    )


def test_a_very_long_name_is_cut() -> None:
    error = UnknownName("Model", "x" * 100_000, ["xx"])
    assert len(str(error)) < 200
