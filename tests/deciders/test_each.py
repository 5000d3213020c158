"""What each decider asks, and what it makes of the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import BadScenario, UnknownName
from alignkit.library import Library
from alignkit.models.readout import labelled
from alignkit.prompts import Prompts
from alignkit.schema import (
    Attribute,
    Choice,
    ChoiceQuestion,
    Estimate,
    Profile,
    Request,
    Scenario,
    ScoreQuestion,
)
from alignkit.testing import FakeModel, FakeSettings, Script

LIBRARY = Library()
LEG = LIBRARY.scenarios["leg-or-chest"]
LEVELS = {"wait": 0.0, "walk": 0.25, "trot": 0.5, "ride": 0.75, "race": 1.0}
SPEED = Scenario(
    id="speed",
    context="The house is on fire.",
    question="How do you go?",
    choices=tuple(
        Choice(id=f"id-{text}", text=text, values={"haste": level, "care": 1 - level})
        for text, level in LEVELS.items()
    ),
)


def attribute(name: str) -> Attribute:
    """An attribute with five levels."""
    return Attribute.model_validate(
        {
            "name": name,
            "title": name.capitalize(),
            "definition": f"All about {name}.",
            "low": f"No {name}.",
            "high": f"Much {name}.",
            "instructions": {"low": [f"Avoid {name}."], "high": [f"Show {name}.", "Always."]},
            "levels": [
                f"no {name}",
                f"little {name}",
                f"some {name}",
                f"much {name}",
                f"all {name}",
            ],
        }
    )


ATTRIBUTES = {name: attribute(name) for name in ("haste", "care")}


def made(name: str, model: FakeModel | None = None, **settings: Any) -> Decider:
    """The decider with these settings, knowing the attributes haste and care."""
    kind = DECIDERS.load(name)
    return kind(model, kind.settings_type.model_validate(settings), attributes=ATTRIBUTES)


def profile(**fields: Any) -> Profile:
    """A profile with these fields."""
    return Profile.model_validate({"name": "p"} | fields)


def level_of(request: Request) -> float:
    """The level of the asked attribute in the asked choice, by the choice's text."""
    found = re.search(r"<choice>\n(.*)\n</choice>", request.question.instructions)
    assert found
    level = LEVELS[found[1]]
    return level if "Attribute: Haste\n" in request.prompt.text("user") else 1 - level


def knows(request: Request) -> Mapping[str, float]:
    """A model that sees each choice's level at once."""
    right = 1 + round(level_of(request) * 4)
    return {option: float(int(option) == right) for option in request.question.option_ids}


def likes(**texts: float) -> Script:
    """A model that likes each choice by its text."""

    def script(request: Request) -> Mapping[str, float]:
        assert isinstance(request.question, ChoiceQuestion)
        return {option.id: texts.get(option.text, 1.0) for option in request.question.options}

    return script


REGRESSIONS = ("direct_regression", "comparative_regression", "oracle")


@pytest.mark.parametrize("name", REGRESSIONS)
@pytest.mark.parametrize(("wanted", "nearest"), [(level, text) for text, level in LEVELS.items()])
async def test_estimating_takes_the_choice_nearest_to_the_target(
    name: str, wanted: float, nearest: str
) -> None:
    decision = await made(name, FakeModel(script=knows)).decide(
        SPEED, profile(targets={"haste": min(wanted + 0.01, 1)})
    )
    assert decision.outcome == "decided"
    assert decision.choice == f"id-{nearest}"
    assert decision.estimates["id-ride"] == {"haste": Estimate(mean=0.75, sd=0)}
    first, second = decision.explanation.splitlines()
    assert first.startswith(f"Ahead by Haste {wanted:.2f} (wanted ")
    assert second.startswith(f"'{nearest}': Haste {wanted:.2f} (wanted ")


