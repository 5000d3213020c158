"""Methods that judge one short thing at a time, and what they make of the answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from alignkit.deciders.base import Decider
from alignkit.deciders.chooser_judge import ChooserJudge, ChooserSettings
from alignkit.schema import (
    Choice,
    ChoiceQuestion,
    Estimate,
    Generation,
    PredicateQuestion,
    Profile,
    Request,
    Scenario,
    ScoreQuestion,
    Usage,
)
from alignkit.testing import FakeModel

from .conftest import attribute

if TYPE_CHECKING:
    from .conftest import Made

FIRE = Scenario(
    id="fire",
    context="The house is on fire.",
    question="How do you go?",
    choices=tuple(Choice(id=f"id-{text}", text=text) for text in ("walk", "ride", "race")),
)
ORDER = ["race", "ride", "walk"]
PAIR = FIRE.model_copy(update={"choices": FIRE.choices[:2]})


def wish(**targets: Any) -> Profile:
    """A profile with these targets."""
    return Profile.model_validate({"name": "p", "targets": targets})


def said(request: Request) -> str:
    """All that the model reads before the options."""
    prompt = request.prompt
    return f"{prompt.text('system')}{prompt.text('user')}[{request.question.instructions}]"


def attribute_of(request: Request) -> str:
    """The attribute that a request is about."""
    found = re.search(r"^(?:Attribute: |Value: )?(Haste|Care)\b", said(request), re.MULTILINE)
    assert found
    return found[1].lower()


def choice_of(request: Request) -> str:
    """The choice that a request is about."""
    [found] = re.findall(r"<choice>\n(.*)\n</choice>", said(request))
    return str(found)


def yes(chance: float) -> dict[str, float]:
    """An answer to a predicate."""
    return {"yes": chance, "no": 1 - chance}


def level(number: int) -> dict[str, float]:
    """An answer to a score that is sure of one level, counted from 1."""
    return {str(n): float(n == number) for n in range(1, 6)}


# chooser_judge

WAYS = {
    "trait": "Would a person high in haste choose this?",
    "person": "Would somebody who goes fast choose this?",
    "origin": "Does it come from somebody who goes fast?",
}
HASTE = attribute("haste").model_copy(update={"statement": "goes fast"})


def quick(model: FakeModel, **settings: Any) -> Decider:
    """`chooser_judge`, for which haste has a statement."""
    chosen = ChooserSettings.model_validate(settings)
    return ChooserJudge(model, chosen, attributes={"haste": HASTE})


def choosing(**chances: float) -> Callable[[Request], Mapping[str, float]]:
    """Says yes so likely of "race", by the way of asking."""

    def script(request: Request) -> Mapping[str, float]:
        [way] = [way for way, asks in WAYS.items() if asks == request.question.instructions]
        return yes(chances[way] if choice_of(request) == "race" else 0.5)

    return script


async def test_chooser_judge_asks_in_the_ways_that_are_wanted_about_each_choice() -> None:
    model = FakeModel()
    await quick(model, ask=[*WAYS]).decide(FIRE, wish(haste=0))
    asked = [(choice_of(one), one.question.instructions) for one in model.requests]
    assert asked == [(text, asks) for text in ORDER for asks in WAYS.values()]
    for request in model.requests:
        assert isinstance(request.question, PredicateQuestion)
        assert "The house is on fire." in said(request)
        defined = f"Haste: {HASTE.definition}" in said(request)
        assert defined == (request.question.instructions != WAYS["origin"])
        assert not any(text in said(request) for text in ORDER if text != choice_of(request))


async def test_chooser_judge_takes_the_mean_of_log_odds() -> None:
    model = FakeModel(script=choosing(trait=0.5, person=0.8, origin=16 / 17))  # odds 1, 4, 16
    decision = await quick(model, ask=[*WAYS]).decide(FIRE, wish(haste=1))
    found = decision.estimates["id-race"]["haste"]
    assert found.mean == pytest.approx(0.8)
    assert found.sd == pytest.approx(0.4)
    assert decision.choice == "id-race"
    softer = await quick(model, ask=[*WAYS], softness=2).decide(FIRE, wish(haste=1))
    assert softer.estimates["id-race"]["haste"].mean == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("ask", "ways"), [(None, ["person"]), ("origin, trait", ["origin", "trait"])]
)
async def test_chooser_judge_asks_one_question_by_default(ask: str | None, ways: list[str]) -> None:
    model = FakeModel()
    await quick(model, **({} if ask is None else {"ask": ask})).decide(FIRE, wish(haste=1))
    asked = [one.question.instructions for one in model.requests]
    assert asked == [WAYS[way] for way in ways] * 3


async def test_chooser_judge_describes_the_high_end_where_no_statement_is_written(
    made: Made,
) -> None:
    model = FakeModel()
    await made("chooser_judge", model, ask="person,origin").decide(FIRE, wish(haste=1))
    assert {one.question.instructions for one in model.requests} == {
        "Would somebody of whom this is true (Much haste) choose this?",
        "Does it come from somebody of whom this is true (Much haste)?",
    }


# statement_judge


def stating(high: float, low: float) -> Callable[[Request], Mapping[str, float]]:
    """Finds the statement of the high end so likely for "race", the low end's so likely."""

    def script(request: Request) -> Mapping[str, float]:
        if choice_of(request) != "race":
            return yes(0.5)
        return yes(high if "Much" in request.question.instructions else low)

    return script


