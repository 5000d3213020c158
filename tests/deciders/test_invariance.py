"""Every decider but `first` decides alike in whatever order the choices are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import BadScenario
from alignkit.library import Library
from alignkit.prompts import Prompts
from alignkit.schema import (
    Choice,
    Decision,
    Person,
    PredicateQuestion,
    Profile,
    Prompt,
    Request,
    Scenario,
    Segment,
)
from alignkit.testing import FakeModel, FakeSettings
from alignkit.testing.strategies import profiles, scenarios, texts

if TYPE_CHECKING:
    from alignkit.models.llama import LlamaModel

LIBRARY, PROMPTS = Library(), Prompts()
ATTRIBUTES = [LIBRARY.attributes[name] for name in ("care", "fairness", "risk_aversion")]
SPECS: list[tuple[str, dict[str, Any]]] = [
    *(("baseline", {}), ("baseline", {"exchange_names": True}), ("random", {}), ("oracle", {})),
    *(
        ("instructed", {}),
        ("instructed", {"reasoning": True}),
        ("instructed", {"relevant_from": 1}),
    ),
    *(("direct_regression", {}), ("direct_regression", {"exchange_names": True, "most_twins": 2})),
    *(("direct_regression", {"outcomes": True}), ("direct_regression", {"focus": True})),
    *(("comparative_regression", {}), ("comparative_regression", {"alignment": "kde_likely"})),
    *(("chooser_judge", {}), ("chooser_judge", {"ask": "trait", "focus": False})),
    *(("statement_judge", {}), ("statement_judge", {"both_ends": False, "focus": True})),
    *(("most_and_least", {}), ("value_judge", {}), ("value_judge", {"weigh_relevance": False})),
    *(("relevance_weighted", {}), ("relevance_weighted", {"binary": True}), ("staged", {})),
    *(("contrastive", {}), ("contrastive", {"against": "plain", "strength": 2})),
    ("self_consistency", {"positive": 4, "negative": 3, "seed": 1}),
    ("self_consistency", {"positive": 4, "rule": "majority", "reasoning": True}),
    *(("persona", {}), ("persona", {"against": "plain", "view": "first", "people": 2})),
    ("ensemble", {}),
    ("ensemble", {"members": "staged,most_and_least?softness=1,random", "exchange_names": True}),
]
deciders = pytest.mark.parametrize(
    ("name", "given"), SPECS, ids=[f"{a}{b or ''}" for a, b in SPECS]
)
some = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(name: str, given: dict[str, Any], model: FakeModel | None = None) -> Decider:
    """The decider with these settings, its fields limited to those it has."""
    kind = DECIDERS.load(name)
    known = {key: value for key, value in given.items() if key in kind.settings_type.model_fields}
    settings = kind.settings_type.model_validate(known)
    model = model or FakeModel(prompts=PROMPTS)
    return kind(model, settings, attributes=LIBRARY.attributes, prompts=PROMPTS)


def near(one: Any) -> Any:
    """Equal but for rounding; None is equal to None only."""
    return one if one is None else pytest.approx(one, abs=1e-9)


def same(one: Decision, two: Decision, scenario: Scenario) -> None:
    """Fails where two decisions differ in more than the order of the choices."""
    for field in ("scenario", "profile", "decider", "model", "outcome", "choice", "explanation"):
        assert getattr(one, field) == getattr(two, field), field
    assert one.reason == two.reason
    assert two.probabilities == pytest.approx(one.probabilities, abs=1e-9)
    assert list(two.probabilities) == list(scenario.choice_ids)
    assert two.confidence == pytest.approx(one.confidence, abs=1e-9)
    assert two.order_shift == near(one.order_shift)
    assert two.name_shift == near(one.name_shift)
    assert two.estimates.keys() == one.estimates.keys()
    for choice, levels in one.estimates.items():
        for name, level in levels.items():
            assert two.estimates[choice][name].mean == pytest.approx(level.mean, abs=1e-9)
            assert two.estimates[choice][name].sd == pytest.approx(level.sd, abs=1e-9)
    assert two.evidence.excluded == one.evidence.excluded
    assert two.evidence.templates == one.evidence.templates
    assert len(two.evidence.calls) == len(one.evidence.calls)
    assert two.usage == one.usage
    assert two.evidence.generations == one.evidence.generations
    for field in ("temperature", "relevance", "weighed_by", "votes", "weights"):
        assert getattr(two.evidence, field) == near(getattr(one.evidence, field)), field
    assert (one.evidence.costs is None) is (two.evidence.costs is None)
    for choice, row in (one.evidence.costs or {}).items():
        assert (two.evidence.costs or {})[choice] == near(row)


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
    people = st.builds(
        Person,
        story=texts(),
        weight=st.floats(0.1, 10),
        values=st.dictionaries(st.sampled_from([one.name for one in ATTRIBUTES]), st.floats(0, 1)),
    )
    panel = data.draw(st.lists(people, max_size=3).map(tuple))
    profile = profile.model_copy(update={"panel": panel})
    model = FakeModel(FakeSettings(seed=data.draw(st.integers(0, 9))), prompts=PROMPTS)
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
        FakeModel(
            script=lambda request: dict.fromkeys(request.question.option_ids, 1.0), prompts=PROMPTS
        ),
    )
    decisions = []
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        turned = scenario.model_copy(update={"choices": tuple(choices[i] for i in order)})
        decisions.append(await decider.decide(turned, profile))
        same(decisions[0], decisions[-1], turned)
    if name not in {"random", "self_consistency"}:  # these draw
        assert decisions[0].reason == "the likeliest choices are exactly tied"


FOUR = Scenario(
    id="four",
    context="The boat holds one more.",
    question="Who comes along?",
    choices=tuple(
        Choice(id=name, text=f"Take Patient {name} and the {thing} along", values={"care": level})
        for name, thing, level in (
            *(("D", "dog", 0.2), ("A", "oars", 0.9)),
            *(("C", "radio", 0.4), ("B", "bread", 0.7)),
        )
    ),
)
CARE = Profile.model_validate({"name": "p", "targets": {"care": 0.8}})
exchanging = pytest.mark.parametrize(
    ("name", "given"), [one for one in SPECS if one[0] not in {"oracle", "random"}]
)


@exchanging
@pytest.mark.parametrize("entities", [(), ("Patient C", "Patient A", "Patient B")])
@pytest.mark.parametrize("most", [3, 12])
async def test_names_are_exchanged_alike_in_every_order(
    name: str, given: dict[str, Any], entities: tuple[str, ...], most: int
) -> None:
    scenario = FOUR.model_copy(update={"entities": entities})
    decider = made(name, {**given, "exchange_names": True, "most_twins": most})
    one = await decider.decide(scenario, CARE)
    assert one.name_shift is not None
    for order in ((3, 2, 1, 0), (1, 0, 3, 2), (2, 0, 1, 3)):
        choices = tuple(FOUR.choices[place] for place in order)
        turned = scenario.model_copy(update={"choices": choices})
        same(one, await decider.decide(turned, CARE), turned)


REAL: list[tuple[str, dict[str, Any]]] = [
    *(
        (name, {})
        for name in DECIDERS.names()
        if name not in {"staged", "self_consistency", "first"}
    ),
    ("staged", {"facts": 2}),
    ("instructed", {"reasoning": True, "reasoning_length": 80}),
    ("self_consistency", {"positive": 3, "negative": 2}),
    ("baseline", {"exchange_names": True, "most_twins": 2}),
]
BOAT = Scenario(
    id="boat",
    context="The boat is full. Ann is old, Ben is strong, Cleo is ill.",
    question="Who may stay?",
    choices=tuple(
        Choice(id=name, text=f"{name} stays", values={"care": level})
        for name, level in (("Cleo", 0.9), ("Ann", 0.7), ("Ben", 0.2))
    ),
    entities=("Ann", "Ben", "Cleo"),
)


@pytest.mark.real_model
@pytest.mark.parametrize(("name", "given"), REAL, ids=[f"{a}{b or ''}" for a, b in REAL])
async def test_no_order_matters_to_a_real_model(
    small_model: LlamaModel, name: str, given: dict[str, Any]
) -> None:
    kind = DECIDERS.load(name)
    decider = kind(small_model, kind.settings_type.model_validate(given))
    turned = BOAT.model_copy(update={"choices": BOAT.choices[::-1]})
    one = await decider.decide(BOAT, CARE)
    sound(one, BOAT)
    question = PredicateQuestion(instructions="Is it late?")
    segment = Segment(
        role="user", depends="nothing", text="Something else, so that it is read anew."
    )
    await small_model.answer([Request(prompt=Prompt(segments=(segment,)), question=question)])
    two = await decider.decide(turned, CARE)
    assert (two.outcome, two.choice) == (one.outcome, one.choice)
    assert two.probabilities == pytest.approx(one.probabilities, abs=1e-3)
    assert list(two.probabilities) == list(turned.choice_ids)
    for choice, levels in one.estimates.items():
        found = two.estimates[choice]["care"]
        assert (found.mean, found.sd) == pytest.approx(
            (levels["care"].mean, levels["care"].sd), abs=1e-3
        )


async def test_first_alone_depends_on_the_order() -> None:
    scenario = LIBRARY.scenarios["leg-or-chest"]
    turned = scenario.model_copy(update={"choices": scenario.choices[::-1]})
    decider = made("first", {})
    assert (await decider.decide(scenario)).choice == "treat-carpenter"
    assert (await decider.decide(turned)).choice == "treat-plumber"


def test_no_decider_is_forgotten_here() -> None:
    assert {name for name, _ in SPECS} | {"first"} == set(DECIDERS.names())