@pytest.mark.parametrize("name", REGRESSIONS)
async def test_costs_and_probabilities_by_hand(name: str) -> None:
    wish = profile(targets={"haste": {"value": 1.0, "weight": 3}, "care": {"range": [0.5, 1.0]}})
    decision = await made(name, FakeModel(script=knows), temperature=0.25).decide(SPEED, wish)
    costs = {
        f"id-{text}": {"haste": 0.75 * (1 - level), "care": 0.25 * max(0.5 - (1 - level), 0)}
        for text, level in LEVELS.items()
    }
    assert decision.evidence.costs is not None
    assert list(decision.evidence.costs) == list(costs)
    for choice, row in costs.items():
        assert decision.evidence.costs[choice] == pytest.approx(row)
    assert decision.evidence.temperature == 0.25
    first, second = (decision.probabilities[f"id-{text}"] for text in ("race", "ride"))
    ratio = (sum(costs["id-ride"].values()) - sum(costs["id-race"].values())) / 0.25
    assert first / second == pytest.approx(2.718281828**ratio)
    assert decision.explanation == (
        "Ahead by Haste 1.00 (wanted 1), the next choice has 0.75.\n"
        "'race': Haste 1.00 (wanted 1), Care 0.00 (wanted 0.5 to 1); cost 0.125. "
        "Next 'ride': cost 0.250."
    )


async def test_direct_regression_asks_about_each_choice_and_attribute_by_itself() -> None:
    model = FakeModel(script=knows)
    decision = await made("direct_regression", model).decide(
        SPEED, profile(targets={"care": 1, "haste": 0})
    )
    asked = [
        (
            "Haste" if "Attribute: Haste" in request.prompt.text("user") else "Care",
            re.findall(r"<choice>\n(.*)\n", request.question.instructions),
        )
        for request in model.requests
    ]
    order = sorted(LEVELS)
    assert asked == [(name, [text]) for name, text in product(("Care", "Haste"), order)]
    for request in model.requests:
        assert isinstance(request.question, ScoreQuestion)
        assert request.question.levels[0] in {"no haste", "no care"}
        said = request.prompt.text("system") + request.prompt.text("user")
        assert not any(text in said for text in LEVELS)
    assert decision.order_shift is None


async def test_an_uncertain_level_is_estimated_by_mean_and_deviation() -> None:
    def unsure(request: Request) -> Mapping[str, float]:
        return {"1": 0.5, "2": 0, "3": 0, "4": 0, "5": 0.5} if level_of(request) else knows(request)

    decision = await made("direct_regression", FakeModel(script=unsure)).decide(
        SPEED, profile(targets={"haste": 0})
    )
    assert decision.estimates["id-wait"]["haste"] == Estimate(mean=0, sd=0)
    assert decision.estimates["id-race"]["haste"] == Estimate(mean=0.5, sd=0.5)


async def test_comparative_regression_shows_all_choices_in_every_rotation() -> None:
    model = FakeModel(script=knows)
    decision = await made("comparative_regression", model).decide(
        SPEED, profile(targets={"haste": 1})
    )
    order = sorted(LEVELS)
    listings = [
        re.findall(r"^- (.*)$", one.prompt.text("user"), re.MULTILINE) for one in model.requests
    ]
    expected = [order[k:] + order[:k] for k in range(5) for _ in range(5)]
    assert listings == expected
    asked = [re.findall(r"<choice>\n(.*)\n", one.question.instructions) for one in model.requests]
    assert asked == [[text] for text in order] * 5
    assert decision.order_shift == pytest.approx(0, abs=1e-12)


async def test_comparative_regression_averages_over_the_orders() -> None:
    def leans(request: Request) -> Mapping[str, float]:
        listed = re.findall(r"^- (.*)$", request.prompt.text("user"), re.MULTILINE)
        high = f"<choice>\n{listed[0]}\n" in request.question.instructions
        return {option: float(option == ("5" if high else "1")) for option in "12345"}

    decision = await made("comparative_regression", FakeModel(script=leans)).decide(
        LEG, profile(targets={"haste": 1})
    )
    assert decision.estimates == {
        choice: {"haste": Estimate(mean=0.5, sd=0.5)} for choice in LEG.choice_ids
    }
    assert decision.order_shift == pytest.approx(0.5)
    assert decision.reason == "the likeliest choices are exactly tied"


async def test_comparative_regression_shows_at_most_so_many_choices_at_once() -> None:
    model = FakeModel(script=knows)
    decision = await made("comparative_regression", model, in_view=2).decide(
        SPEED, profile(targets={"haste": 0.5})
    )
    listings = [
        re.findall(r"^- (.*)$", one.prompt.text("user"), re.MULTILINE) for one in model.requests
    ]
    assert {tuple(sorted(listing)) for listing in listings} == {
        *(("race",), ("ride", "trot"), ("wait", "walk"))
    }
    assert len(decision.estimates) == 5
    assert decision.choice == "id-trot"