async def test_statement_judge_asks_about_both_ends_of_each_choice(made: Made) -> None:
    model = FakeModel()
    await made("statement_judge", model).decide(FIRE, wish(care=1, haste=0))
    asked = [(choice_of(one), one.question.instructions) for one in model.requests]
    assert asked == [
        (text, f"Is this true of the choice? {end} {name}.")
        for name in ("care", "haste")
        for text in ORDER
        for end in ("Much", "No")
    ]
    for request in model.requests:
        assert isinstance(request.question, PredicateQuestion)
        assert "The house is on fire." in said(request)
        assert not any(text in said(request) for text in ORDER if text != choice_of(request))


async def test_statement_judge_takes_the_difference_of_log_odds(made: Made) -> None:
    decider = made("statement_judge", FakeModel(script=stating(0.8, 0.2)))
    decision = await decider.decide(FIRE, wish(haste=1))
    found = decision.estimates["id-race"]["haste"]
    assert found.mean == pytest.approx(0.8)  # logistic((log 4 - log 1/4) / 2)
    assert found.sd == pytest.approx(0.4)
    assert decision.estimates["id-walk"]["haste"].mean == pytest.approx(0.5)
    assert decision.choice == "id-race"
    assert decision.order_shift is None


async def test_statement_judge_is_softer_with_more_softness(made: Made) -> None:
    decider = made("statement_judge", FakeModel(script=stating(0.8, 0.2)), softness=1)
    decision = await decider.decide(FIRE, wish(haste=1))
    assert decision.estimates["id-race"]["haste"].mean == pytest.approx(16 / 17)


async def test_statement_judge_can_ask_about_the_high_end_only(made: Made) -> None:
    model = FakeModel(script=stating(0.8, 0.99))
    decider = made("statement_judge", model, both_ends=False)
    decision = await decider.decide(FIRE, wish(haste=1))
    assert decision.estimates["id-race"]["haste"].mean == pytest.approx(2 / 3)
    assert len(model.requests) == 3
    assert all(one.question.instructions.endswith("? Much haste.") for one in model.requests)


async def test_a_liking_for_yes_cancels_out(made: Made) -> None:
    eager = stating(0.8 * 9 / (0.8 * 9 + 0.2), 0.2 * 9 / (0.2 * 9 + 0.8))  # odds times 9
    decider = made("statement_judge", FakeModel(script=eager))
    decision = await decider.decide(FIRE, wish(haste=1))
    assert decision.estimates["id-race"]["haste"].mean == pytest.approx(0.8)


