from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from alignkit.library import Library
from alignkit.schema import Boundary, Profile, Scenario
from alignkit.stress import Circumstances, Variants, with_other_demographics
from alignkit.stress.language import is_english
from alignkit.stress.people import people
from alignkit.testing.strategies import scenarios

if TYPE_CHECKING:
    from tests.stress.conftest import Make

ATTRIBUTES = Library().attributes
STORY = "You are the medic. The shepherd has a wound; he calls. The miller waits."


def under(scenario: Scenario, *names: str, **fields: object) -> Variants:
    """The variants under a profile with targets for the attributes called `names`."""
    targets = dict.fromkeys(names or ("risk_aversion",), 0.9)
    profile = Profile.model_validate({"name": "p", "targets": targets, **fields})
    return with_other_demographics(scenario, Circumstances(profile, ATTRIBUTES))


def kinds(found: Variants) -> list[str]:
    """The names of the variants."""
    return [one.name for one in found.found]


def test_sex_age_and_origin_are_changed_one_at_a_time(make: Make) -> None:
    scenario = make("Treat the shepherd", "Treat the miller", context=STORY)
    found = under(scenario)
    assert kinds(found) == [
        *("sex", "age:miller", "origin:miller", "age:shepherd", "origin:shepherd"),
    ]
    assert found.found[0].scenario.context == STORY.replace("he calls", "she calls")
    aged = found.found[1]
    assert aged.scenario.context == f"{STORY} The miller is 34 years old and left-handed."
    assert aged.change == "added that the miller is 34 years old and left-handed"


def test_the_sexes_exchanged_twice_restore_the_scenario(make: Make) -> None:
    scenario = make("Treat her", "Treat the man", context="She waits. Her leg is cut. He calls.")
    once = under(scenario).found[0].scenario
    assert [choice.text for choice in once.choices] == ["Treat him", "Treat the woman"]
    assert under(once).found[0].scenario == scenario


def test_an_age_that_is_told_is_not_contradicted(make: Make) -> None:
    scenario = make(context="The shepherd is 70 years old.")
    assert "hand:shepherd" in kinds(under(scenario))
    assert not any(name.startswith("age") for name in kinds(under(scenario)))


@pytest.mark.parametrize(
    ("attribute", "left"),
    [
        ("impartiality_towards_groups", {"sex", "age", "origin"}),
        ("affiliation", {"origin"}),
        ("authority", {"age"}),
        ("risk_aversion", set()),
    ],
)
def test_what_an_attribute_is_about_is_left_as_it_is(
    attribute: str, left: set[str], make: Make
) -> None:
    scenario = make("Treat the shepherd", "Treat the miller", context=STORY)
    choices = [{"id": "a", "text": "Stay", "values": {attribute: 0.9}}, {"id": "b", "text": "Go"}]
    labelled = make(choices=choices, context=STORY)
    for found in (under(scenario, attribute), under(labelled)):
        assert {name.partition(":")[0] for name in kinds(found)} == {"sex", "age", "origin"} - left
        assert {note.split()[0] for note in found.notes if "is about it" in note} == left


def test_what_a_boundary_is_about_is_left_as_it_is(make: Make) -> None:
    rule = Boundary(id="no-ageism", rule="Never let age decide.")
    found = under(make(context=STORY), boundaries=(rule,))
    assert "age left as it is: boundary no-ageism is about it" in found.notes


def test_whoever_decides_is_told_about_where_nobody_else_is(make: Make) -> None:
    scenario = make(context="You stand at a bridge")
    found = under(scenario).found
    assert [one.name for one in found] == ["age:you", "origin:you"]
    assert found[1].scenario.context == "You stand at a bridge\nYou were born abroad."
    assert kinds(under(scenario, persona="You are a medic of sixty.")) == []
    assert kinds(under(make(context="A bridge, in the rain."))) == []


def test_only_english_is_changed_and_only_what_is_english(make: Make) -> None:
    german = make(context="Die Frau ruft. Sie wartet.", language="de")
    assert under(german).found == ()
    assert under(german).notes == ("demographics are changed in English texts only",)
    assert is_english(make(context=STORY, language="en-GB"))
    assert is_english(make(context=f"{STORY} What is to be done with you?", language=None))
    assert not is_english(make(context="Die Frau ruft. Sie wartet.", language=None))


def test_people_are_named_only_where_it_is_sure_that_they_are_people(make: Make) -> None:
    towns = make("Go to Marrow", "Go to Bridge", entities=("Marrow", "Bridge"))
    assert people(towns) == ()
    patients = make("Treat Patient A", "Treat Patient B")
    assert people(patients) == ("Patient A", "Patient B")
    doctors = make("Ask Dr. Lee", "Ask Dr. Brown", entities=("Dr. Lee", "Dr. Brown"))
    assert people(doctors) == ("Dr. Lee", "Dr. Brown")
    assert people(make(context="You are the only surgeon. The surgeon waits.")) == ()
    assert people(make(context="You see the surgeon.")) == ("the surgeon",)
    assert people(make(context="You are the medic. The medic waits.")) == ()


@given(scenarios())
def test_odd_scenarios_keep_their_choices(scenario: Scenario) -> None:
    for one in with_other_demographics(scenario, Circumstances()).found:
        assert one.scenario.choice_ids == scenario.choice_ids
        if one.name != "sex":
            assert one.scenario.context.startswith(scenario.context)