async def test_the_oracle_asks_no_model() -> None:
    decision = await made("oracle").decide(SPEED, profile(targets={"haste": 1}))
    assert decision.choice == "id-race"
    assert decision.model == "none"
    assert (decision.evidence.calls, decision.usage.calls) == ((), 0)
    assert not made("oracle").asks_model


async def test_the_oracle_leaves_out_targets_without_true_values() -> None:
    partly = [
        choice.model_copy(update={"values": {"haste": LEVELS[choice.text]}})
        for choice in SPEED.choices
    ]
    scenario = SPEED.model_copy(update={"choices": tuple(partly)})
    decision = await made("oracle").decide(
        scenario, profile(targets={"care": {"value": 1, "weight": 9}, "haste": 1})
    )
    assert decision.choice == "id-race"
    assert set(decision.estimates["id-race"]) == {"haste"}
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["id-ride"] == pytest.approx({"haste": 0.25})


async def test_one_choice_without_a_true_value_is_enough_to_leave_a_target_out() -> None:
    values = {"haste": 0.5}
    choices = [
        choice.model_copy(update={"values": values if number else None})
        for number, choice in enumerate(SPEED.choices)
    ]
    scenario = SPEED.model_copy(update={"choices": tuple(choices)})
    with pytest.raises(BadScenario) as caught:
        await made("oracle").decide(scenario, profile(targets={"haste": 1, "care": 0}))
    assert str(caught.value) == (
        "Scenario 'speed' has no true values of haste, care for all its choices, which the oracle "
        "needs. Add them under `values` of each choice, or use another decider."
    )


async def test_baseline_asks_without_the_profile() -> None:
    model = FakeModel(script=likes(race=6.0))
    wish = profile(targets={"haste": 0}, persona="You are a snail.")
    decision = await made("baseline", model).decide(SPEED, wish)
    assert decision.choice == "id-race"
    assert decision.probabilities["id-race"] == pytest.approx(0.6)
    assert decision.explanation == (
        "Chosen with 60% by the model itself, without a profile.\n'race'."
    )
    said = "".join(one.prompt.text("system") + one.prompt.text("user") for one in model.requests)
    assert "snail" not in said
    assert "Haste" not in said
    assert "The house is on fire." in said
    assert [one.name for one in decision.evidence.templates] == ["baseline", "readout_choice"]


async def test_without_a_profile_baseline_decides_too() -> None:
    decision = await made("baseline", FakeModel(script=likes(walk=2.0))).decide(SPEED)
    assert (decision.choice, decision.profile) == ("id-walk", None)


WISHES: dict[str, Any] = {
    "targets": {
        "haste": {"range": [0.0, 0.25], "weight": 1},
        "care": {"value": 1.0, "weight": 2.5},
    },
    "persona": "You are a snail.",
    "group": {"name": "Snails", "description": "They live in gardens."},
    "boundaries": [{"id": "no-salt", "rule": "Never go near salt."}],
}


async def test_instructed_puts_the_whole_profile_before_the_scenario() -> None:
    model = FakeModel()
    await made("instructed", model).decide(SPEED, profile(**WISHES))
    request = next(one for one in model.requests if isinstance(one.question, ChoiceQuestion))
    said = request.prompt.text("system")
    for part in (
        "Who you are: You are a snail.\n",
        "Answer as this group of people does: Snails. They live in gardens.\n",
        'Care: All about care.\nWanted: "all care" (counts 2.5 times as much as the least).\n',
        "- Show care.\n- Always.\n",
        'Haste: All about haste.\nWanted: from "no haste" to "little haste".\n- Avoid haste.\n',
        "Never: Never go near salt.\n",
    ):
        assert part in said
    assert said.index("Care: ") < said.index("Haste: ")
    assert request.prompt.segments[0].depends == "profile"
    assert request.prompt.text("user").startswith("<situation>\nThe house is on fire.\n")
    assert request.question.instructions == "Which option fits the profile best?"


async def test_instructed_says_only_what_the_profile_says() -> None:
    model = FakeModel()
    await made("instructed", model).decide(SPEED, profile(targets={"haste": 1}))
    said = model.requests[0].prompt.text("system")
    for word in ("Who you are", "group of people", "Never:", "Care", "counts"):
        assert word not in said


