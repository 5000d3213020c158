from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from alignkit.schema import (
    Boundary,
    Escalation,
    Group,
    LogitEffects,
    Person,
    Profile,
    Target,
)

Mistake = Callable[[type, Any], str]

unit = st.floats(0, 1)
ends = st.tuples(unit, unit).map(sorted)
targets = st.one_of(
    unit,
    st.builds(dict, value=unit, weight=st.floats(0.001, 1000)),
    st.builds(dict, range=ends),
    st.builds(dict, samples=st.lists(unit, min_size=1, max_size=5)),
    st.builds(
        dict,
        logit=st.builds(
            dict,
            weight=st.floats(-9, 9),
            intercept=st.floats(-9, 9),
            scale=st.tuples(unit, st.floats(0.01, 2)),
        ),
    ),
)


@pytest.mark.parametrize("number", [0, 1, 0.25])
def test_a_bare_number_is_the_wanted_level(number: float) -> None:
    assert Target.model_validate(number) == Target(value=number)
    assert Target.model_validate(number).weight == 1


@pytest.mark.parametrize("bad", [True, "0.5", None, [0.5]])
def test_other_bare_things_are_no_target(mistake: Mistake, bad: Any) -> None:
    assert "write a level from 0 to 1, or one of value, range" in mistake(Target, bad)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"weight": 2},
        {"value": 0.5, "range": [0, 1]},
        {"value": 0, "samples": [0.5]},
        {"range": [0, 1], "samples": [0.5]},
        {"value": 0.5, "logit": {"weight": 1}},
        {"samples": [0.5], "logit": {"weight": 1}},
    ],
)
def test_a_target_is_wanted_in_exactly_one_way(mistake: Mistake, given: Any) -> None:
    assert mistake(Target, given) == ": give exactly one of value, range, samples, logit"


def test_a_range_goes_up(mistake: Mistake) -> None:
    expected = ": range: the first number must not be larger than the second"
    assert mistake(Target, {"range": [0.6, 0.5]}) == expected
    assert Target(range=(0.5, 0.5)).level == 0.5


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"value": 1.5}, "value: Input should be less than or equal to 1"),
        ({"value": -1}, "value: Input should be greater than or equal to 0"),
        ({"value": float("nan")}, "value: Input should be a finite number"),
        ({"range": [-0.1, 1]}, "range.0: Input should be greater than or equal to 0"),
        ({"samples": [0.5, 2]}, "samples.1: Input should be less than or equal to 1"),
        ({"value": 0.5, "weight": 0}, "weight: Input should be greater than 0"),
        ({"value": 0.5, "weight": float("inf")}, "weight: Input should be a finite number"),
    ],
)
def test_levels_and_weights_have_bounds(mistake: Mistake, given: Any, message: str) -> None:
    assert mistake(Target, given) == message


def test_no_samples_are_no_distribution(mistake: Mistake) -> None:
    assert mistake(Target, {"samples": []}).startswith("samples: Tuple should have at least 1 item")


@pytest.mark.parametrize(
    ("target", "level", "words"),
    [
        (Target(value=0.0), 0.0, "0"),
        (Target(value=0.9), 0.9, "0.9"),
        (Target(value=0.125), 0.125, "0.12"),
        (Target(range=(0.0, 0.0)), 0.0, "0 to 0"),
        (Target(range=(0.25, 1.0)), 0.625, "0.25 to 1"),
        (Target(samples=(0.1, 0.2, 0.9)), 0.4, "0.4 (mean of 3)"),
        (Target(samples=(0.0,)), 0.0, "0 (mean of 1)"),
        (Target(logit=LogitEffects(weight=1.25)), 1.0, "weighed +1.25"),
        (Target(logit=LogitEffects(weight=-0.5)), 0.0, "weighed -0.5"),
        (Target(logit=LogitEffects(weight=0)), 0.0, "weighed +0"),
    ],
)
def test_a_target_has_a_centre_and_a_short_text(target: Target, level: float, words: str) -> None:
    assert target.level == pytest.approx(level, abs=1e-15)
    assert str(target) == words


@pytest.mark.parametrize(
    ("target", "other"),
    [
        (Target(value=0.25, weight=3), Target(value=0.75, weight=3)),
        (Target(value=0.5), Target(value=0.5)),
        (Target(range=(0.0, 0.25), weight=2), Target(range=(0.75, 1.0), weight=2)),
        (Target(samples=(0.0, 0.25, 1.0)), Target(samples=(1.0, 0.75, 0.0))),
        (
            Target(logit=LogitEffects(weight=1.5, intercept=2, other_weight=3, scale=(0.5, 2.0))),
            Target(logit=LogitEffects(weight=-1.5, intercept=2, other_weight=3, scale=(0.5, 2.0))),
        ),
    ],
)
def test_the_opposite_exchanges_low_and_high(target: Target, other: Target) -> None:
    assert target.opposite == other
    assert other.opposite == target


@given(targets)
def test_the_opposite_mirrors_the_centre_and_is_a_target_itself(given: Any) -> None:
    target = Target.model_validate(given)
    again = Target.model_validate(target.opposite.model_dump())
    assert again == target.opposite
    if target.logit is None or target.logit.weight:
        assert target.opposite.level == pytest.approx(1 - target.level)
    assert target.opposite.opposite.level == pytest.approx(target.level)


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        ({}, "logit.weight: Field required"),
        ({"weight": float("inf")}, "logit.weight: Input should be a finite number"),
        ({"weight": 1, "intercept": float("nan")}, "logit.intercept: Input should be a finite"),
        ({"weight": 1, "scale": [0, 0]}, "logit.scale.1: Input should be greater than or"),
        ({"weight": 1e308}, "logit.weight: Input should be less than or equal to"),
        ({"weight": 1, "other_scale": [0, -1]}, "logit.other_scale.1: Input should be greater"),
        ({"weight": 1, "slope": 2}, "logit.slope: Extra inputs are not permitted"),
    ],
)
def test_effects_are_finite_numbers(mistake: Mistake, effects: Any, message: str) -> None:
    assert mistake(Target, {"logit": effects}).startswith(message)