async def test_a_sure_answer_is_no_infinite_estimate(made: Made) -> None:
    decider = made("statement_judge", FakeModel(script=stating(1, 0)), softness=0.01)
    decision = await decider.decide(FIRE, wish(haste=1))
    assert decision.estimates["id-race"]["haste"] == Estimate(mean=1, sd=0)
    assert decision.outcome == "decided"


# most_and_least


def strengths(request: Request) -> Mapping[str, float]:
    """Each choice's strength is twice that of the one before in canonical order."""
    assert isinstance(request.question, ChoiceQuestion)
    most = request.question.instructions.endswith("? Much haste.")
    assert most or request.question.instructions.endswith("? No haste.")
    powers = {option.id: sorted(TEXTS).index(option.text) for option in request.question.options}
    return {option: 2.0 ** (power if most else -power) for option, power in powers.items()}


TEXTS = ("race", "ride", "trot", "walk")
FOUR = FIRE.model_copy(
    update={"choices": tuple(Choice(id=f"id-{text}", text=text) for text in reversed(TEXTS))}
)


async def test_most_and_least_asks_both_in_every_rotation(made: Made) -> None:
    model = FakeModel(script=strengths)
    decision = await made("most_and_least", model).decide(FIRE, wish(haste=1))
    turns = [ORDER[k:] + ORDER[:k] for k in range(3)]
    asked = [
        (one.question.instructions, [option.text for option in one.question.options])
        for one in model.requests
        if isinstance(one.question, ChoiceQuestion)
    ]
    assert asked == [
        (f"Which option fits this best? {end} haste.", turn)
        for end in ("Much", "No")
        for turn in turns
    ]
    assert decision.usage.calls == 6
    assert all("Attribute: Haste\n" in one.prompt.text("user") for one in model.requests)


async def test_most_and_least_by_hand(made: Made) -> None:
    def script(request: Request) -> Mapping[str, float]:
        most = request.question.instructions.endswith("Much haste.")
        return {"id-walk": 0.2 if most else 0.8, "id-ride": 0.8 if most else 0.2}

    decision = await made("most_and_least", FakeModel(script=script)).decide(PAIR, wish(haste=1))
    # log 0.8 less the mean of log 0.8 and log 0.2 is log 2; twice that, halved, is log 2 again.
    assert decision.estimates["id-ride"]["haste"].mean == pytest.approx(2 / 3)
    assert decision.estimates["id-walk"]["haste"].mean == pytest.approx(1 / 3)
    assert decision.estimates["id-ride"]["haste"].sd == 0
    assert decision.order_shift == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("softness", "odds"), [(1.0, 4), (2.0, 2), (4.0, math.sqrt(2))])
async def test_softness_divides_the_difference(made: Made, softness: float, odds: float) -> None:
    def script(request: Request) -> Mapping[str, float]:
        most = request.question.instructions.endswith("Much haste.")
        return {"id-walk": 1 if most else 4, "id-ride": 4 if most else 1}

    decider = made("most_and_least", FakeModel(script=script), softness=softness)
    decision = await decider.decide(PAIR, wish(haste=1))
    assert decision.estimates["id-ride"]["haste"].mean == pytest.approx(odds / (1 + odds))


async def test_a_liking_for_a_choice_cancels_out_of_most_and_least(made: Made) -> None:
    def fond(request: Request) -> Mapping[str, float]:
        return {
            option: share * (50 if option == "id-walk" else 1)
            for option, share in strengths(request).items()
        }

    plain = await made("most_and_least", FakeModel(script=strengths)).decide(FOUR, wish(haste=1))
    liked = await made("most_and_least", FakeModel(script=fond)).decide(FOUR, wish(haste=1))
    for choice, levels in plain.estimates.items():
        assert liked.estimates[choice]["haste"].mean == pytest.approx(levels["haste"].mean)


