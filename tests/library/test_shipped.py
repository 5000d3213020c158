from __future__ import annotations

from collections import Counter

import pytest

from alignkit.library import Library, attributes_of
from alignkit.schema import Attribute, Profile, Scenario

LIBRARY = Library()
PERSONA = (
    *("agreeableness", "conscientiousness", "extraversion", "neuroticism", "openness"),
    *("ends_justify_means", "risk_avoidance", "risk_seeking", "willingness_to_defer_to_experts"),
    *("subscribes_to_deontology", "subscribes_to_utilitarianism", "subscribes_to_virtue_ethics"),
)
NEEDED = (
    *("protocol_focus", "fairness", "risk_aversion", "continuation_of_care"),
    *("moral_deservingness", "utilitarianism", "affiliation", "personal_safety"),
    *("medical_urgency", "care", "reciprocity", "loyalty", "authority", "sanctity"),
    *("impartial_beneficence", "instrumental_harm", "truthfulness", "harmlessness"),
    *("impartiality_towards_groups", "verbosity", "complexity", "formality"),
)

attributes = pytest.mark.parametrize(
    "attribute", LIBRARY.attributes.values(), ids=list(LIBRARY.attributes)
)
profiles = pytest.mark.parametrize("profile", LIBRARY.profiles.values(), ids=list(LIBRARY.profiles))
scenarios = pytest.mark.parametrize(
    "scenario", LIBRARY.scenarios.values(), ids=list(LIBRARY.scenarios)
)


def test_there_is_enough_to_start_with() -> None:
    assert len(LIBRARY.attributes) >= 34
    assert len(LIBRARY.profiles) >= 8
    assert len(LIBRARY.scenarios) >= 12


@pytest.mark.parametrize("name", [*NEEDED, *PERSONA])
def test_the_attributes_that_people_ask_for_are_there(name: str) -> None:
    assert LIBRARY.attributes[name].name == name


def test_there_are_twelve_persona_dimensions() -> None:
    assert len(set(PERSONA)) == 12


@attributes
def test_an_attribute_can_be_judged_and_followed(attribute: Attribute) -> None:
    assert len(attribute.levels) == len(set(attribute.levels)) == 5
    assert len(attribute.instructions.low) >= 2
    assert len(attribute.instructions.high) >= 2
    assert set(attribute.instructions.low).isdisjoint(attribute.instructions.high)
    assert attribute.low != attribute.high
    assert attribute.statement
    assert attribute.opposite
    assert attribute.source


def test_no_two_attributes_answer_to_one_name() -> None:
    names = [
        name
        for attribute in LIBRARY.attributes.values()
        for name in (attribute.name, *attribute.aliases)
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@profiles
def test_a_profile_names_attributes_that_exist(profile: Profile) -> None:
    assert {one.name for one in attributes_of(LIBRARY.attributes, profile)} == set(profile.targets)
    assert profile.title
    assert profile.description


def test_the_profiles_show_every_kind_of_wish() -> None:
    targets = [target for one in LIBRARY.profiles.values() for target in one.targets.values()]
    assert any(target.range for target in targets)
    assert any(target.samples for target in targets)
    assert any(target.weight != 1 for target in targets)
    for wish in ("group", "persona", "boundaries", "escalate"):
        assert any(getattr(profile, wish) for profile in LIBRARY.profiles.values()), wish


@scenarios
def test_a_scenario_names_attributes_that_exist(scenario: Scenario) -> None:
    named = {name for choice in scenario.choices for name in choice.values or {}}
    assert named
    assert named <= set(LIBRARY.attributes)
    assert scenario.title
    assert scenario.domain
    assert scenario.source
    assert (scenario.licence, scenario.language) == ("Apache-2.0", "en")


@scenarios
def test_a_scenario_has_choices_that_differ_in_an_attribute(scenario: Scenario) -> None:
    assert any(max(levels) - min(levels) >= 0.3 for levels in true_values(scenario).values())


@scenarios
def test_names_that_may_be_exchanged_stand_in_the_text(scenario: Scenario) -> None:
    text = " ".join((scenario.context, *(choice.text for choice in scenario.choices)))
    assert all(entity in text for entity in scenario.entities)
    assert len(scenario.entities) != 1


def test_some_scenarios_have_pinned_choices_and_names_to_exchange() -> None:
    assert any(choice.pinned for one in LIBRARY.scenarios.values() for choice in one.choices)
    assert any(scenario.entities for scenario in LIBRARY.scenarios.values())


def test_the_best_choice_does_not_always_stand_at_the_same_place() -> None:
    first = last = count = 0
    for scenario in LIBRARY.scenarios.values():
        for levels in true_values(scenario).values():
            if len(levels) == len([choice for choice in scenario.choices if not choice.pinned]):
                count += 1
                first += levels[0] == max(levels)
                last += levels[-1] == max(levels)
    assert count > 30
    assert 0.35 <= first / count <= 0.65
    assert 0.35 <= last / count <= 0.65


@pytest.mark.parametrize(
    "name", ["affiliation", "fairness", "protocol_focus", "risk_aversion", "utilitarianism"]
)
def test_no_place_is_the_high_end_of_a_common_attribute(name: str) -> None:
    places = Counter(
        levels[name].index(max(levels[name]))
        for levels in map(true_values, LIBRARY.scenarios.values())
        if len(levels.get(name, ())) > 1
    )
    assert len(places) > 1
    assert max(places.values()) / places.total() < 0.8


def true_values(scenario: Scenario) -> dict[str, list[float]]:
    """By attribute: the levels of the choices that have one, in the scenario's order."""
    found: dict[str, list[float]] = {}
    for choice in scenario.choices:
        for name, level in (choice.values or {}).items():
            found.setdefault(name, []).append(level)
    return found
