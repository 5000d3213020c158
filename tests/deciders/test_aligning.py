"""How estimates become a choice: the alignment function and its settings, through a decider."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from scipy.stats import norm

from alignkit.deciders.making import named
from alignkit.errors import BadScenario, InvalidSetting, UnknownName, UsageError
from alignkit.schema import Choice, Profile, Request, Scenario
from alignkit.testing import FakeModel

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

LEVELS = {
    "help": {"haste": 0.75, "care": 0.25, "medical_urgency": 0.25, "merit": 0.5},
    "wait": {"haste": 0.25, "care": 1.0, "medical_urgency": 0.75, "merit": 0.0},
    "call": {"haste": 0.5, "care": 0.5, "medical_urgency": 0.0, "merit": 1.0},
}
THREE = Scenario(
    id="three",
    context="The house is on fire.",
    question="What do you do?",
    choices=tuple(Choice(id=text, text=text, values=values) for text, values in LEVELS.items()),
)
TWO = THREE.model_copy(update={"choices": THREE.choices[:2]})
METHODS = ("direct_regression", "comparative_regression", "relevance_weighted", "oracle")
methods = pytest.mark.parametrize("name", METHODS)


def wish(**targets: Any) -> Profile:
    """A profile with these targets."""
    return Profile.model_validate({"name": "p", "targets": targets})


def knows(request: Request) -> Mapping[str, float]:
    """Sees every level as it is, and finds everything relevant."""
    if request.question.type == "predicate":
        return {"yes": 1, "no": 0}
    [text] = re.findall(r"<choice>\n(.*)\n", request.question.instructions)
    [title] = re.findall(r"Attribute: (.*)\n", request.prompt.text("user"))
    level = LEVELS[text][title.lower().replace(" ", "_")]
    return {str(n): float(n == 1 + round(4 * level)) for n in range(1, 6)}


def model() -> FakeModel:
    """A model that knows."""
    return FakeModel(script=knows)


@methods
async def test_kde_likely_by_hand(made: Made, name: str) -> None:
    decider = made(name, model(), alignment="kde_likely", bandwidth=0.1, boundary="none")
    decision = await decider.decide(THREE, wish(haste={"samples": [0.5, 0.7]}))
    density = {
        text: (norm.pdf(level["haste"], 0.5, 0.1) + norm.pdf(level["haste"], 0.7, 0.1)) / 2
        for text, level in LEVELS.items()
    }
    assert decision.probabilities == pytest.approx(
        {text: one / sum(density.values()) for text, one in density.items()}
    )
    assert decision.evidence.temperature == 1
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["help"]["haste"] == pytest.approx(-math.log(density["help"]))


@methods
async def test_the_midpoint_rule_estimates_what_competes_as_well(made: Made, name: str) -> None:
    asked = model()
    decider = made(name, asked, alignment="midpoint")
    decision = await decider.decide(TWO, wish(haste=0.6))
    assert set(decision.estimates["help"]) == {"haste", "medical_urgency"}
    assert [one.name for one in decider.attributes_for(wish(haste=0.6))] == [
        *("haste", "medical_urgency")
    ]
    # "wait" is more urgent by 0.5, "help" shows more haste by 0.5: the midpoint is 0.5.
    vote = 0.6 - 0.5
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["help"] == pytest.approx({"haste": (1 - vote) / 2})
    assert decision.evidence.costs["wait"] == pytest.approx({"haste": (1 + vote) / 2})
    assert decision.choice == "help"
    if asked.requests:
        about = {
            re.findall(r"Attribute: (.*)\n", one.prompt.text("user"))[0] for one in asked.requests
        }
        assert about == {"Haste", "Medical urgency"}


async def test_what_competes_is_asked_about_once_where_it_is_wanted_too(made: Made) -> None:
    asked = model()
    decider = made("direct_regression", asked, alignment="midpoint")
    await decider.decide(TWO, wish(medical_urgency=0.9, haste=0.6))
    assert len(asked.requests) == 4


async def test_another_attribute_can_compete(made: Made) -> None:
    decider = made("direct_regression", model(), alignment="midpoint", against="care")
    decision = await decider.decide(TWO, wish(haste=0.6))
    assert set(decision.estimates["help"]) == {"haste", "care"}
    # "wait" cares more by 0.75, "help" shows more haste by 0.5: the midpoint is 0.625.
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["help"] == pytest.approx({"haste": (1 - (0.6 - 0.625)) / 2})


async def test_midpoints_and_votes_are_settings(made: Made) -> None:
    settings = {"alignment": "midpoint", "votes": "counted", "midpoints": "weighted"}
    decision = await made("oracle", **settings).decide(TWO, wish(merit=0.6))
    # merit's own midpoint: (0 + 4 * 0.5) / 4 = 0.5, below the target: a whole vote.
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["help"] == pytest.approx({"merit": 0}, abs=1e-6)
    plain = await made("oracle", alignment="midpoint").decide(TWO, wish(merit=0.6))
    assert plain.evidence.costs is not None
    assert plain.evidence.costs["help"] == pytest.approx({"merit": (1 - (0.6 - 0.5)) / 2})


@methods
async def test_more_can_be_estimated_without_a_part_in_the_choice(made: Made, name: str) -> None:
    plain = await made(name, model()).decide(THREE, wish(haste=0.7))
    decision = await made(name, model(), also="care,merit,haste").decide(THREE, wish(haste=0.7))
    assert list(decision.estimates["help"]) == ["haste", "care", "merit"]
    assert decision.estimates["call"]["merit"].mean == 1
    assert decision.probabilities == plain.probabilities
    assert decision.evidence.costs == plain.evidence.costs
    assert decision.explanation == plain.explanation


async def test_effects_of_a_logit_model_are_a_target(made: Made) -> None:
    decider = made("oracle", alignment="multinomial_logit")
    effects = {"logit": {"weight": 2, "other_weight": 1, "intercept": 0.75}}
    decision = await decider.decide(THREE, wish(haste=effects))
    utility = {
        text: 2 * level["haste"] + level["medical_urgency"] + 0.75 * (text == "wait")
        for text, level in LEVELS.items()
    }
    total = sum(map(math.exp, utility.values()))
    assert decision.probabilities == pytest.approx(
        {text: math.exp(one) / total for text, one in utility.items()}
    )
    assert "Haste 0.25 (wanted weighed +2)" in decision.explanation


@pytest.mark.parametrize(("alignment", "temperature"), [("distance", 0.1), ("kde_likely", 1.0)])
async def test_each_function_has_its_own_temperature_unless_one_is_set(
    made: Made, alignment: str, temperature: float
) -> None:
    for given in (None, 0.4):
        decider = made("oracle", alignment=alignment, temperature=given)
        decision = await decider.decide(THREE, wish(haste=0.7))
        assert decision.evidence.temperature == (given or temperature)
        assert decision.evidence.costs is not None
        costs = {text: sum(row.values()) for text, row in decision.evidence.costs.items()}
        odds = decision.probabilities["help"] / decision.probabilities["wait"]
        expected = math.exp((costs["wait"] - costs["help"]) / (given or temperature))
        assert odds == pytest.approx(expected)


async def test_reversed_costs_take_the_least_aligned_choice(made: Made) -> None:
    decision = await made("oracle", reverse=True).decide(THREE, wish(haste=0.75))
    assert decision.choice == "wait"


@methods
async def test_what_a_function_cannot_follow_is_told_before_a_model_is_asked(
    made: Made, name: str
) -> None:
    asked = model()
    with pytest.raises(UsageError, match="needs 2 choices, not 3"):
        await made(name, asked, alignment="midpoint").decide(THREE, wish(haste=1))
    with pytest.raises(UsageError, match="cannot follow the target of 'haste'"):
        await made(name, asked, alignment="logit").decide(TWO, wish(haste=1))
    with pytest.raises(UnknownName, match="attribute 'urgncy' is not known"):
        await made(name, asked, alignment="midpoint", against="urgncy").decide(TWO, wish(haste=1))
    with pytest.raises(UnknownName, match=r"attribute 'cares' is not known\. Did you mean 'care'"):
        await made(name, asked, also="cares").decide(THREE, wish(haste=1))
    assert asked.requests == []


@pytest.mark.parametrize("settings", [{"also": "care"}, {"alignment": "midpoint"}])
async def test_the_oracle_says_which_true_values_are_missing(
    made: Made, settings: dict[str, Any]
) -> None:
    choices = [one.model_copy(update={"values": {"haste": 0.5}}) for one in TWO.choices]
    scenario = TWO.model_copy(update={"choices": tuple(choices)})
    name = settings.get("also", "medical_urgency")
    with pytest.raises(BadScenario, match=f"no true values of {name} for all its choices"):
        await made("oracle", **settings).decide(scenario, wish(haste=1))


def test_an_unknown_alignment_function_is_told() -> None:
    with pytest.raises(InvalidSetting, match=r"'distnce' is not known\. Did you mean 'distance'"):
        named("direct_regression?alignment=distnce")


def test_settings_are_read_from_the_name_of_a_decider() -> None:
    found = named("direct_regression?also=care, merit&alignment=kde_likely&reverse=true")
    settings = found.settings.model_dump(exclude_defaults=True)
    assert settings == {"also": ("care", "merit"), "alignment": "kde_likely", "reverse": True}
    assert named("oracle", {"also": ["care"]}).settings.model_dump(exclude_defaults=True) == {
        "also": ("care",)
    }


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            "oracle?norm=global",
            "norm has no effect with alignment=distance, which reads temperature and reverse. ",
        ),
        ("oracle?norm=raw", "norm has no effect"),
        ("chooser_judge?seed=3", "seed has no effect with alignment=distance"),
        ("oracle?alignment=midpoint&bandwidth=0.1", "reads against, midpoints, votes, temp"),
        ("oracle?alignment=kde_likely&seed=1", "seed has no effect with alignment=kde_likely"),
        ("oracle?alignment=logit&votes=counted", "votes has no effect with alignment=logit"),
        ("oracle?alignment=kde_likely&prior_factor=1", "with norm=raw; set norm=prior."),
    ],
)
def test_a_setting_that_has_no_effect_is_refused(spec: str, told: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        named(spec)
    assert told in str(error.value)


@pytest.mark.parametrize(
    "spec",
    [
        "oracle?alignment=kde_likely&norm=local&bandwidth=0.1",
        "oracle?alignment=kde_likely&norm=prior&prior_factor=1",
        "oracle?alignment=kde_sampled&seed=3",
        "oracle?alignment=logit&against=care",
        "oracle?temperature=2&reverse=true",
        "direct_regression?shots=1&selection=random&seed=3",
        "staged?seed=3",
        "contrastive?against=plain",
    ],
)
def test_a_setting_that_has_an_effect_is_not(spec: str) -> None:
    named(spec)


def test_all_settings_can_be_given_as_a_record_holds_them() -> None:
    kept = {**named("oracle").settings.model_dump(mode="json"), "norm": "global"}
    assert named("oracle", kept).settings.model_dump(mode="json") == kept
    kind = named("oracle").kind.settings_type
    assert kind.model_validate(named("oracle").settings.model_dump()) == named("oracle").settings
    with pytest.raises(ValueError, match="norm has no effect with alignment=distance"):
        kind(**kept)


def test_a_member_of_an_ensemble_needs_an_effect_too(made: Made) -> None:
    ensemble = made("ensemble", members=["direct_regression", "oracle?votes=counted"])
    with pytest.raises(InvalidSetting, match="votes has no effect with alignment=distance"):
        ensemble.attributes_for(wish(haste=1))


@pytest.mark.parametrize("spec", ["direct_regression?soft=1", "oracle?in_view=3", "first?seed=1"])
def test_a_setting_that_a_decider_lacks_is_refused(spec: str) -> None:
    with pytest.raises(InvalidSetting, match="there is no such setting"):
        named(spec)