async def test_most_and_least_tells_the_largest_shift_of_its_questions(made: Made) -> None:
    def leaning(request: Request) -> Mapping[str, float]:
        """Likes the first place, but only when asked which shows least."""
        ids = request.question.option_ids
        least = request.question.instructions.endswith("? No haste.")
        return {option: 1.0 + 2 * (least and place == 0) for place, option in enumerate(ids)}

    decision = await made("most_and_least", FakeModel(script=leaning)).decide(PAIR, wish(haste=1))
    assert decision.order_shift == pytest.approx(3 / 4 - 1 / 2)
    assert decision.estimates["id-ride"]["haste"].mean == pytest.approx(0.5)


async def test_most_and_least_decides_many_choices_in_rounds(made: Made) -> None:
    model = FakeModel(script=strengths)
    at_once = await made("most_and_least", FakeModel(script=strengths)).decide(FOUR, wish(haste=1))
    rounds = await made("most_and_least", model, in_view=2).decide(FOUR, wish(haste=1))
    assert {len(one.question.option_ids) for one in model.requests} == {2}
    assert len(model.requests) == 2 * (2 + 2 + 2)
    for choice, levels in at_once.estimates.items():
        assert rounds.estimates[choice]["haste"].mean == pytest.approx(levels["haste"].mean)


# value_judge


def valuing(request: Request) -> Mapping[str, float]:
    """Haste matters with 0.8, care with 0.2; "race" supports, all else could do either."""
    if isinstance(request.question, PredicateQuestion):
        return yes(0.8 if attribute_of(request) == "haste" else 0.2)
    if choice_of(request) == "race":
        return {"supports": 0.5, "either": 0.3, "opposes": 0.2}
    return {"supports": 0, "either": 1, "opposes": 0}


async def test_value_judge_asks_about_relevance_and_then_in_three_orders(made: Made) -> None:
    model = FakeModel(script=valuing)
    await made("value_judge", model).decide(FIRE, wish(care=1, haste=1))
    first, rest = model.requests[:2], model.requests[2:]
    assert [one.question.instructions for one in first] == [
        "Do the choices differ in this attribute?"
    ] * 2
    assert [attribute_of(one) for one in first] == ["care", "haste"]
    assert "<choices>\n- race\n- ride\n- walk\n</choices>" in said(first[0])
    assert [(attribute_of(one), choice_of(one)) for one in rest] == [
        (name, text) for name in ("care", "haste") for text in ORDER for _ in range(3)
    ]
    orders = [one.question.option_ids for one in rest[:3]]
    for place in range(3):
        assert {order[place] for order in orders} == {"supports", "either", "opposes"}
    assert {one.question.instructions for one in rest} == {
        "What does taking this choice do to the value?"
    }
    for request in rest:
        assert "Opposed: No " in said(request)
        assert not any(text in said(request) for text in ORDER if text != choice_of(request))


async def test_value_judge_counts_either_as_a_half(made: Made) -> None:
    decision = await made("value_judge", FakeModel(script=valuing)).decide(FIRE, wish(haste=1))
    found = decision.estimates["id-race"]["haste"]
    assert found.mean == pytest.approx(1 * 0.5 + 0.5 * 0.3)
    spread = 0.5 * 0.35**2 + 0.3 * 0.15**2 + 0.2 * 0.65**2
    assert found.sd == pytest.approx(math.sqrt(spread))
    assert decision.estimates["id-walk"]["haste"].mean == pytest.approx(0.5)
    assert decision.order_shift == pytest.approx(0, abs=1e-9)


async def test_a_liking_for_a_place_cancels_out_of_value_judge(made: Made) -> None:
    def leaning(request: Request) -> Mapping[str, float]:
        given = valuing(request)
        if isinstance(request.question, PredicateQuestion):
            return given
        ids = request.question.option_ids
        return {option: (given[option] + 1e-9) * 4.0**place for place, option in enumerate(ids)}

    decision = await made("value_judge", FakeModel(script=leaning)).decide(FIRE, wish(haste=1))
    assert decision.estimates["id-race"]["haste"].mean == pytest.approx(0.65)
    assert (decision.order_shift or 0) > 0.2