@given(st.dictionaries(st.sampled_from(["care", "fairness", "risk"]), targets, min_size=1))
def test_a_profile_survives_being_written_as_json(wanted: dict[str, Any]) -> None:
    profile = Profile.model_validate({"name": "x", "targets": wanted})
    assert Profile.model_validate_json(profile.model_dump_json()) == profile
    assert list(profile.targets) == list(wanted)
    assert all(0 <= target.level <= 1 for target in profile.targets.values())


def test_a_profile_must_want_something(mistake: Mistake) -> None:
    expected = (
        ": the profile wants nothing: give targets, a group, a persona, a panel or boundaries"
    )
    assert mistake(Profile, {"name": "x", "escalate": {"min_confidence": 0.5}}) == expected


@pytest.mark.parametrize(
    "wish",
    [
        {"targets": {"care": 1}},
        {"group": {"name": "x", "description": "y"}},
        {"persona": "You are careful."},
        {"panel": [{"story": "Ada mends nets."}]},
        {"boundaries": [{"id": "x", "rule": "Never."}]},
    ],
)
def test_any_wish_will_do(wish: dict[str, Any]) -> None:
    profile = Profile.model_validate({"name": "x", **wish})
    assert profile.model_dump(exclude_defaults=True).keys() == {"name", *wish}


def test_a_profile_has_a_name_for_files(mistake: Mistake) -> None:
    message = mistake(Profile, {"name": "Über", "persona": "x"})
    assert message.startswith("name: String should match pattern")


def test_a_target_names_an_attribute(mistake: Mistake) -> None:
    message = mistake(Profile, {"name": "x", "targets": {"Care!": 1}})
    assert message.startswith("targets.Care!.[key]: String should match pattern")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, ": give either min_confidence, or error_rate with confidence"),
        ({"error_rate": 0.1}, ": error_rate and confidence go together"),
        ({"confidence": 0.9}, ": error_rate and confidence go together"),
        ({"min_confidence": 0.5, "confidence": 0.9}, ": error_rate and confidence go together"),
        (
            {"min_confidence": 0.5, "error_rate": 0.1, "confidence": 0.9},
            ": give either min_confidence, or error_rate with confidence",
        ),
        ({"min_confidence": 1.1}, "min_confidence: Input should be less than or equal to 1"),
        ({"error_rate": 0, "confidence": 0.9}, "error_rate: Input should be greater than 0"),
        ({"error_rate": 0.1, "confidence": 1}, "confidence: Input should be less than 1"),
    ],
)
def test_escalation_has_one_of_two_ways(mistake: Mistake, given: Any, message: str) -> None:
    assert mistake(Escalation, given) == message


def test_both_ways_of_escalation_are_read() -> None:
    assert Escalation(min_confidence=0).error_rate is None
    assert Escalation(error_rate=0.1, confidence=0.9).min_confidence is None


def test_boundaries_are_told_apart_by_their_ids(mistake: Mistake) -> None:
    boundaries = [{"id": "x", "rule": "Never."}, {"id": "x", "rule": "Always."}]
    assert mistake(Profile, {"name": "p", "boundaries": boundaries}) == (
        ": boundaries: 2 boundaries have the same id 'x'"
    )


def test_a_boundary_needs_a_rule(mistake: Mistake) -> None:
    assert mistake(Boundary, {"id": "x", "rule": " "}) == "rule: must not be empty"
    assert Boundary(id="x", rule="Never.").never_say == ()


def test_a_group_needs_a_description(mistake: Mistake) -> None:
    assert mistake(Group, {"name": "x"}) == "description: Field required"


def test_a_member_of_a_panel_has_a_story(mistake: Mistake) -> None:
    assert mistake(Person, {"weight": 2}) == "story: Field required"
    assert Person(story="Ada mends nets.").weight == 1
    assert Person(story="Ada mends nets.").values == {}


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"weight": 0}, "panel.0.weight: Input should be greater than 0"),
        ({"values": {"care": 2}}, "panel.0.values.care: Input should be less than or equal to 1"),
        ({"values": {"Care!": 1}}, "panel.0.values.Care!.[key]: String should match pattern"),
    ],
)
def test_weights_and_values_of_a_panel_have_bounds(
    mistake: Mistake, person: Any, message: str
) -> None:
    given = {"name": "x", "panel": [{"story": "Ada mends nets.", **person}]}
    assert mistake(Profile, given).startswith(message)


def test_the_json_schema_knows_that_a_number_is_a_target() -> None:
    validator = Draft202012Validator(Profile.model_json_schema())
    assert validator.is_valid({"name": "x", "targets": {"care": 0.5}})
    assert validator.is_valid({"name": "x", "targets": {"care": {"range": [0, 1], "weight": 2}}})
    assert not validator.is_valid({"name": "x", "targets": {"care": 1.5}})
    assert not validator.is_valid({"name": "x", "targets": {"care": {"rnage": [0, 1]}}})
