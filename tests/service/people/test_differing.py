from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.errors import BadScenario, UsageError
from alignkit.schema import (
    Boundary,
    Choice,
    Escalation,
    Group,
    LogitEffects,
    Person,
    Profile,
    Scenario,
    Target,
)
from alignkit.service import (
    DecisionDifference,
    Workbench,
    decision_differences,
    part_differences,
    wish_differences,
)
from alignkit.service.inputs import Item

LOGIT = Target(logit=LogitEffects(weight=1))
steps = st.integers(0, 20).map(lambda step: step / 20)
targets = (
    st.builds(Target, value=steps)
    | st.tuples(steps, steps).map(lambda pair: Target(range=(min(pair), max(pair))))
    | st.lists(steps, min_size=1, max_size=5).map(lambda found: Target(samples=tuple(found)))
)


def wanting(**wanted: Target) -> Profile:
    return Profile(name="p", targets=wanted)


def distance(one: Target, other: Target) -> float | None:
    [wish] = wish_differences(wanting(care=one), wanting(care=other))
    return wish.distance


# Wishes


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Target(value=0.2), Target(value=0.9), 0.7),
        (Target(value=0.2), Target(range=(0.2, 0.2)), 0),
        (Target(value=0), Target(range=(0, 1)), 0.5),
        (Target(value=0.5), Target(range=(0, 1)), 0.25),
        (Target(range=(0, 0.5)), Target(range=(0.5, 1)), 0.5),
        (Target(samples=(0.1, 0.3)), Target(value=0.2), 0.1),
        (Target(samples=(0.1, 0.3)), Target(samples=(0.3, 0.1, 0.1, 0.3)), 0),
        (Target(value=0.5), LOGIT, None),
        (LOGIT, LOGIT, None),
    ],
)
def test_the_distance_is_how_far_levels_have_to_be_moved(
    one: Target, other: Target, expected: float | None
) -> None:
    assert distance(one, other) == pytest.approx(expected, abs=0.004)


@given(targets, targets)
def test_it_is_the_same_from_both_sides_and_at_most_1(one: Target, other: Target) -> None:
    there, back = distance(one, other), distance(other, one)
    assert there is not None
    assert there == pytest.approx(back, abs=1e-12)
    assert 0 <= there <= 1
    assert abs(one.level - other.level) <= there + 1e-9
    assert distance(one, one) == pytest.approx(0)


def test_shares_are_of_all_weights_and_what_only_one_wants_is_there() -> None:
    one = wanting(care=Target(value=0.5, weight=3), fairness=Target(value=1))
    other = wanting(loyalty=Target(value=0.1), care=Target(value=0.5))
    found = {wish.attribute: wish for wish in wish_differences(one, other)}
    assert list(found) == ["care", "fairness", "loyalty"]
    care = found["care"]
    assert care.one is not None
    assert care.other is not None
    assert (care.one.share, care.other.share, care.distance) == (0.75, 0.5, 0)
    assert care.differs  # for it counts more for the one
    assert (found["fairness"].other, found["fairness"].distance) == (None, None)
    assert (found["loyalty"].one, found["loyalty"].distance) == (None, None)


def test_equal_profiles_differ_in_nothing() -> None:
    profile = wanting(care=Target(value=0.5), fairness=Target(range=(0, 1)))
    assert not any(wish.differs for wish in wish_differences(profile, profile))
    assert part_differences(profile, profile) == []


def test_other_parts_are_compared_boundaries_by_their_id() -> None:
    shared = Boundary(id="shared", rule="Same.")
    one = Profile(
        name="one",
        persona="You are a cook.",
        group=Group(name="Cooks", description="They cook."),
        boundaries=(shared, Boundary(id="b", rule="Old.", never_say=("x",))),
    )
    other = Profile(
        name="other",
        panel=(Person(story="A medic.", weight=2),),
        boundaries=(Boundary(id="b", rule="New."), shared, Boundary(id="c", rule="Third.")),
        escalate=Escalation(error_rate=0.1, confidence=0.9),
    )
    found = {part.part: (part.one, part.other) for part in part_differences(one, other)}
    assert found == {
        "persona": ("You are a cook.", None),
        "group": ("Cooks: They cook.", None),
        "panel": (None, "A medic. (weight 2)"),
        "boundary b": ("Old. Never say 'x'.", "New."),
        "boundary c": (None, "Third."),
        "escalation": (None, "error_rate 0.1, confidence 0.9"),
    }


# Decisions


def case(name: str, **values: float) -> Item:
    """A scenario with a choice of that care for each of `values`."""
    choices = tuple(
        Choice(id=choice, text=choice, values={"care": level}) for choice, level in values.items()
    )
    scenario = Scenario(id=name, context="A bridge.", question="What now?", choices=choices)
    return Item(name=name, scenario=scenario)


async def differences(
    workbench: Workbench, decider: str, items: list[Item], *profiles: Profile, at_once: int = 8
) -> list[DecisionDifference]:
    one, other = profiles
    found = decision_differences(items, workbench.decider(decider), (one, other), at_once)
    return [pair async for pair in found]


LOW, HIGH = wanting(care=Target(value=0)), wanting(care=Target(value=0.9))


@pytest.mark.parametrize("at_once", [1, 2, 8])
async def test_scenarios_are_decided_under_both_in_their_order(
    workbench: Workbench, at_once: int
) -> None:
    items = [case("x", a=0.1, b=0.9), case("y", a=0.6, b=0.7), case("z", a=0.9, b=0.91)]
    found = await differences(workbench, "oracle", items, LOW, HIGH, at_once=at_once)
    assert [pair.one.decision.scenario for pair in found] == ["x", "y", "z"]
    assert [(p.one.decision.choice, p.other.decision.choice) for p in found] == [("a", "b")] * 2 + [
        ("a", "a")
    ]
    assert [pair.differs for pair in found] == [True, True, False]


async def test_the_shift_is_the_total_variation_distance(workbench: Workbench) -> None:
    [pair] = await differences(workbench, "oracle", [case("x", a=0.1, b=0.9)], LOW, HIGH)
    one, other = pair.one.decision.probabilities, pair.other.decision.probabilities
    assert pair.shift == pytest.approx(sum(abs(one[c] - other[c]) for c in one) / 2)
    [same] = await differences(workbench, "oracle", [case("x", a=0.1, b=0.9)], LOW, LOW)
    assert (same.differs, same.shift) == (False, 0)


async def test_what_cannot_be_decided_has_no_shift(workbench: Workbench) -> None:
    items = [Item(name="gone", error=BadScenario("gone")), case("x", a=0.1, b=0.9)]
    gone, fine = await differences(workbench, "oracle", items, LOW, HIGH)
    assert (gone.shift, gone.differs, str(gone.one.error)) == (None, False, "gone")
    assert fine.differs


async def test_an_escalated_decision_differs_from_one_that_is_made(workbench: Workbench) -> None:
    unsure = LOW.model_copy(update={"escalate": Escalation(min_confidence=1.0)})
    [pair] = await differences(workbench, "oracle", [case("x", a=0.4, b=0.5)], LOW, unsure)
    assert (pair.differs, pair.shift) == (True, 0)


async def test_a_decider_that_cannot_work_with_one_of_them_is_told(workbench: Workbench) -> None:
    cook = Profile(name="cook", persona="You are a cook.")
    items: list[Any] = [case("x", a=0.1, b=0.9)]
    with pytest.raises(UsageError, match="needs a profile with targets"):
        await differences(workbench, "oracle", items, LOW, cook)