async def test_value_judge_lets_targets_count_by_their_relevance(made: Made) -> None:
    target = {"value": 1, "weight": 2}
    decision = await made("value_judge", FakeModel(script=valuing)).decide(
        FIRE, wish(haste=target, care=1)
    )
    assert decision.evidence.weighed_by == pytest.approx({"haste": 0.8, "care": 0.2})
    shares = {"haste": 2 * 0.8 / 1.8, "care": 0.2 / 1.8}
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["id-race"] == pytest.approx(
        {name: 0.35 * share for name, share in shares.items()}
    )
    assert decision.evidence.relevance is None  # nothing was left out


async def test_value_judge_can_leave_relevance_out(made: Made) -> None:
    model = FakeModel(script=valuing)
    decider = made("value_judge", model, weigh_relevance=False)
    decision = await decider.decide(FIRE, wish(haste=1, care=1))
    assert not any(isinstance(one.question, PredicateQuestion) for one in model.requests)
    assert decision.evidence.weighed_by is None
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["id-race"] == pytest.approx({"haste": 0.175, "care": 0.175})


# relevance_weighted


def weighing(haste: float, care: float) -> Callable[[Request], Mapping[str, float]]:
    """So relevant are haste and care; "race" is all haste, "ride" all care, "walk" between."""
    found = {"haste": haste, "care": care}
    levels = {"race": (5, 1), "ride": (1, 5), "walk": (3, 3)}

    def script(request: Request) -> Mapping[str, float]:
        name = attribute_of(request)
        if isinstance(request.question, PredicateQuestion):
            return yes(found[name])
        return level(levels[choice_of(request)][name == "care"])

    return script


async def test_relevance_weighted_asks_for_relevance_once_and_then_for_levels(made: Made) -> None:
    model = FakeModel(script=weighing(0.9, 0.3))
    await made("relevance_weighted", model).decide(FIRE, wish(haste=1, care=1))
    kinds = [one.question.type for one in model.requests]
    assert kinds == ["predicate"] * 2 + ["score"] * 6
    assert [(attribute_of(one), choice_of(one)) for one in model.requests[2:]] == [
        (name, text) for name in ("haste", "care") for text in ORDER
    ]


async def test_relevance_weighted_multiplies_weights_by_relevance(made: Made) -> None:
    decider = made("relevance_weighted", FakeModel(script=weighing(0.9, 0.3)))
    decision = await decider.decide(FIRE, wish(haste=1, care={"value": 1, "weight": 2}))
    assert decision.evidence.weighed_by == pytest.approx({"haste": 0.9, "care": 0.3})
    share = 0.9 / (0.9 + 2 * 0.3)
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["id-race"] == pytest.approx({"haste": 0, "care": 1 - share})
    assert decision.evidence.costs["id-ride"] == pytest.approx({"haste": share, "care": 0})
    assert decision.choice == "id-race"


@pytest.mark.parametrize(
    ("above", "counts"), [(0.5, (1.0, 0.0)), (0.2, (1.0, 1.0)), (0.9, (0.0, 0.0))]
)
async def test_binary_relevance_counts_targets_whole_or_not(
    made: Made, above: float, counts: tuple[float, float]
) -> None:
    model = FakeModel(script=weighing(0.9, 0.3))
    decider = made("relevance_weighted", model, binary=True, relevant_above=above)
    decision = await decider.decide(FIRE, wish(haste=1, care={"value": 1, "weight": 3}))
    assert decision.evidence.weighed_by == dict(zip(("haste", "care"), counts, strict=True))
    share = {(1, 0): 1.0, (1, 1): 0.25, (0, 0): 0.25}[counts]  # where nothing matters, weights do
    assert decision.evidence.costs is not None
    assert decision.evidence.costs["id-ride"]["haste"] == pytest.approx(share)


