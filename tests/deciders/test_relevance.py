"""Of many targets only those that matter in a scenario are put before the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.settings import AskingSettings
from alignkit.schema import Choice, Decision, Profile, Request, Scenario
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

NAMES = ("haste", "care", "calm", "pride", "order", "thrift")
FIRE = Scenario(
    id="fire",
    context="The house is on fire.",
    question="How do you go?",
    choices=tuple(
        Choice(id=text, text=text, values=dict.fromkeys(NAMES, level))
        for text, level in (("walk", 0.25), ("ride", 0.75))
    ),
)
SIX = Profile.model_validate(
    {
        "name": "p",
        "targets": dict.fromkeys(NAMES, 1),
        "boundaries": [{"id": "b", "rule": "Never walk on glass."}],
        "escalate": {"min_confidence": 0.0},
    }
)
MATTERS = {"haste": 0.9, "care": 0.6, "calm": 0.5, "pride": 0.4, "order": 0.2, "thrift": 0.1}
ASKING = [
    name
    for name in DECIDERS.names()
    if issubclass(DECIDERS.load(name).settings_type, AskingSettings)
]


class Judge(FakeModel):
    """Finds attributes so relevant as told; all else is made up."""

    def __init__(self, matters: Mapping[str, float] = MATTERS) -> None:
        super().__init__(script=self.script)
        self.matters = matters

    def script(self, request: Request) -> Mapping[str, float]:
        if asks_relevance(request):
            share = self.matters[re.findall(r"Attribute: (\w+)", said(request))[0].lower()]
            return {"yes": share, "no": 1 - share}
        if "rule?" in request.question.instructions:
            return {"yes": 0, "no": 1}
        return self._hashed(request, [said(request)])


def said(request: Request) -> str:
    """All that the model reads before the options."""
    prompt = request.prompt
    return f"{prompt.text('system')}{prompt.text('user')}[{request.question.instructions}]"


def asks_relevance(request: Request) -> bool:
    """Whether it is asked if an attribute matters."""
    return request.question.instructions == "Do the choices differ in this attribute?"


def named_after(decision: Decision) -> set[str]:
    """The attributes that are named in any prompt but those about relevance."""
    asked = [
        f"{call.prompt.text('system')}{call.prompt.text('user')}"
        for call in decision.evidence.calls
        if call.question.instructions != "Do the choices differ in this attribute?"
    ]
    return {
        name
        for name in NAMES
        if any(
            f"{name.capitalize()}:" in text or f": {name.capitalize()}\n" in text for text in asked
        )
    }


@pytest.mark.parametrize("name", ASKING)
async def test_only_relevant_targets_are_put_before_the_model(made: Made, name: str) -> None:
    model = Judge()
    given = {} if name != "relevance_weighted" else {"relevant_from": 6}
    decision = await made(name, model, **given).decide(FIRE, SIX)
    assert [one for one in model.requests if asks_relevance(one)] == model.requests[:6]
    assert not any(asks_relevance(one) for one in model.requests[6:])
    assert named_after(decision) == {"haste", "care"}
    assert decision.evidence.relevance == pytest.approx(MATTERS)
    assert list(decision.evidence.relevance or {}) == list(NAMES)
    if decision.estimates:
        assert set(decision.estimates["walk"]) == {"haste", "care"}
    assert [one.question.instructions[-27:] for one in model.requests[-2:]] == [
        "ing this choice break the rule?"[-27:]
    ] * 2


async def test_fewer_targets_are_all_used(made: Made) -> None:
    five = SIX.model_copy(update={"targets": dict(list(SIX.targets.items())[:5])})
    model = Judge()
    decision = await made("direct_regression", model).decide(FIRE, five)
    assert not any(map(asks_relevance, model.requests))
    assert decision.evidence.relevance is None
    assert set(decision.estimates["walk"]) == set(NAMES[:5])


@pytest.mark.parametrize(("start", "asked"), [(0, False), (1, True), (6, True), (7, False)])
async def test_the_number_of_targets_from_which_on_is_a_setting(
    made: Made,
    start: int,
    asked: bool,  # noqa: FBT001
) -> None:
    decision = await made("instructed", Judge(), relevant_from=start).decide(FIRE, SIX)
    assert (decision.evidence.relevance is not None) is asked


@pytest.mark.parametrize(
    ("above", "kept"),
    [(0.0, set(NAMES)), (0.3, {"haste", "care", "calm", "pride"}), (0.6, {"haste"})],
)
async def test_how_sure_the_model_must_be_is_a_setting(
    made: Made, above: float, kept: set[str]
) -> None:
    decision = await made("direct_regression", Judge(), relevant_above=above).decide(FIRE, SIX)
    assert set(decision.estimates["walk"]) == kept


async def test_one_target_is_always_kept(made: Made) -> None:
    low = {name: share / 10 for name, share in MATTERS.items()}
    decision = await made("direct_regression", Judge(low)).decide(FIRE, SIX)
    assert set(decision.estimates["walk"]) == {"haste"}
    assert decision.evidence.relevance == pytest.approx(low)


async def test_a_single_target_is_kept_however_irrelevant(made: Made) -> None:
    one: dict[str, Any] = {"name": "p", "targets": {"thrift": 1}}
    decider = made("instructed", Judge(), relevant_from=1)
    decision = await decider.decide(FIRE, Profile.model_validate(one))
    assert decision.evidence.relevance == pytest.approx({"thrift": 0.1})
    assert "Thrift" in decision.explanation


async def test_relevance_is_asked_once_for_all_twins(made: Made) -> None:
    scenario = FIRE.model_copy(
        update={"context": "Ann runs. Ben hides.", "entities": ("Ann", "Ben")}
    )
    model = Judge()
    decision = await made("instructed", model, exchange_names=True).decide(scenario, SIX)
    assert decision.name_shift is not None
    assert sum(map(asks_relevance, model.requests)) == 6


async def test_the_prompt_about_relevance_shows_the_choices(made: Made) -> None:
    model = Judge()
    await made("instructed", model).decide(FIRE, SIX)
    text = said(model.requests[0])
    assert "The house is on fire." in text
    assert "<choices>\n- ride\n- walk\n</choices>" in text
    assert "glass" not in text


@pytest.mark.parametrize("name", ["baseline", "oracle", "random", "first"])
async def test_methods_that_ask_nothing_about_a_profile_do_not_ask_what_matters(
    made: Made, name: str
) -> None:
    model = Judge()
    decision = await made(name, model).decide(FIRE, SIX)
    assert not any(map(asks_relevance, model.requests))
    assert decision.evidence.relevance is None
