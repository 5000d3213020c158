"""Labelled examples in the prompts of regressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.deciders.shots import ShotSettings
from alignkit.errors import BadScenario, UsageError
from alignkit.examples import Pool, Selector
from alignkit.models.protocols import Model
from alignkit.schema import Attribute, Choice, Profile, Request, Scenario
from alignkit.testing import FakeModel

Taught = Callable[..., Decider]


def scene(name: str, context: str, *levels: float) -> Scenario:
    """A labelled scenario with one choice for each level of haste."""
    choices = tuple(
        Choice(id=f"{name}-{n}", text=f"{name.title()} at pace {n}", values={"haste": level})
        for n, level in enumerate(levels)
    )
    return Scenario(id=name, context=context, question="How do you go?", choices=choices)


FIRE = scene("fire", "The house on the hill burns and the well is dry.", 0.0, 1.0)
FLOOD = scene("flood", "The river has left its bed and rises to the mill.", 0.25, 0.75)
SNOW = scene("snow", "Deep snow lies on the pass and the sledge is heavy.", 0.5, 1.0)
BURN = scene("burn", "The barn on the hill burns; the pond is full of water.", 0.0, 0.5)
POOL = Pool([FIRE, FLOOD, SNOW, BURN])
RUSH = Profile.model_validate({"name": "p", "targets": {"haste": 1}})
METHODS = ("direct_regression", "comparative_regression", "relevance_weighted")
methods = pytest.mark.parametrize("name", METHODS)


def from_pool(settings: Any) -> Selector | None:
    """What picks from the pool, where examples are wanted."""
    return Selector(POOL, settings) if getattr(settings, "shots", 0) else None


@pytest.fixture
def taught(attributes: dict[str, Attribute]) -> Taught:
    """Makes deciders that may show examples of the pool."""

    def make(name: str, model: Model, /, **settings: Any) -> Decider:
        kind = DECIDERS.load(name)
        chosen = kind.settings_type.model_validate(settings)
        return kind(model, chosen, attributes=attributes, selecting=from_pool)

    return make


def shown(request: Request) -> list[str]:
    """Which scenarios stand as examples in a prompt, in their order."""
    examples = re.findall(r"<example>\n(.*?)</example>", request.prompt.text("user"), re.DOTALL)
    contexts = {one.context: one.id for one in POOL}
    return [contexts[text.split("\n")[1]] for text in examples]


def levels(model: FakeModel) -> list[Request]:
    """The requests about levels."""
    return [request for request in model.requests if request.question.type == "score"]


def test_the_three_regressions_can_show_examples() -> None:
    found = [
        name
        for name in DECIDERS.names()
        if issubclass(DECIDERS.load(name).settings_type, ShotSettings)
    ]
    assert sorted(found) == sorted(METHODS)


@methods
async def test_examples_stand_before_the_scenario_but_never_the_scenario_itself(
    taught: Taught, name: str
) -> None:
    model = FakeModel()
    decision = await taught(name, model, shots=2).decide(FIRE, RUSH)
    found = {tuple(shown(request)) for request in levels(model)}
    assert len(found) == 1
    [ids] = found
    assert len(ids) == 2
    assert "fire" not in ids
    for request in levels(model):
        said = request.prompt.text("user")
        assert said.startswith("Attribute: Haste\n")
        assert said.index("</example>") < said.index(f"{FIRE.context}\n")
        assert said.count(FIRE.context) == 1
    [worked] = decision.evidence.examples.values()
    assert list(decision.evidence.examples) == ["haste"]
    assert [one.scenario for one in worked] == list(ids)
    assert all(one.similarity is not None for one in worked)


@methods
async def test_an_example_says_the_level_of_each_of_its_choices(taught: Taught, name: str) -> None:
    model = FakeModel()
    await taught(name, model, shots=3).decide(FIRE, RUSH)
    said = levels(model)[0].prompt.text("user")
    assert "<choice>\nFlood at pace 1\n</choice>\nLevel: 4 = much haste\n" in said
    assert "<choice>\nBurn at pace 0\n</choice>\nLevel: 1 = no haste\n" in said


@methods
async def test_without_examples_the_prompts_are_the_plain_ones(taught: Taught, name: str) -> None:
    plain, few = FakeModel(), FakeModel()
    decisions = [await taught(name, plain).decide(FIRE, RUSH)]
    decisions.append(await taught(name, few, shots=1).decide(FIRE, RUSH))
    used = [{one.name for one in decision.evidence.templates} for decision in decisions]
    base = "comparative_regression" if name == "comparative_regression" else "direct_regression"
    assert base in used[0]
    assert f"{base}_few" in used[1]
    assert f"{base}_few" not in used[0]
    assert base not in used[1]
    assert decisions[0].evidence.examples == {}
    assert [one.question for one in plain.requests] == [one.question for one in few.requests]


async def test_the_nearest_example_stands_last_or_first(taught: Taught) -> None:
    for nearest_last in (True, False):
        model = FakeModel()
        settings = {"shots": 3, "selection": "similar", "nearest_last": nearest_last}
        await taught("direct_regression", model, **settings).decide(FIRE, RUSH)
        assert shown(model.requests[0])[-1 if nearest_last else 0] == "burn"


async def test_every_attribute_has_its_own_examples(taught: Taught) -> None:
    profile = Profile.model_validate({"name": "p", "targets": {"haste": 1, "care": 0}})
    with pytest.raises(BadScenario, match="None of the 4 examples has a value of 'care'"):
        await taught("direct_regression", FakeModel(), shots=1).decide(FIRE, profile)


@methods
async def test_examples_need_a_place_to_come_from(
    attributes: dict[str, Attribute], name: str
) -> None:
    kind = DECIDERS.load(name)
    settings = kind.settings_type.model_validate({"shots": 2})
    with pytest.raises(UsageError) as caught:
        await kind(FakeModel(), settings, attributes=attributes).decide(FIRE, RUSH)
    assert str(caught.value) == (
        "2 examples are asked for, but not where to take them from. "
        "Set examples=FILE or examples=FORMAT:PATH."
    )


async def test_more_examples_than_may_be_shown_are_refused(taught: Taught) -> None:
    with pytest.raises(UsageError, match="4 examples of 'haste' are asked for, but only 3"):
        await taught("direct_regression", FakeModel(), shots=4).decide(FIRE, RUSH)


async def test_members_of_an_ensemble_show_their_own_examples(taught: Taught) -> None:
    model = FakeModel()
    members = "direct_regression?shots=2,comparative_regression"
    decision = await taught("ensemble", model, members=members).decide(FIRE, RUSH)
    counts = [len(shown(request)) for request in levels(model)]
    assert sorted(counts) == [0] * 4 + [2] * 2
    assert [len(one) for one in decision.evidence.examples.values()] == [2]