async def test_what_was_asked_to_filter_is_not_asked_again_to_weigh(made: Made) -> None:
    for name in ("relevance_weighted", "value_judge"):
        script = weighing(0.9, 0.3) if name == "relevance_weighted" else valuing
        model = FakeModel(script=script)
        decision = await made(name, model, relevant_from=2).decide(FIRE, wish(haste=1, care=1))
        assert [one.question.type for one in model.requests].count("predicate") == 2
        assert set(decision.estimates["id-race"]) == {"haste"}
        assert decision.evidence.relevance == decision.evidence.weighed_by


# staged


class Writer(FakeModel):
    """Writes these facts, finds them relevant as told, and sees levels by a script."""

    def __init__(self, facts: list[str], matters: Mapping[tuple[str, str], float]) -> None:
        super().__init__(script=self.script)
        self.facts = facts
        self.matters = matters
        self.written: list[tuple[Any, Any, Any]] = []

    async def generate_object(self, prompt: Any, schema: Any, sampling: Any) -> Generation:
        self.written.append((prompt, schema, sampling))
        return Generation(prompt=prompt, output={"facts": self.facts}, usage=Usage(calls=1))

    def script(self, request: Request) -> Mapping[str, float]:
        if isinstance(request.question, PredicateQuestion):
            [fact] = re.findall(r"<fact>\n(.*)\n</fact>", request.question.instructions)
            return yes(self.matters.get((attribute_of(request), fact), 0.0))
        return level({"race": 5, "ride": 4, "walk": 1}[choice_of(request)])


FACTS = ["It burns.", "A horse stands here.", "It rains."]
MATTERS = {("haste", "It burns."): 0.9, ("haste", "It rains."): 0.3, ("care", "It rains."): 0.31}


def shown_facts(request: Request) -> list[str]:
    """The facts in a prompt that weighs a choice."""
    return re.findall(r"^- (.*)$", request.prompt.text("user"), re.MULTILINE)


async def test_staged_extracts_filters_and_weighs(made: Made) -> None:
    model = Writer(FACTS, MATTERS)
    decision = await made("staged", model).decide(FIRE, wish(haste=1, care=1))
    [(prompt, _, _)] = model.written
    assert "List at most 8 facts." in prompt.text("user")
    assert "<choices>\n- race\n- ride\n- walk\n</choices>" in prompt.text("user")
    assert "Haste" not in prompt.text("user")
    filtering, measuring = model.requests[:6], model.requests[6:]
    assert [
        (attribute_of(one), re.findall(r"<fact>\n(.*)\n", one.question.instructions))
        for one in filtering
    ] == [(name, [fact]) for name in ("haste", "care") for fact in FACTS]
    for request in filtering:
        assert "The house is on fire." not in said(request)
        assert not any(text in said(request) for text in ORDER)
    assert [(attribute_of(one), choice_of(one)) for one in measuring] == [
        (name, text) for name in ("haste", "care") for text in ORDER
    ]
    assert all(isinstance(one.question, ScoreQuestion) for one in measuring)
    assert [shown_facts(one) for one in measuring] == [["It burns."]] * 3 + [["It rains."]] * 3
    assert decision.estimates["id-ride"]["haste"] == Estimate(mean=0.75, sd=0)
    assert decision.choice == "id-race"


async def test_the_threshold_says_which_facts_are_kept(made: Made) -> None:
    model = Writer(FACTS, MATTERS)
    await made("staged", model, threshold=0.25).decide(FIRE, wish(haste=1))
    assert shown_facts(model.requests[-1]) == ["It burns.", "It rains."]


async def test_where_no_fact_matters_all_are_shown(made: Made) -> None:
    model = Writer(FACTS, MATTERS)
    await made("staged", model, threshold=0.9).decide(FIRE, wish(haste=1))
    assert shown_facts(model.requests[-1]) == FACTS