async def test_instructed_takes_the_likeliest_and_sums_up_what_it_was_told() -> None:
    decision = await made("instructed", FakeModel(script=likes(ride=6.0))).decide(
        SPEED, profile(**{key: value for key, value in WISHES.items() if key != "boundaries"})
    )
    assert decision.choice == "id-ride"
    assert decision.explanation == (
        "Chosen with 60% when told: "
        'Care "all care" (counts 2.5 times as much as the least); '
        'Haste from "no haste" to "little haste"; answer as Snails; the persona.'
        "\n'ride'."
    )
    assert [one.name for one in decision.evidence.templates] == ["instructed", "readout_choice"]


async def test_instructed_works_with_boundaries_alone() -> None:
    rules = {"boundaries": WISHES["boundaries"]}
    decision = await made("instructed", FakeModel()).decide(SPEED, profile(**rules))
    assert "when told: the boundaries." in decision.explanation
    assert [one.name for one in decision.evidence.templates] == [
        *("boundary", "instructed", "readout_choice", "readout_predicate")
    ]


async def test_reasoning_stands_in_the_prompt_and_in_the_explanation() -> None:
    model = FakeModel()
    decision = await made("instructed", model, reasoning=True).decide(
        SPEED, profile(targets={"haste": 1})
    )
    [generation] = decision.evidence.generations
    assert isinstance(generation.output, dict)
    notes = generation.output["reasoning"]
    assert notes.startswith("fake ")
    assert all(f"<notes>\n{notes}\n</notes>" in one.prompt.text("user") for one in model.requests)
    assert decision.explanation.endswith(f"\nReasoning: {notes}")
    assert decision.usage.calls == len(model.requests) + 1
    assert decision.usage.tokens_generated == 1
    assert {one.name for one in decision.evidence.templates} == {
        *("instructed", "reasoning", "readout_choice")
    }
    asked = generation.prompt.text("user")
    listed = re.findall(r"^- (.*)$", asked, re.MULTILINE)
    assert listed == sorted(LEVELS)
    assert asked.endswith('Answer as a JSON object with the one field "reasoning".\n')


async def test_the_settings_of_reasoning_reach_the_model() -> None:
    seen: list[Any] = []

    class Watched(FakeModel):
        async def generate_object(self, prompt: Any, schema: Any, sampling: Any) -> Any:
            seen.append((schema, sampling))
            return await super().generate_object(prompt, schema, sampling)

    decider = made(
        "instructed",
        Watched(),
        reasoning=True,
        reasoning_length=100,
        reasoning_temperature=0.5,
        seed=7,
    )
    decision = await decider.decide(SPEED, profile(targets={"haste": 1}))
    [(schema, sampling)] = seen
    assert schema["properties"]["reasoning"]["maxLength"] == 100
    assert schema["required"] == ["reasoning"]
    assert schema["additionalProperties"] is False
    assert (sampling.temperature, sampling.seed, sampling.max_tokens) == (0.5, 7, 100)
    assert decision.decider == (
        "instructed?reasoning=true&reasoning_length=100&seed=7&reasoning_temperature=0.5"
    )


async def test_random_draws_alike_for_equal_seeds_and_otherwise_fairly() -> None:
    async def draw(seed: int) -> str | None:
        return (await made("random", seed=seed).decide(SPEED)).choice

    drawn = [await draw(seed) for seed in range(200)]
    assert drawn == [await draw(seed) for seed in range(200)]
    counts = {choice: drawn.count(choice) for choice in SPEED.choice_ids}
    assert all(20 <= count <= 60 for count in counts.values())


async def test_random_gives_every_choice_the_same_probability() -> None:
    decision = await made("random").decide(SPEED)
    assert decision.probabilities == pytest.approx(dict.fromkeys(SPEED.choice_ids, 0.2))
    assert decision.confidence == pytest.approx(0)
    text = (decision.choice or "").removeprefix("id-")
    assert decision.explanation == f"'{text}' was drawn at random."
    assert not made("random").asks_model


async def test_random_draws_anew_for_another_scenario() -> None:
    drawn = {
        (await made("random").decide(SPEED.model_copy(update={"id": str(n)}))).choice
        for n in range(40)
    }
    assert drawn == set(SPEED.choice_ids)


