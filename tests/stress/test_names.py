from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.deciders.entities import exchanged
from alignkit.library import Library
from alignkit.schema import Scenario
from alignkit.stress import renamed, renaming
from alignkit.stress.texts import all_text
from alignkit.testing.strategies import scenarios, texts

if TYPE_CHECKING:
    from tests.stress.conftest import Make

LIBRARY = Library()
NAMED = ["career-gap", "founder-and-newcomer", "leg-or-chest", "promised-tents", "two-funds"]
PAIRS = {
    ("Patient A", "Patient B"): ("Patient K", "Patient M"),
    ("casualty 1", "casualty 2"): ("casualty 8", "casualty 9"),
    ("Torvane", "Estbrook"): ("Velmand", "Pellwyn"),
    ("Dr. Lee", "Dr. Brown"): ("Dr. Velmand", "Dr. Pellwyn"),
    ("carpenter", "plumber"): ("baker", "mason"),
}


@st.composite
def mentions(draw: st.DrawFn) -> tuple[Scenario, dict[str, str]]:
    """A scenario about two names, in text of any kind, and new names for them."""
    old, new = draw(st.sampled_from(sorted(PAIRS.items())))
    fillers = draw(st.lists(texts(30), min_size=4, max_size=4))
    said = [f"{fillers[0]} {old[0]} {fillers[1]} {old[1]}, {old[0]}'s {fillers[2]}", fillers[3]]
    scenario = Scenario.model_validate(
        {
            "id": "s",
            "context": said[0],
            "question": f"{said[1]} {old[1]}?",
            "choices": [{"id": name, "text": f"Treat {name} first"} for name in old],
            "entities": old,
        }
    )
    return scenario, dict(zip(old, new, strict=True))


def says(text: str, name: str) -> bool:
    """Whether `name` is a word of `text`."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


@given(mentions())
def test_a_renamed_text_has_no_old_name_and_is_restored_by_the_inverse(
    given_: tuple[Scenario, dict[str, str]],
) -> None:
    scenario, mapping = given_
    changed = renaming(scenario, mapping)
    if changed is None:  # an odd text holds a new name, or a part of an old one
        return
    assert not any(says(all_text(changed), name) for name in mapping)
    assert all(says(all_text(changed), name) for name in mapping.values())
    assert exchanged(changed, {new: old for old, new in mapping.items()}) == scenario
    assert changed.choice_ids == scenario.choice_ids


@pytest.mark.parametrize("old", PAIRS)
def test_names_of_every_make_get_new_ones_of_the_same_make(
    old: tuple[str, str], make: Make
) -> None:
    scenario = make(*(f"Treat the case of {name}" for name in old), entities=old)
    found = renamed(scenario)
    assert [one.name for one in found.found] == ["exchanged-1", "neutral-1", "neutral-2"]
    for one in found.found[1:]:
        assert not any(says(all_text(one.scenario), name) for name in old)
        noun = old[0].rpartition(" ")[0]
        assert all(name.startswith(noun) for name in one.scenario.entities)
    assert found.found[1].scenario != found.found[2].scenario


def test_exchanged_names_stand_in_each_others_place(make: Make) -> None:
    scenario = make("Treat Patient A", "Treat Patient B", context="Patient A met Patient B.")
    twin = renamed(scenario).found[0]
    assert twin.change == "Patient A and Patient B exchanged for each other"
    assert twin.scenario.context == "Patient B met Patient A."
    assert twin.scenario.choice_ids == ("a", "b")


def test_names_for_which_there_are_none_like_them_are_left(make: Make) -> None:
    scenario = make("Take the red car", "Take the blue car", entities=("red car", "blue car"))
    found = renamed(scenario)
    assert [one.name for one in found.found] == ["exchanged-1"]
    assert found.notes == ("no neutral names fit in the place of red car and blue car",)
    far = renamed(
        make("救助甲", "救助乙", context="甲和乙。", entities=("甲", "乙"), language="zh")
    )
    assert not any(one.name.startswith("neutral") for one in far.found)


def test_an_is_not_put_before_a_consonant(make: Make) -> None:
    scenario = make(
        "Treat the accountant", "Treat the engineer", entities=("accountant", "engineer")
    )
    neutral = [one for one in renamed(scenario).found if one.name.startswith("neutral")]
    for one in neutral:
        assert all(name.startswith(tuple("aeiou")) for name in one.scenario.entities)


def test_a_plural_that_would_stay_behind_forbids_the_change(make: Make) -> None:
    scenario = make("Treat Torvane", "Treat Estbrook", context="Both Torvanes and Estbrook.")
    assert renaming(scenario, {"Torvane": "Velmand", "Estbrook": "Pellwyn"}) is None


def test_a_new_name_that_is_there_already_forbids_the_change(make: Make) -> None:
    scenario = make("Treat Torvane", "Treat Estbrook", context="Velmand knows Torvane.")
    assert renaming(scenario, {"Torvane": "Velmand", "Estbrook": "Pellwyn"}) is None


def test_without_names_there_is_nothing_to_change(make: Make) -> None:
    assert renamed(make()).notes == ("no names were found that can be changed",)


@pytest.mark.parametrize("name", NAMED)
def test_shipped_scenarios_with_names_are_renamed(name: str) -> None:
    scenario = LIBRARY.scenarios[name]
    found = renamed(scenario).found
    assert [one.name for one in found] == ["exchanged-1", "neutral-1", "neutral-2"]
    for one in found[1:]:
        assert not any(says(all_text(one.scenario), old) for old in scenario.entities)


@given(scenarios())
def test_odd_scenarios_keep_their_choices(scenario: Scenario) -> None:
    for one in renamed(scenario).found:
        assert one.scenario.choice_ids == scenario.choice_ids
        assert one.scenario.id == scenario.id
