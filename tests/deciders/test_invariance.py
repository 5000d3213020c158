"""Every decider but `first` decides alike in whatever order the choices are listed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import BadScenario
from alignkit.library import Library
from alignkit.schema import Decision, Profile, Scenario
from alignkit.testing import FakeModel, FakeSettings
from alignkit.testing.strategies import profiles, scenarios

LIBRARY = Library()
ATTRIBUTES = [LIBRARY.attributes[name] for name in ("care", "fairness", "risk_aversion")]
SPECS: list[tuple[str, dict[str, Any]]] = [
    *(("baseline", {}), ("instructed", {}), ("instructed", {"reasoning": True})),
    *(("direct_regression", {}), ("comparative_regression", {}), ("oracle", {}), ("random", {})),
]
deciders = pytest.mark.parametrize(
    ("name", "given"), SPECS, ids=[f"{a}{b or ''}" for a, b in SPECS]
)
some = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(name: str, given: dict[str, Any], model: FakeModel | None = None) -> Decider:
    """The decider with these settings, its fields limited to those it has."""
    kind = DECIDERS.load(name)
    known = {key: value for key, value in given.items() if key in kind.settings_type.model_fields}
    return kind(model or FakeModel(), kind.settings_type.model_validate(known))


def same(one: Decision, two: Decision, scenario: Scenario) -> None:
    """Fails where two decisions differ in more than the order of the choices."""
    for field in ("scenario", "profile", "decider", "model", "outcome", "choice", "explanation"):
        assert getattr(one, field) == getattr(two, field), field
    assert one.reason == two.reason
    assert two.probabilities == pytest.approx(one.probabilities, abs=1e-9)
    assert list(two.probabilities) == list(scenario.choice_ids)
    assert two.confidence == pytest.approx(one.confidence, abs=1e-9)
    if one.order_shift is None:
        assert two.order_shift is None
    else:
        assert two.order_shift == pytest.approx(one.order_shift, abs=1e-9)
    assert two.estimates.keys() == one.estimates.keys()
    for choice, levels in one.estimates.items():
        for name, level in levels.items():
            assert two.estimates[choice][name].mean == pytest.approx(level.mean, abs=1e-9)
            assert two.estimates[choice][name].sd == pytest.approx(level.sd, abs=1e-9)
    assert two.evidence.excluded == one.evidence.excluded
    assert two.evidence.templates == one.evidence.templates
    assert len(two.evidence.calls) == len(one.evidence.calls)
    assert two.usage == one.usage
    if one.evidence.distances is not None:
        assert two.evidence.distances == pytest.approx(one.evidence.distances, abs=1e-9)


def sound(decision: Decision, scenario: Scenario) -> None:
    """Fails where a decision is not one that anybody could act on."""
    assert decision.outcome in {"decided", "escalated"}
    assert list(decision.probabilities) == list(scenario.choice_ids)
    assert sum(decision.probabilities.values()) == pytest.approx(1, abs=1e-9)
    assert min(decision.probabilities.values()) >= 0
    assert 0 <= decision.confidence <= 1
    assert decision.choice not in decision.evidence.excluded
    assert 0 <= (decision.order_shift or 0) <= 1
    if decision.choice is not None and not decision.decider.startswith("random"):
        best = max(decision.probabilities.values())
        assert decision.probabilities[decision.choice] == pytest.approx(best, abs=1e-12)


async def check(
    decider: Decider, scenario: Scenario, profile: Profile, data: st.DataObject
) -> None:
    """Decides a scenario and one with its choices in another order, and compares."""
    turned = scenario.model_copy(
        update={"choices": tuple(data.draw(st.permutations(scenario.choices)))}
    )
    try:
        one = await decider.decide(scenario, profile)
    except BadScenario:  # the oracle without true values; then it is so in any order
        with pytest.raises(BadScenario):
            await decider.decide(turned, profile)
        return
    sound(one, scenario)
    same(one, await decider.decide(turned, profile), turned)


@deciders
@some
@given(st.data())
async def test_any_scenario_under_any_profile(
    name: str, given: dict[str, Any], data: st.DataObject
) -> None:
    scenario = data.draw(scenarios(ATTRIBUTES, max_choices=6))
    profile = data.draw(profiles(ATTRIBUTES))
    model = FakeModel(FakeSettings(seed=data.draw(st.integers(0, 9))))
    await check(made(name, given, model), scenario, profile, data)


@deciders
@some
@given(st.data())
async def test_many_choices_that_are_decided_in_rounds_or_groups(
    name: str, given: dict[str, Any], data: st.DataObject
) -> None:
    scenario = data.draw(scenarios(ATTRIBUTES[:1], min_choices=5, max_choices=12))
    profile = Profile.model_validate({"name": "p", "targets": {"care": data.draw(st.floats(0, 1))}})
    in_view = data.draw(st.integers(2, 4))
    await check(made(name, {**given, "in_view": in_view}), scenario, profile, data)


@deciders
@pytest.mark.parametrize("pinned", [(), (2,), (0, 1, 2)])
async def test_every_order_of_three_choices(
    name: str, given: dict[str, Any], pinned: tuple[int, ...]
) -> None:
    scenario = LIBRARY.scenarios["water-tankers"]
    choices = [
        choice.model_copy(update={"pinned": place in pinned})
        for place, choice in enumerate(scenario.choices)
    ]
    profile = LIBRARY.profiles["utilitarian-medic"].model_copy(
        update={
            "targets": {"utilitarianism": LIBRARY.profiles["mixed-panel"].targets["utilitarianism"]}
        }
    )
    decider = made(name, given)
    first = await decider.decide(scenario.model_copy(update={"choices": tuple(choices)}), profile)
    sound(first, scenario)
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        turned = scenario.model_copy(update={"choices": tuple(choices[i] for i in order)})
        same(first, await decider.decide(turned, profile), turned)


@deciders
async def test_choices_that_are_equally_near_are_told_in_a_fixed_order(
    name: str, given: dict[str, Any]
) -> None:
    scenario = LIBRARY.scenarios["water-tankers"]
    values = [{"care": 0.5}, {"care": 0.9}, {"care": 0.7}]
    choices = [
        choice.model_copy(update={"values": value})
        for choice, value in zip(scenario.choices, values, strict=True)
    ]
    profile = Profile.model_validate({"name": "p", "targets": {"care": {"range": [0.0, 1.0]}}})
    decider = made(
        name,
        given,
        FakeModel(script=lambda request: dict.fromkeys(request.question.option_ids, 1.0)),
    )
    decisions = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        turned = scenario.model_copy(update={"choices": tuple(choices[i] for i in order)})
        decisions.append(await decider.decide(turned, profile))
        same(decisions[0], decisions[-1], turned)
    if name != "random":
        assert decisions[0].reason == "the likeliest choices are exactly tied"


async def test_first_alone_depends_on_the_order() -> None:
    scenario = LIBRARY.scenarios["leg-or-chest"]
    turned = scenario.model_copy(update={"choices": scenario.choices[::-1]})
    decider = made("first", {})
    assert (await decider.decide(scenario)).choice == "treat-carpenter"
    assert (await decider.decide(turned)).choice == "treat-plumber"


def test_no_decider_is_forgotten_here() -> None:
    assert {name for name, _ in SPECS} | {"first"} == set(DECIDERS.names())
