from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import BadProfile, InvalidSetting
from alignkit.library import Library, parse_document
from alignkit.schema import Boundary, Escalation, Group, Person, Profile, Target
from alignkit.service.people.profile_text import checked_name, name_from, profile_text
from alignkit.testing.strategies import profiles

FULL = Profile(
    name="mine",
    title="Mine: all of it",
    description="Line one.\nLine two, 'quoted' \"twice\"; # no comment",
    targets={
        "care": Target(value=0.5),
        "fairness": Target(range=(0.1, 1.0), weight=2),
        "loyalty": Target(samples=(0.5,) * 50),
    },
    group=Group(name="no", description="12:30"),
    persona="You are null.",
    panel=(Person(story="A cook.", values={"care": 0.5}), Person(story="A medic.", weight=2)),
    boundaries=(Boundary(id="no-harm", rule="Hurt nobody.", never_say=("yes", "~")),),
    escalate=Escalation(min_confidence=0.2),
)


def back(text: str) -> Profile:
    return parse_document(text, "profile").parse(Profile, BadProfile)


def test_what_is_written_is_read_back() -> None:
    text = profile_text(FULL, ["Above."], {"care": ["Known.", "Surely."]}, ["Below."])
    assert back(text) == FULL
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("# Above.", "# Below.")
    place = lines.index("  # Known.")
    assert lines[place : place + 3] == ["  # Known.", "  # Surely.", "  care: 0.5"]


@given(profiles([*Library().attributes.values()]), st.text())
def test_any_profile_and_comment_are_read_back(profile: Profile, comment: str) -> None:
    about = {name: [comment] for name in profile.targets}
    assert back(profile_text(profile, [comment], about, [comment])) == profile


@pytest.mark.parametrize("sign", ["\n", "\r", "\u2028", "\x85", "\x0b", "\x1b", "\ud800"])
def test_nothing_in_a_comment_ends_it(sign: str) -> None:
    text = profile_text(FULL, [f"Ana{sign}name: evil"], {})
    assert text.startswith("# Ana name: evil\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana", "ana"),
        ("Ágnes O'Hara (2nd)", "agnes-o-hara-2nd"),
        ("INCOME_Less than $30,000", "income-less-than-30-000"),
        ("山田", "fitted"),
        ("--", "fitted"),
        (None, "fitted"),
        ("x" * 99 + "  y", "x" * 99),
    ],
)
def test_names_are_made_of_texts(text: str | None, name: str) -> None:
    assert name_from(text, "fitted") == name
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "Mine", "my_own", "../x", "-x"])
def test_what_cannot_be_a_name_is_told(name: str) -> None:
    with pytest.raises(InvalidSetting, match="cannot be the name of a profile"):
        checked_name(name)
