"""Several deciders as one: a product of experts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from alignkit.deciders.ensemble import EnsembleSettings
from alignkit.deciders.making import named
from alignkit.errors import InvalidSetting, UnknownName
from alignkit.schema import Choice, Profile, Request, Scenario
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

FIRE = Scenario(
    id="fire",
    context="The house is on fire.",
    question="How do you go?",
    choices=tuple(
        Choice(id=text, text=text, values={"haste": level})
        for text, level in (("walk", 0.25), ("ride", 0.75))
    ),
)
RUSH = Profile.model_validate({"name": "p", "targets": {"haste": 1}})
PLAIN, TOLD, ORACLE = (0.8, 0.2), (0.4, 0.6), (1 / (1 + math.exp(5)), 1 / (1 + math.exp(-5)))


def script(request: Request) -> Mapping[str, float]:
    """Chooses by itself and under a profile as above, and sees the middle level everywhere."""
    if request.question.type == "score":
        return {str(n): float(n == 3) for n in range(1, 6)}
    if request.question.type == "predicate":
        return {"yes": 0.75, "no": 0.25}
    told = "Haste" in request.prompt.text("system")
    return dict(zip(FIRE.choice_ids, TOLD if told else PLAIN, strict=True))


def pooled(*parts: tuple[tuple[float, float], float]) -> Any:
    """The weighted product of distributions, for comparisons."""
    weights = [math.prod(one[n] ** weight for one, weight in parts) for n in range(2)]
    shares = [weight / sum(weights) for weight in weights]
    return pytest.approx(dict(zip(FIRE.choice_ids, shares, strict=True)))


async def test_members_are_multiplied_with_equal_weights(made: Made) -> None:
    model = FakeModel(script=script)
    decider = made("ensemble", model, members="baseline,instructed")
    decision = await decider.decide(FIRE, RUSH)
    assert decision.probabilities == pooled((PLAIN, 0.5), (TOLD, 0.5))
    assert decision.evidence.weights == {"baseline": 0.5, "instructed": 0.5}
    assert len(model.requests) == decision.usage.calls == 4
    assert decision.evidence.costs is None
    assert decision.order_shift == pytest.approx(0, abs=1e-9)
    assert decision.explanation == (
        "Chosen with 62% by baseline (0.50), instructed (0.50) together.\n'walk'."
    )


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.25, 0.75), (2.0, 2.0), (0.0, 3.0)])
async def test_the_sum_of_the_weights_is_kept(made: Made, weights: tuple[float, float]) -> None:
    members = ("baseline", "instructed")
    decider = made("ensemble", FakeModel(script=script), members=members, weights=weights)
    decision = await decider.decide(FIRE, RUSH)
    assert decision.probabilities == pooled((PLAIN, weights[0]), (TOLD, weights[1]))
    assert decision.evidence.weights == dict(zip(members, weights, strict=True))


async def test_costs_are_summed_where_all_members_have_them(made: Made) -> None:
    members = ("oracle", "oracle?temperature=0.5")
    decider = made("ensemble", FakeModel(script=script), members=members, weights=(0.75, 0.5))
    decision = await decider.decide(FIRE, RUSH)
    expected = {
        text: (0.75 / 0.1 + 0.5 / 0.5) * cost for text, cost in {"walk": 0.75, "ride": 0.25}.items()
    }
    assert decision.evidence.costs is not None
    assert decision.evidence.temperature == 1
    for text, cost in expected.items():
        assert decision.evidence.costs[text] == pytest.approx({"haste": cost})
    odds = math.exp(expected["walk"] - expected["ride"])
    assert decision.probabilities["ride"] == pytest.approx(odds / (1 + odds))


async def test_one_member_without_costs_is_enough_to_have_none(made: Made) -> None:
    decider = made("ensemble", FakeModel(script=script), members="oracle,baseline")
    decision = await decider.decide(FIRE, RUSH)
    assert (decision.evidence.costs, decision.evidence.temperature) == (None, None)
    assert decision.probabilities == pooled((ORACLE, 0.5), (PLAIN, 0.5))


async def test_estimates_are_those_of_the_members_that_estimate_mixed(made: Made) -> None:
    decider = made(
        "ensemble", FakeModel(script=script), members="oracle,baseline,direct_regression"
    )
    decision = await decider.decide(FIRE, RUSH)
    found = decision.estimates["ride"]["haste"]
    assert found.mean == pytest.approx((0.75 + 0.5) / 2)
    assert found.sd == pytest.approx(0.125)  # both are sure, and an eighth from their mean


async def test_members_have_settings_of_their_own(made: Made) -> None:
    members = ("contrastive?against=plain", "direct_regression?also=care")
    decider = made("ensemble", FakeModel(script=script), members=members)
    decision = await decider.decide(FIRE, RUSH)
    assert set(decision.estimates["ride"]) == {"haste", "care"}
    contrast = tuple(told / plain for told, plain in zip(TOLD, PLAIN, strict=True))
    assert decision.probabilities == pooled((contrast, 0.5), ((1, 1), 0.5))  # type: ignore[arg-type]
    assert [one.name for one in decider.attributes_for(RUSH)] == ["haste", "care"]


async def test_a_member_exchanges_names_where_its_settings_say_so(made: Made) -> None:
    names = FIRE.model_copy(
        update={
            "choices": (Choice(id="walk", text="Wake Ann"), Choice(id="ride", text="Wake Ben")),
            "entities": ("Ann", "Ben"),
        }
    )
    model = FakeModel()
    members = "baseline?exchange_names=true,instructed"
    decision = await made("ensemble", model, members=members).decide(names, RUSH)
    plain = [one for one in model.requests if "Haste" not in one.prompt.text("system")]
    assert (len(plain), len(model.requests)) == (4, 6)
    alone = await made("baseline", FakeModel(), exchange_names=True).decide(names, RUSH)
    assert decision.name_shift == alone.name_shift is not None


async def test_what_a_member_reasoned_is_told(made: Made) -> None:
    decider = made("ensemble", FakeModel(), members="baseline,instructed?reasoning=true")
    decision = await decider.decide(FIRE, RUSH)
    [generation] = decision.evidence.generations
    assert isinstance(generation.output, dict)
    assert decision.explanation.endswith(f"\nReasoning: {generation.output['reasoning']}")


async def test_the_defaults_are_three_different_methods(made: Made) -> None:
    decision = await made("ensemble", FakeModel(script=script)).decide(FIRE, RUSH)
    assert decision.evidence.weights == pytest.approx(
        dict.fromkeys(("chooser_judge", "direct_regression", "contrastive"), 1 / 3)
    )
    kinds = {one.question.type for one in decision.evidence.calls}
    assert kinds == {"score", "predicate", "choice"}


async def test_a_member_can_have_a_list_among_its_settings(made: Made) -> None:
    member = "chooser_judge?ask=trait,person"
    decider = made("ensemble", FakeModel(), members=["baseline", member])
    assert decider.label == "ensemble?members=baseline,chooser_judge?ask=trait%252Cperson"
    found = named(decider.label)
    assert isinstance(found.settings, EnsembleSettings)
    assert [named(one).settings for one in found.settings.members] == [
        named(one).settings for one in ("baseline", member)
    ]


async def test_no_ensemble_is_a_member(made: Made) -> None:
    decider = made("ensemble", FakeModel(), members="baseline,ensemble")
    with pytest.raises(InvalidSetting, match="cannot be a member of an ensemble"):
        await decider.decide(FIRE, RUSH)


async def test_an_unknown_member_is_told(made: Made) -> None:
    decider = made("ensemble", FakeModel(), members="baseline,instructd")
    with pytest.raises(UnknownName, match="Did you mean 'instructed'"):
        await decider.decide(FIRE, RUSH)
    decider = made("ensemble", FakeModel(), members="baseline,instructed?strength=2")
    with pytest.raises(InvalidSetting, match=r"'instructed': strength: there is no such setting\."):
        await decider.decide(FIRE, RUSH)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"members": "baseline"}, "at least 2 items"),
        ({"members": "baseline,random", "weights": "1"}, "2 members but 1 weights"),
        ({"members": "baseline,random", "weights": "0,0"}, "at least one weight must be above 0"),
        ({"members": "baseline,random", "weights": "1,-1"}, "greater than or equal to 0"),
        ({"members": "baseline,random", "weights": "1,inf"}, "finite number"),
        ({"members": "baseline,random", "weights": "1,x"}, "valid number"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EnsembleSettings.model_validate(settings)


def test_an_ensemble_is_named_in_one_line() -> None:
    spec = "ensemble?members=baseline,contrastive?strength=2%26against=plain&weights=1,0.5"
    found = named(spec)
    assert found.settings == EnsembleSettings(
        members=("baseline", "contrastive?strength=2&against=plain"), weights=(1.0, 0.5)
    )