async def test_first_takes_the_first() -> None:
    decision = await made("first").decide(SPEED, profile(targets={"haste": 1}))
    assert decision.choice == "id-wait"
    assert list(decision.probabilities.values()) == [1, 0, 0, 0, 0]
    assert decision.explanation == "'wait' stands first."
    ninth = await made("first", place=9).decide(SPEED, profile(targets={"haste": 1}))
    last = SPEED.choices[-1]
    assert ninth.choice == last.id
    assert ninth.explanation == (
        f"{last.text!r} stands in place {len(SPEED.choices)}, the last: there is no place 9."
    )
    assert not made("first").asks_model


@pytest.mark.parametrize("name", DECIDERS.names())
async def test_a_decision_says_who_decided_what(name: str) -> None:
    model = FakeModel(FakeSettings(seed=3))
    decision = await made(name, model).decide(SPEED, profile(targets={"haste": 1}))
    assert (decision.scenario, decision.profile, decision.decider) == ("speed", "p", name)
    assert decision.model == "fake?seed=3"
    assert len(decision.id) == 32
    written = len(decision.evidence.generations)
    assert decision.usage.calls - written == len(decision.evidence.calls) == len(model.requests)
    assert written == (name == "staged")
    assert [call.question for call in decision.evidence.calls] == [
        request.question for request in model.requests
    ]
    submitted = sum(call.answer.usage.tokens_submitted for call in decision.evidence.calls)
    assert decision.usage.tokens_submitted == submitted
    assert DECIDERS.load(name).asks_model is bool(model.requests)


@pytest.mark.parametrize("name", DECIDERS.names())
def test_a_decider_is_identified_by_its_name_and_all_settings(name: str) -> None:
    decider = made(name)
    assert decider.identity.name == decider.label == name
    assert set(decider.identity.settings) == set(decider.settings_type.model_fields)


def test_the_label_shows_the_settings_that_differ() -> None:
    assert made("direct_regression", temperature=0.25).label == "direct_regression?temperature=0.25"
    assert made("direct_regression", temperature=None).label == "direct_regression"
    assert made("ensemble", members="oracle,first", weights="1,0").label == (
        "ensemble?members=oracle,first&weights=1,0"
    )


@pytest.mark.parametrize("name", DECIDERS.names())
async def test_an_attribute_that_nobody_describes_is_told(name: str) -> None:
    with pytest.raises(
        UnknownName, match=r"^Profile 'p': attribute 'hast' is not known\. Did you mean 'haste'"
    ):
        await made(name, FakeModel()).decide(SPEED, profile(targets={"hast": 1}))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *((name, {}) for name in ("baseline", "instructed", "persona", *REGRESSIONS[:2])),
        *((name, {}) for name in ("chooser_judge", "statement_judge", "most_and_least")),
        ("value_judge", {"weigh_relevance": False}),
    ],
)
async def test_requests_of_one_decision_share_their_beginning(
    name: str, given: dict[str, Any]
) -> None:
    model, prompts = FakeModel(), Prompts()
    wish = profile(targets={"haste": 1, "care": 0})
    await made(name, model, **given).decide(SPEED, wish)
    texts = [
        labelled(one, prompts).prompt.text("system").encode()
        + labelled(one, prompts).prompt.text("user").encode()
        for one in model.requests
    ]
    end = f"{SPEED.context}\n</situation>\n\nQuestion: {SPEED.question}\n".encode()
    beginnings = {text[: text.index(end) + len(end)] for text in texts}
    assert len(beginnings) == 1
    assert len(set(texts)) == len(texts)


async def test_comparative_regression_asks_last_what_differs_most_often() -> None:
    model, prompts = FakeModel(), Prompts()
    await made("comparative_regression", model).decide(
        LEG, profile(targets={"haste": 1, "care": 0})
    )
    for one, two in zip(model.requests[::2], model.requests[1::2], strict=True):
        assert one.prompt == two.prompt  # two choices of one listing
        segments = [labelled(request, prompts).prompt.segments for request in (one, two)]
        assert segments[0][:-1] == segments[1][:-1]
    depends = [segment.depends for segment in labelled(model.requests[0], prompts).prompt.segments]
    assert depends == ["nothing", "scenario", "attribute", "options", "attribute", "question"]


async def test_the_decision_of_the_fake_model_depends_on_its_seed() -> None:
    made_by = [
        await made("baseline", FakeModel(FakeSettings(seed=seed))).decide(SPEED)
        for seed in range(8)
    ]
    assert len({decision.choice for decision in made_by}) > 1
    again = await made("baseline", FakeModel(FakeSettings(seed=0))).decide(SPEED)
    assert again.probabilities == made_by[0].probabilities