async def test_the_settings_of_the_extraction_reach_the_model(made: Made) -> None:
    model = Writer(FACTS, MATTERS)
    await made("staged", model, facts=3, seed=7).decide(FIRE, wish(haste=1))
    [(prompt, schema, sampling)] = model.written
    assert "List at most 3 facts." in prompt.text("user")
    assert (schema["properties"]["facts"]["minItems"], schema["additionalProperties"]) == (1, False)
    assert schema["properties"]["facts"]["maxItems"] == 3
    assert (sampling.seed, sampling.temperature) == (7, 0)
    longest = schema["properties"]["facts"]["items"]["maxLength"]
    assert 3 * longest / 4 < sampling.max_tokens  # a token has about four characters


async def test_a_fact_that_is_written_twice_counts_once(made: Made) -> None:
    model = Writer(["It burns. ", "It burns.", "  ", "It rains."], {})
    await made("staged", model).decide(FIRE, wish(haste=1))
    assert shown_facts(model.requests[-1]) == ["It burns.", "It rains."]
    assert [one.question.type for one in model.requests].count("predicate") == 2


async def test_without_facts_there_is_no_decision(made: Made) -> None:
    model = Writer(["  ", "\n"], {})
    decision = await made("staged", model).decide(FIRE, wish(haste=1))
    assert (decision.outcome, decision.choice, decision.estimates) == ("failed", None, {})
    assert decision.reason == "While extracting the facts: The model extracted no facts."
    assert len(decision.evidence.generations) == 1


# outcomes


class Seer(FakeModel):
    """Foresees something of its own for every choice."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[str, Any, Any]] = []

    async def generate_object(self, prompt: Any, schema: Any, sampling: Any) -> Generation:
        text = prompt.text("user")
        [choice] = re.findall(r"<choice>\n(.*)\n</choice>", text)
        self.written.append((choice, schema, sampling))
        outcome = {"outcome": f" After the {choice} all is well. "}
        return Generation(prompt=prompt, output=outcome, usage=Usage(calls=1))


@pytest.mark.parametrize("name", ["direct_regression", "comparative_regression"])
async def test_outcomes_are_foreseen_once_for_each_choice_and_shown_with_it(
    made: Made, name: str
) -> None:
    model = Seer()
    decision = await made(name, model, outcomes=True).decide(FIRE, wish(haste=1, care=0))
    assert [choice for choice, _, _ in model.written] == ORDER
    assert all(schema["required"] == ["outcome"] for _, schema, _ in model.written)
    assert len(decision.evidence.generations) == 3
    for generation in decision.evidence.generations:
        assert "Haste" not in generation.prompt.text("user")
    for request in model.requests:
        [found] = re.findall(r"<outcome>\n(.*)\n</outcome>", request.question.instructions)
        assert found == f"After the {choice_of(request)} all is well."
    assert "outcome" in {one.name for one in decision.evidence.templates}


@pytest.mark.parametrize("name", ["direct_regression", "comparative_regression"])
async def test_without_outcomes_nothing_is_foreseen(made: Made, name: str) -> None:
    model = Seer()
    await made(name, model).decide(FIRE, wish(haste=1))
    assert model.written == []
    assert not any("outcome" in said(request) for request in model.requests)


@pytest.mark.parametrize("name", ["direct_regression", "statement_judge", "chooser_judge"])
async def test_with_focus_only_what_is_said_about_the_one_in_question_is_shown(
    made: Made, name: str
) -> None:
    ward = Scenario(
        id="ward",
        context="It is night. Ann has burns. Ben has a cold.",
        question="Whom do you treat?",
        choices=(Choice(id="ann", text="Treat Ann"), Choice(id="ben", text="Treat Ben")),
        entities=("Ann", "Ben"),
    )
    model = FakeModel()
    await made(name, model, focus=True).decide(ward, wish(haste=1))
    contexts = [one.prompt.text("user").split("\n")[1] for one in model.requests]
    assert set(contexts) == {"It is night. Ann has burns.", "It is night. Ann has a cold."}
    assert {choice_of(one) for one in model.requests} == {"Treat Ann"}
