from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.decompose import Criterion, criteria_of, decompose, opposite
from alignkit.library import Library, attributes_of
from alignkit.schema import Answer, Attribute, Boundary, Profile

CARE = Attribute.model_validate(
    {
        "name": "care",
        "title": "Care",
        "definition": "Looking after others.",
        "low": "Nobody is looked after.",
        "high": "All are looked after.",
        "instructions": {"low": ["Pass by."], "high": ["Stay.", "Help."]},
        "levels": ["none", "little", "some", "much", "all"],
    }
)
ORDER = CARE.model_copy(update={"name": "order", "title": "Order"})


def guides(**targets: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    """Name, wanted level and instructions of each guide for `targets`."""
    known = {"care": CARE, "order": ORDER}
    profile = Profile.model_validate({"name": "x", "targets": targets})
    found = decompose(profile, [known[name] for name in targets])
    return [(guide.attribute.name, guide.wanted, guide.instructions) for guide in found]


@pytest.mark.parametrize(
    ("level", "word"),
    [(0, "none"), (0.1, "none"), (0.2, "little"), (0.5, "some"), (0.7, "much"), (0.9, "all")],
)
def test_a_level_is_put_into_the_nearest_word(level: float, word: str) -> None:
    [(_, wanted, _)] = guides(care=level)
    assert wanted == f'"{word}"'


@pytest.mark.parametrize(
    ("target", "level"),
    [
        (0.25, 0.25),
        ({"range": [0.5, 1.0]}, 0.75),
        ({"samples": [0.0, 0.2, 0.4]}, 0.2),
        ({"logit": {"weight": 2}}, 1.0),
        ({"logit": {"weight": -2}}, 0.0),
    ],
)
def test_a_guide_knows_the_centre_of_what_is_wanted(target: Any, level: float) -> None:
    profile = Profile.model_validate({"name": "x", "targets": {"care": target}})
    [guide] = decompose(profile, [CARE])
    assert guide.level == pytest.approx(level)


def test_effects_are_followed_to_the_end_they_pull_to() -> None:
    assert guides(care={"logit": {"weight": 2}})[0][1:] == ('"all"', ("Stay.", "Help."))
    assert guides(care={"logit": {"weight": -2}})[0][1:] == ('"none"', ("Pass by.",))


@pytest.mark.parametrize("level", [0.6, 0.8, 1])
def test_a_high_level_follows_the_instructions_of_the_high_end(level: float) -> None:
    assert guides(care=level)[0][2] == ("Stay.", "Help.")


@pytest.mark.parametrize("level", [0, 0.2, 0.4])
def test_a_low_level_follows_the_instructions_of_the_low_end(level: float) -> None:
    assert guides(care=level)[0][2] == ("Pass by.",)


@pytest.mark.parametrize("level", [0.41, 0.5, 0.59])
def test_between_the_ends_both_ways_are_shown(level: float) -> None:
    assert guides(care=level)[0][2] == (
        "Keep the middle between two ways.",
        "One way: Pass by.",
        "Other way: Stay.",
        "Other way: Help.",
    )


def test_a_range_is_named_by_its_ends_and_followed_at_its_middle() -> None:
    [(_, wanted, steps)] = guides(care={"range": [0.5, 1.0]})
    assert wanted == 'from "some" to "all"'
    assert steps == ("Stay.", "Help.")


def test_a_range_within_one_word_is_that_word() -> None:
    assert guides(care={"range": [0.7, 0.8]})[0][1] == '"much"'


def test_samples_are_followed_at_their_mean() -> None:
    [(_, wanted, steps)] = guides(care={"samples": [0.0, 0.2, 0.4]})
    assert wanted == '"little"'
    assert steps == ("Pass by.",)


def test_the_weightiest_target_comes_first_and_says_by_how_much() -> None:
    found = guides(care={"value": 1, "weight": 0.5}, order={"value": 0, "weight": 1.25})
    assert [(name, wanted) for name, wanted, _ in found] == [
        ("order", '"none" (counts 2.5 times as much as the least)'),
        ("care", '"all"'),
    ]


def test_equal_weights_keep_their_order_and_go_without_saying() -> None:
    found = guides(order={"value": 0.5, "weight": 3}, care={"value": 0.5, "weight": 3})
    assert [(name, wanted) for name, wanted, _ in found] == [
        ("order", '"some"'),
        ("care", '"some"'),
    ]


def test_a_profile_without_targets_has_no_guides() -> None:
    assert decompose(Profile(name="x", persona="You are careful."), []) == ()


def test_targets_and_attributes_must_fit() -> None:
    profile = Profile.model_validate({"name": "x", "targets": {"care": 1}})
    with pytest.raises(ValueError, match="zip"):
        decompose(profile, [])


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_level_never_gets_a_lower_word(one: float, two: float) -> None:
    lower, higher = sorted([one, two])
    words = [CARE.levels.index(guides(care=level)[0][1].strip('"')) for level in (lower, higher)]
    assert words == sorted(words)


def test_the_opposite_of_a_profile_wants_the_other_end_of_every_target() -> None:
    profile = Profile.model_validate(
        {
            "name": "x",
            "title": "X",
            "targets": {"care": 0.9, "order": {"range": [0, 0.25], "weight": 3}},
            "boundaries": [{"id": "b", "rule": "Never."}],
            "escalate": {"min_confidence": 0.5},
        }
    )
    found = opposite(profile)
    assert found.targets["care"].value == pytest.approx(0.1)
    assert found.targets["order"].range == (0.75, 1.0)
    assert found.targets["order"].weight == 3
    kept = {"name", "title", "boundaries", "escalate"}
    assert found.model_dump(include=kept) == profile.model_dump(include=kept)


def test_who_somebody_is_has_no_opposite() -> None:
    profile = Profile.model_validate(
        {
            "name": "x",
            "targets": {"care": 1},
            "persona": "You are a nurse.",
            "group": {"name": "Nurses", "description": "They nurse."},
            "panel": [{"story": "Ada nurses."}],
        }
    )
    found = opposite(profile)
    assert (found.persona, found.group, found.panel) == (None, None, ())


@pytest.mark.parametrize("profile", Library().profiles.values(), ids=lambda profile: profile.name)
def test_every_shipped_profile_becomes_instructions(profile: Profile) -> None:
    found = decompose(profile, attributes_of(Library().attributes, profile))
    assert {guide.attribute.name for guide in found} == set(profile.targets)
    assert all(guide.instructions for guide in found)


def criterion(target: Any) -> Criterion:
    """What is asked about one target."""
    profile = Profile.model_validate({"name": "x", "targets": {"care": target}})
    [found] = criteria_of(profile, [CARE])
    return found


@pytest.mark.parametrize(
    ("target", "levels"),
    [
        (1.0, ("much", "all")),
        (0.5, ("little", "some", "much")),
        (0.0, ("none", "little")),
        ({"range": [0.5, 0.5]}, ("little", "some", "much")),
        ({"range": [0.4, 0.9]}, ("little", "some", "much", "all")),
        ({"samples": [0.9, 1.0]}, ("much", "all")),
        ({"logit": {"weight": -1}}, ("none", "little")),
    ],
)
def test_a_level_is_near_enough_that_is_one_step_off(target: Any, levels: tuple[str, ...]) -> None:
    assert criterion(target).levels == levels


def levelled(*shares: float) -> Answer:
    """An answer with these shares of the levels."""
    total = sum(shares)
    probabilities = {str(place): share / total for place, share in enumerate(shares, start=1)}
    return Answer(probabilities=probabilities, readout="fake")


def test_criteria_know_how_sure_and_how_near_an_answer_is() -> None:
    wanted = criterion({"value": 1.0, "weight": 3})
    assert (wanted.name, wanted.weight) == ("care", 3)
    assert wanted.question("How much?").levels == CARE.levels
    answer = levelled(0, 0, 1, 1, 2)
    assert wanted.probability(answer) == pytest.approx(0.75)
    assert wanted.fit(answer) == pytest.approx(1 - (0.25 * 0.5 + 0.25 * 0.25))
    profile = Profile.model_validate(
        {"name": "x", "targets": {"care": 1}, "boundaries": [{"id": "b", "rule": "Never."}]}
    )
    rule = criteria_of(profile, [CARE])[1]
    assert (rule.name, rule.weight, rule.levels) == ("b", 0, ())
    assert isinstance(rule.about, Boundary)
    assert rule.question("Broken?").type == "predicate"
    broken = Answer(probabilities={"yes": 0.8, "no": 0.2}, readout="fake")
    assert rule.probability(broken) == rule.fit(broken) == pytest.approx(0.2)


@given(
    st.floats(0, 1),
    st.lists(st.floats(0, 1), min_size=5, max_size=5).filter(lambda shares: sum(shares) > 0.01),
)
def test_how_sure_and_how_near_are_from_0_to_1(level: float, shares: list[float]) -> None:
    found, answer = criterion(level), levelled(*shares)
    assert 0 <= found.probability(answer) <= 1
    assert 0 <= found.fit(answer) <= 1
    assert criterion(1 - level).fit(levelled(*shares[::-1])) == pytest.approx(found.fit(answer))
