"""Methods that tell the model whose values count, and compare what it then chooses."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.deciders.ordering import canonical, rotations
from alignkit.errors import UsageError
from alignkit.schema import (
    Answer,
    Choice,
    ChoiceQuestion,
    PredicateQuestion,
    Profile,
    Request,
    Scenario,
)
from alignkit.testing import FakeModel, Script

if TYPE_CHECKING:
    from tests.deciders.conftest import Made

FIRE = Scenario(
    id="fire",
    context="The house is on fire.",
    question="How do you go?",
    choices=tuple(Choice(id=text, text=text) for text in ("walk", "ride", "race")),
)
TURNS = [[choice.text for choice in order] for order in rotations(canonical(FIRE.choices))]
WISHES: dict[str, Any] = {
    "targets": {"haste": {"range": [0.75, 1.0]}},
    "persona": "You are a snail.",
    "group": {"name": "Snails", "description": "They live in gardens."},
}
HASTE: dict[str, Any] = {"targets": {"haste": 1}}


def wish(**fields: Any) -> Profile:
    """A profile with these fields."""
    return Profile.model_validate({"name": "p", **fields})


def side(request: Request) -> str:
    """Whom the model was told to follow."""
    system = request.prompt.text("system")
    if "Show haste." in system:
        return "under"
    return "against" if "Avoid haste." in system else "plain"


def sides(**shares: tuple[float, float, float]) -> Script:
    """Chooses walk, ride and race with these shares on each side; nothing breaks a rule."""

    def script(request: Request) -> Mapping[str, float]:
        if isinstance(request.question, PredicateQuestion):
            return {"yes": 0.0, "no": 1.0}
        return dict(zip(FIRE.choice_ids, shares[side(request)], strict=True))

    return script


def listings(model: FakeModel) -> list[list[str]]:
    """The options of each request in their order."""
    questions = [request.question for request in model.requests]
    return [
        [option.text for option in question.options]
        for question in questions
        if isinstance(question, ChoiceQuestion)
    ]


def shares_of(**weights: float) -> Any:
    """These weights scaled to sum to 1, for comparisons."""
    return pytest.approx({name: one / sum(weights.values()) for name, one in weights.items()})


# contrastive

UNDER, AGAINST, PLAIN = (0.2, 0.3, 0.5), (0.5, 0.3, 0.2), (0.1, 0.6, 0.3)
BOTH = sides(under=UNDER, against=AGAINST, plain=PLAIN)


async def test_contrastive_asks_under_the_profile_and_under_its_opposite(made: Made) -> None:
    model = FakeModel(script=BOTH)
    rules = [{"id": "b", "rule": "Never walk on glass."}]
    await made("contrastive", model).decide(FIRE, wish(**WISHES, boundaries=rules))
    asked = [one for one in model.requests if isinstance(one.question, ChoiceQuestion)]
    assert Counter(map(side, asked)) == {"under": 3, "against": 3}
    for name in ("under", "against"):
        found = [one for one in asked if side(one) == name]
        assert [[o.text for o in one.question.options] for one in found] == TURNS  # type: ignore[union-attr]
        system = found[0].prompt.text("system")
        assert ("snail" in system) is ("Snails" in system) is (name == "under")
        ends = ("much haste", "all haste") if name == "under" else ("no haste", "little haste")
        assert f'Wanted: from "{ends[0]}" to "{ends[1]}".' in system
        assert "Never: Never walk on glass." in system


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 2.0])
async def test_contrastive_subtracts_the_log_probabilities_by_hand(
    made: Made, strength: float
) -> None:
    decider = made("contrastive", FakeModel(script=BOTH), strength=strength)
    decision = await decider.decide(FIRE, wish(**HASTE))
    assert decision.probabilities == shares_of(
        walk=0.2 / 0.5**strength, ride=0.3 / 0.3**strength, race=0.5 / 0.2**strength
    )
    assert decision.choice == "race"


async def test_contrastive_against_the_plain_model(made: Made) -> None:
    model = FakeModel(script=BOTH)
    decision = await made("contrastive", model, against="plain").decide(FIRE, wish(**HASTE))
    assert Counter(map(side, model.requests)) == {"under": 3, "plain": 3}
    assert decision.probabilities == shares_of(walk=0.2 / 0.1, ride=0.3 / 0.6, race=0.5 / 0.3)
    assert decision.explanation == (
        "Chosen with 48% when told, against the plain model: Haste \"all haste\".\n'walk'."
    )


async def test_what_has_no_opposite_is_held_against_the_plain_model(made: Made) -> None:
    def script(request: Request) -> Mapping[str, float]:
        told = "snail" in request.prompt.text("system")
        return dict(zip(FIRE.choice_ids, UNDER if told else PLAIN, strict=True))

    decider = made("contrastive", FakeModel(script=script))
    decision = await decider.decide(FIRE, wish(persona="You are a snail."))
    assert decision.probabilities == shares_of(walk=0.2 / 0.1, ride=0.3 / 0.6, race=0.5 / 0.3)
    assert "against the plain model: the persona." in decision.explanation


async def test_contrastive_says_what_it_was_told(made: Made) -> None:
    decision = await made("contrastive", FakeModel(script=BOTH)).decide(FIRE, wish(**WISHES))
    assert decision.explanation == (
        "Chosen with 64% when told, against the opposite: "
        'Haste from "much haste" to "all haste"; answer as Snails; the persona.'
        "\n'race'."
    )


async def test_contrastive_tells_the_larger_shift_of_both_sides(made: Made) -> None:
    def leaning(request: Request) -> Mapping[str, float]:
        """Likes places under the opposite."""
        ids = request.question.option_ids
        if side(request) == "under":
            return dict.fromkeys(ids, 1.0)
        return {option: 2.0**-place for place, option in enumerate(ids)}

    decision = await made("contrastive", FakeModel(script=leaning)).decide(FIRE, wish(**HASTE))
    assert decision.order_shift == pytest.approx(4 / 7 - 1 / 3)
    assert decision.probabilities == shares_of(walk=1, ride=1, race=1)


async def test_an_impossible_choice_does_not_decide_alone(made: Made) -> None:
    script = sides(under=(0.0, 0.5, 0.5), against=(0.0, 0.5, 0.5))
    decision = await made("contrastive", FakeModel(script=script)).decide(FIRE, wish(**HASTE))
    assert decision.probabilities == shares_of(walk=1, ride=1, race=1)


async def test_contrastive_decides_many_choices_in_rounds(made: Made) -> None:
    model = FakeModel()
    await made("contrastive", model, in_view=2).decide(FIRE, wish(**HASTE))
    assert {len(listing) for listing in listings(model)} == {2}


# self_consistency


class Drawing(FakeModel):
    """Draws these choices in turn on each side."""

    def __init__(self, **drawn: Sequence[str]) -> None:
        super().__init__(script=self.script)
        self.left = {name: list(choices) for name, choices in drawn.items()}
        self.seeds: list[int] = []
        self.samplings: list[Any] = []

    def script(self, request: Request) -> Mapping[str, float]:
        drawn = self.left[side(request)].pop(0)
        return {option: float(option == drawn) for option in request.question.option_ids}

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        self.seeds += seeds
        return await super().draw(requests, seeds)

    async def generate_object(self, prompt: Any, schema: Any, sampling: Any) -> Any:
        self.samplings.append((schema, sampling))
        return await super().generate_object(prompt, schema, sampling)


FOR = ("race", "ride", "race", "ride", "race")
RUSH = wish(**HASTE)


def drawing() -> Drawing:
    """Draws race 3 times and ride 2 times for, ride 2 times and walk once against."""
    return Drawing(under=FOR, against=("ride", "walk", "ride"))


async def test_self_consistency_draws_on_both_sides_in_turning_orders(made: Made) -> None:
    model = drawing()
    await made("self_consistency", model, negative=3).decide(FIRE, wish(**WISHES))
    assert [side(one) for one in model.requests] == ["under"] * 5 + ["against"] * 3
    assert listings(model) == [TURNS[number % 3] for number in (0, 1, 2, 3, 4, 0, 1, 2)]
    assert model.seeds == list(range(8))
    assert "snail" in model.requests[0].prompt.text("system")
    assert "snail" not in model.requests[-1].prompt.text("system")
    assert {one.question.instructions for one in model.requests} == {
        "Which option fits the profile best?"
    }


async def test_every_answer_has_a_seed_of_its_own(made: Made) -> None:
    model = Drawing(under=["race"] * 2, against=["walk"] * 3)
    settings = {"seed": 100, "positive": 2, "negative": 3}
    await made("self_consistency", model, **settings).decide(FIRE, RUSH)
    assert model.seeds == [100, 101, 102, 103, 104]


async def test_votes_by_hand(made: Made) -> None:
    decision = await made("self_consistency", drawing(), negative=3).decide(FIRE, RUSH)
    # An answer under the opposite: a third from its choice, a third for each of the others.
    votes = {"walk": 0 + (2 - 1) / 3, "ride": 2 + (1 - 2) / 3, "race": 3 + 3 / 3}
    assert decision.evidence.votes == pytest.approx(votes)
    assert decision.probabilities == shares_of(walk=0, ride=votes["ride"], race=votes["race"])
    assert decision.choice == "race"
    assert decision.order_shift is None
    assert decision.explanation == (
        "Chosen with 4 votes of 8 answers when told: Haste \"all haste\".\n'race'."
    )


async def test_choices_that_were_never_drawn_can_be_kept_in(made: Made) -> None:
    decider = made("self_consistency", drawing(), negative=3, only_chosen=False)
    decision = await decider.decide(FIRE, RUSH)
    assert decision.probabilities == shares_of(walk=1 / 3, ride=5 / 3, race=4)


@pytest.mark.parametrize(
    ("only_chosen", "expected"),
    [(True, {"walk": 0, "ride": 0, "race": 1}), (False, {"walk": 0.5, "ride": 0.5, "race": 0})],
)
async def test_votes_below_nothing_are_moved_up(
    made: Made,
    only_chosen: bool,  # noqa: FBT001
    expected: dict[str, float],
) -> None:
    model = Drawing(under=["race"], against=["race"] * 6)
    settings = {"positive": 1, "negative": 6, "only_chosen": only_chosen}
    decision = await made("self_consistency", model, **settings).decide(FIRE, RUSH)
    assert decision.evidence.votes == pytest.approx({"walk": 2, "ride": 2, "race": -1})
    assert decision.probabilities == pytest.approx(expected)


async def test_the_majority_rule_counts_only_answers_under_the_profile(made: Made) -> None:
    model = drawing()
    decision = await made("self_consistency", model, rule="majority").decide(FIRE, RUSH)
    assert [side(one) for one in model.requests] == ["under"] * 5
    assert decision.evidence.votes == {"walk": 0, "ride": 2, "race": 3}
    assert decision.probabilities == shares_of(walk=0, ride=2, race=3)
    assert "Chosen with 3 votes of 5 answers" in decision.explanation


async def test_equal_votes_are_left_to_a_person(made: Made) -> None:
    model = Drawing(under=["race", "ride"], against=[])
    decision = await made("self_consistency", model, positive=2, negative=0).decide(FIRE, RUSH)
    assert (decision.outcome, decision.choice) == ("escalated", None)


async def test_another_seed_can_draw_other_answers(made: Made) -> None:
    decisions = [
        await made("self_consistency", FakeModel(), seed=seed).decide(FIRE, RUSH)
        for seed in (0, 0, 1000, 2000)
    ]
    votes = [decision.evidence.votes for decision in decisions]
    assert votes[0] == votes[1]
    assert len({tuple((one or {}).values()) for one in votes}) > 1


async def test_a_pinned_choice_stays_last_in_every_draw(made: Made) -> None:
    choices = (FIRE.choices[0].model_copy(update={"pinned": True}), *FIRE.choices[1:])
    model = Drawing(under=FOR, against=[])
    scenario = FIRE.model_copy(update={"choices": choices})
    await made("self_consistency", model, negative=0).decide(scenario, RUSH)
    assert listings(model)[:3] == [["race", "ride", "walk"], ["ride", "race", "walk"]] * 1 + [
        ["race", "ride", "walk"]
    ]


async def test_without_targets_there_is_no_opposite_to_vote_against(made: Made) -> None:
    profile = wish(persona="You are a snail.")
    with pytest.raises(UsageError) as caught:
        await made("self_consistency", FakeModel()).decide(FIRE, profile)
    assert str(caught.value) == (
        "The profile 'p' has no targets, and so no opposite to vote against. "
        "Set negative=0, or take the decider 'contrastive'."
    )
    for settings in ({"negative": 0}, {"rule": "majority"}):
        decider = made("self_consistency", FakeModel(), **settings)
        assert (await decider.decide(FIRE, profile)).outcome != "failed"


async def test_every_answer_has_a_reasoning_of_its_own(made: Made) -> None:
    model = drawing()
    settings = {"negative": 3, "reasoning": True, "reasoning_length": 90, "seed": 10}
    decision = await made("self_consistency", model, **settings).decide(FIRE, RUSH)
    written = [generation.output for generation in decision.evidence.generations]
    notes = [
        re.findall(r"<notes>\n(.*)\n</notes>", one.prompt.text("user")) for one in model.requests
    ]
    assert notes == [[one["reasoning"]] for one in written if isinstance(one, dict)]
    assert len({note for [note] in notes}) == 8
    assert [sampling.seed for _, sampling in model.samplings] == list(range(10, 18))
    assert {sampling.temperature for _, sampling in model.samplings} == {0.7}
    lengths = [schema["properties"]["reasoning"]["maxLength"] for schema, _ in model.samplings]
    assert lengths == [90] * 8
    told = [one.prompt.text("system") for one in decision.evidence.generations]
    assert ["Show haste." in one for one in told] == [True] * 5 + [False] * 3


async def test_the_temperature_of_the_reasoning_is_a_setting(made: Made) -> None:
    model = drawing()
    settings = {"negative": 0, "reasoning": True, "reasoning_temperature": 1.5}
    await made("self_consistency", model, **settings).decide(FIRE, RUSH)
    assert {sampling.temperature for _, sampling in model.samplings} == {1.5}


# persona


def tell(**shares: tuple[float, float, float]) -> Script:
    """Chooses by who is described, and "plain" where nobody is."""

    def script(request: Request) -> Mapping[str, float]:
        system = request.prompt.text("system")
        found = [name for name in shares if f"{name} " in system]
        return dict(zip(FIRE.choice_ids, shares[found[0] if found else "plain"], strict=True))

    return script


async def test_persona_tells_who_decides_before_the_scenario(made: Made) -> None:
    model = FakeModel()
    decision = await made("persona", model).decide(FIRE, wish(**WISHES))
    assert listings(model) == TURNS
    system = model.requests[0].prompt.text("system")
    assert "You judge what the person or group of people described here would choose" in system
    assert (
        "<person>\nYou are a snail.\nSnails. They live in gardens.\n"
        'Haste: from "much haste" to "all haste". Much haste.\n</person>\n'
    ) in system
    assert model.requests[0].prompt.segments[0].depends == "profile"
    assert {one.question.instructions for one in model.requests} == {
        "Which option would this person or group choose?"
    }
    assert decision.evidence.weights is not None
    [(who, weight)] = decision.evidence.weights.items()
    assert who.startswith("You are a snail.\nSnails. They live in gardens.\nHaste")
    assert weight == 1
    assert "for Snails.\n" in decision.explanation


async def test_persona_can_ask_in_the_first_person(made: Made) -> None:
    model = FakeModel()
    await made("persona", model, view="first").decide(FIRE, wish(**WISHES))
    system = model.requests[0].prompt.text("system")
    assert system.startswith("You are the person or group of people described here")
    assert {one.question.instructions for one in model.requests} == {"Which option do you choose?"}


@pytest.mark.parametrize(("level", "end"), [(0.0, "No"), (0.49, "No"), (0.5, "Much"), (1, "Much")])
async def test_persona_describes_targets_by_the_nearer_end(
    made: Made, level: float, end: str
) -> None:
    model = FakeModel()
    await made("persona", model).decide(FIRE, wish(targets={"haste": level}))
    assert f' haste". {end} haste.\n</person>' in model.requests[0].prompt.text("system")


async def test_boundaries_alone_are_told_as_a_story(made: Made) -> None:
    model = FakeModel()
    rules = [{"id": "b", "rule": "Never walk on glass."}]
    await made("persona", model).decide(FIRE, wish(boundaries=rules))
    assert "<person>\nNever walk on glass.\n</person>" in model.requests[0].prompt.text("system")


async def test_one_person_answers_alone(made: Made) -> None:
    script = tell(Ada=(0.1, 0.2, 0.7), plain=PLAIN)
    profile = wish(persona="You are Ada .", title="Ada's way")
    decision = await made("persona", FakeModel(script=script)).decide(FIRE, profile)
    assert decision.probabilities == pytest.approx({"walk": 0.1, "ride": 0.2, "race": 0.7})
    assert decision.explanation == "Chosen with 70% for Ada's way.\n'race'."


PANEL = [
    {"story": "Ada mends nets.", "weight": 2, "values": {"haste": 1.0}},
    {"story": "Bob keeps bees.", "values": {"haste": 0.5}},
    {"story": "Cleo writes."},
]
MEMBERS = tell(Ada=(0.0, 0.2, 0.8), Bob=(0.5, 0.5, 0.0), Cleo=(0.8, 0.1, 0.1), plain=PLAIN)


async def test_a_panel_is_mixed_by_weight_and_nearness(made: Made) -> None:
    model = FakeModel(script=MEMBERS)
    profile = wish(targets={"haste": {"value": 1, "weight": 7}}, panel=PANEL)
    decision = await made("persona", model, nearness=0.5).decide(FIRE, profile)
    counts = {"Ada mends nets.": 2.0, "Cleo writes.": 1.0, "Bob keeps bees.": math.exp(-1)}
    total = sum(counts.values())
    assert decision.evidence.weights == pytest.approx(
        {story: count / total for story, count in counts.items()}
    )
    ada, cleo, bob = (count / total for count in counts.values())
    assert decision.probabilities == pytest.approx(
        {
            "walk": 0.0 * ada + 0.5 * bob + 0.8 * cleo,
            "ride": 0.2 * ada + 0.5 * bob + 0.1 * cleo,
            "race": 0.8 * ada + 0.0 * bob + 0.1 * cleo,
        }
    )
    assert len(model.requests) == 9
    assert "for 3 of the panel." in decision.explanation
    assert not any("Haste" in one.prompt.text("system") for one in model.requests)


@pytest.mark.parametrize(("nearness", "ratio"), [(0.25, math.exp(-2)), (0.5, math.exp(-1))])
async def test_nearness_says_how_much_distance_matters(
    made: Made, nearness: float, ratio: float
) -> None:
    profile = wish(targets={"haste": 1}, panel=PANEL[:2])
    decider = made("persona", FakeModel(script=MEMBERS), nearness=nearness)
    weights = (await decider.decide(FIRE, profile)).evidence.weights or {}
    assert weights["Bob keeps bees."] / weights["Ada mends nets."] == pytest.approx(ratio / 2)


async def test_distance_is_the_mean_over_the_targets_that_are_known(made: Made) -> None:
    panel = [
        {"story": "Ada mends nets.", "values": {"haste": 1.0, "care": 0.5}},
        {"story": "Bob keeps bees.", "values": {"haste": 0.8}},
        {"story": "Cleo writes.", "values": {"pride": 0.1}},
    ]
    targets = {"haste": 1, "care": {"value": 1, "weight": 3}, "calm": {"logit": {"weight": 1}}}
    decider = made("persona", FakeModel(script=MEMBERS), nearness=1)
    decision = await decider.decide(FIRE, wish(targets=targets, panel=panel))
    counts = {"Cleo writes.": 1.0, "Bob keeps bees.": math.exp(-0.2)}
    counts |= {"Ada mends nets.": math.exp(-(0 + 3 * 0.5) / 4)}
    assert decision.evidence.weights == pytest.approx(
        {story: count / sum(counts.values()) for story, count in counts.items()}
    )


async def test_people_far_from_the_targets_are_still_told_apart(made: Made) -> None:
    panel = [
        {"story": "Ada mends nets.", "values": {"haste": 0.1}},
        {"story": "Bob keeps bees.", "values": {"haste": 0.0}},
    ]
    profile = wish(targets={"haste": 1}, panel=panel)
    decision = await made("persona", FakeModel(script=MEMBERS), nearness=1e-4).decide(FIRE, profile)
    assert decision.evidence.weights == pytest.approx({"Ada mends nets.": 1, "Bob keeps bees.": 0})


async def test_of_a_panel_those_who_count_most_are_asked(made: Made) -> None:
    model = FakeModel(script=MEMBERS)
    profile = wish(targets={"haste": 1}, panel=PANEL)
    decision = await made("persona", model, people=2).decide(FIRE, profile)
    assert decision.evidence.weights == pytest.approx(
        {"Ada mends nets.": 2 / 3, "Cleo writes.": 1 / 3}
    )
    assert len(model.requests) == 6


async def test_stories_that_begin_alike_are_told_apart(made: Made) -> None:
    begins = "A person who has lived for many years in the same small town"
    panel = [{"story": f"{begins}, {end}.", "weight": n} for n, end in enumerate("ab", 1)]
    decision = await made("persona", FakeModel()).decide(FIRE, wish(panel=panel))
    assert decision.evidence.weights == pytest.approx(
        {f"{begins} (1)": 2 / 3, f"{begins} (2)": 1 / 3}
    )
    assert "for 2 of the panel." in decision.explanation


async def test_persona_can_take_out_what_the_plain_model_likes(made: Made) -> None:
    model = FakeModel(script=MEMBERS)
    profile = wish(panel=[{"story": "Cleo writes."}])
    decision = await made("persona", model, against="plain").decide(FIRE, profile)
    assert decision.probabilities == shares_of(walk=0.8 / 0.1, ride=0.1 / 0.6, race=0.1 / 0.3)
    said = [one.prompt.text("system") for one in model.requests]
    assert ["Cleo" in one for one in said] == [True] * 3 + [False] * 3


async def test_every_member_is_compared_with_the_plain_model_before_they_are_mixed(
    made: Made,
) -> None:
    script = tell(Bob=(0.5, 0.25, 0.25), Cleo=(0.2, 0.2, 0.6), plain=(0.5, 0.25, 0.25))
    profile = wish(panel=[{"story": "Bob keeps bees."}, {"story": "Cleo writes.", "weight": 3}])
    decider = made("persona", FakeModel(script=script), against="plain")
    decision = await decider.decide(FIRE, profile)
    cleo = {"walk": 0.2 / 0.5, "ride": 0.2 / 0.25, "race": 0.6 / 0.25}
    assert decision.probabilities == pytest.approx(
        {name: 0.25 / 3 + 0.75 * one / sum(cleo.values()) for name, one in cleo.items()}
    )


async def test_persona_decides_many_choices_in_rounds(made: Made) -> None:
    model = FakeModel()
    await made("persona", model, in_view=2).decide(FIRE, RUSH)
    assert {len(listing) for listing in listings(model)} == {2}
