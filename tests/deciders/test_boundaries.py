from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.deciders import DECIDERS
from alignkit.deciders.boundaries import forbidden
from alignkit.deciders.case import Case
from alignkit.deciders.random import RandomSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import Unreachable
from alignkit.library import Library
from alignkit.models.protocols import Model
from alignkit.prompts import Prompts
from alignkit.schema import (
    Answer,
    Boundary,
    Choice,
    PredicateQuestion,
    Profile,
    Request,
    Scenario,
)
from alignkit.testing import FakeModel


def scenario(*texts: str) -> Scenario:
    """A scenario with choices a, b, c, ... that say these texts."""
    choices = tuple(Choice(id="abcdefgh"[n], text=text) for n, text in enumerate(texts))
    return Scenario(id="s", context="Two are hurt.", question="Whom?", choices=choices)


def never(*words: str, name: str = "words") -> Boundary:
    """A boundary that forbids these words."""
    return Boundary(id=name, rule=f"Never {name}.", never_say=words)


async def found(model: Model | None, asked: Scenario, *boundaries: Boundary) -> dict[str, str]:
    """Choices that are ruled out, with the boundary."""
    profile = Profile(name="p", boundaries=boundaries) if boundaries else None
    return await forbidden(Trace(model, Prompts()), Case(asked, profile, ()))


def breaks(*rules: tuple[str, str], sure: float = 0.9) -> FakeModel:
    """A model that finds for these pairs (rule, choice text), and no others, that they break."""

    def script(request: Request) -> Mapping[str, float]:
        if not isinstance(request.question, PredicateQuestion):
            return {option: 3.0 - n for n, option in enumerate(request.question.option_ids)}
        said = request.prompt.text("user")
        broken = any(
            f"Rule: {rule}\n" in request.question.instructions and f"<choice>\n{text}\n" in said
            for rule, text in rules
        )
        return {"yes": sure, "no": 1 - sure} if broken else {"yes": 0.1, "no": 0.9}

    return FakeModel(script=script)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        *(("kill", "Kill him"), ("KILL", "we will kill"), ("kill", "skilled"), ("a b", "x A\n B")),
        *(("a  b", "a b"), ("a\u00a0b", "a b"), ("stra\u00dfe", "STRASSE"), ("fi", "\ufb01nd")),
        *(("kill", "\uff4b\uff49\uff4c\uff4c"), ("kill", "\U0001d424\U0001d422\U0001d425l")),
        *(("kill", "ki\u200bll"), ("ki\u00adll", "kill"), ("kill", "k\u2060i\ufeffll")),
        *(("caf\u00e9", "cafe\u0301"), ("2", "\u00b2"), ("...", "\u2026")),
        ("\u03c3\u03b1\u03c2", "\u03a3\u0391\u03a3"),
        *(("kill", "k i l l"), ("kill", "ki ll"), ("a b", "ab"), ("kill", "\u043aill")),
    ],
)
async def test_a_word_is_found_whatever_its_case_spacing_and_form(word: str, text: str) -> None:
    assert await found(None, scenario(text, "other"), never(word)) == {"a": "words"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("hell", "the llama"),
        ("a b", "abc"),
        ("kill", "heal"),
    ],
)
async def test_what_is_not_said_is_not_found(word: str, text: str) -> None:
    assert await found(None, scenario(text, "other"), never(word)) == {}


async def test_any_word_of_any_boundary_will_do() -> None:
    asked = scenario("run", "hide", "fight", "talk")
    rules = (never("x", "hide", name="b1"), never("fight", name="b2"))
    assert await found(None, asked, *rules) == {"b": "b1", "c": "b2"}


async def test_the_first_boundary_that_is_broken_is_named() -> None:
    asked = scenario("hide", "talk")
    rules = (never("hide", name="b1"), never("hide", name="b2"))
    assert await found(None, asked, *rules) == {"a": "b1"}
    model = breaks(("Never b1.", "hide"))
    assert await found(model, asked, never(name="b1"), never("hide", name="b2")) == {"a": "b1"}
    assert await found(model, asked, never("hide", name="b2"), never(name="b1")) == {"a": "b2"}


async def test_a_rule_is_judged_by_the_model_for_each_choice_by_itself() -> None:
    model = breaks(("Never b1.", "hide"))
    asked = scenario("run", "hide", "fight")
    assert await found(model, asked, never(name="b1"), never(name="b2")) == {"b": "b1"}
    assert len(model.requests) == 6
    for request in model.requests:
        said = request.prompt.text("user")
        assert "Two are hurt." in said
        assert request.question.instructions.endswith("Does taking this choice break the rule?")
    assert len({request.question.instructions for request in model.requests}) == 2
    assert len({request.prompt.text("user") for request in model.requests}) == 3


@pytest.mark.parametrize(("sure", "out"), [(0.51, True), (0.5, False), (0.49, False)])
async def test_a_rule_is_broken_where_that_is_likelier_than_not(sure: float, out: bool) -> None:  # noqa: FBT001
    model = breaks(("Never b1.", "hide"), sure=sure)
    assert bool(await found(model, scenario("run", "hide"), never(name="b1"))) is out


async def test_without_boundaries_the_model_is_not_asked() -> None:
    model = FakeModel()
    assert await found(model, scenario("run", "hide")) == {}
    assert model.requests == []


WISHES: dict[str, Any] = {"name": "p", "targets": {"care": 0.9}}
NAMES = [name for name in DECIDERS.names() if name not in {"first", "random"}]
CARE = Library().attributes["care"]
VALUES = ({"care": 0.9}, {"care": 0.1})


def valued(*texts: str) -> Scenario:
    """A scenario of which the oracle knows that the first choice is best."""
    asked = scenario(*texts)
    choices = [
        choice.model_copy(update={"values": VALUES[min(n, 1)]})
        for n, choice in enumerate(asked.choices)
    ]
    return asked.model_copy(update={"choices": tuple(choices)})


def best_is_first(request: Request) -> Mapping[str, float]:
    """Finds that "best" shows the most care in every way, but breaks each rule."""
    question = request.question
    system, said = request.prompt.text("system"), request.prompt.text("user")
    about_best = "<choice>\nbest\n" in said + question.instructions
    if isinstance(question, PredicateQuestion):
        if "Is this true of the choice?" in question.instructions:
            about_best = about_best is question.instructions.endswith(
                f"This choice {CARE.statement}."
            )
        return {"yes": 0.9, "no": 0.1} if about_best else {"yes": 0.1, "no": 0.9}
    if question.type == "score":
        return {
            option: 1.0 if (option == "5") is about_best else 0.01 for option in question.option_ids
        }
    if "supports" in question.option_ids:
        kind = "supports" if about_best else "opposes"
        return {option: 9.0 if option == kind else 1.0 for option in question.option_ids}
    careless = CARE.instructions.low[0] in system or question.instructions.endswith(CARE.low)
    wanted = "other" if careless else "best"
    return {option.id: 99.0 if option.text == wanted else 1.0 for option in question.options}


@pytest.mark.parametrize("name", NAMES)
async def test_boundaries_win_over_every_target(name: str) -> None:
    profile = Profile.model_validate(
        WISHES | {"boundaries": [{"id": "b1", "rule": "Never.", "never_say": ["BEST"]}]}
    )
    kind = DECIDERS.load(name)
    model = FakeModel(script=best_is_first)
    free = await kind(model).decide(valued("best", "other"), Profile.model_validate(WISHES))
    bound = await kind(model).decide(valued("best", "other"), profile)
    assert free.choice == "a"
    assert free.probabilities["a"] > 0.6
    assert bound.choice == "b"
    assert bound.probabilities == {"a": 0, "b": 1}
    assert bound.evidence.excluded == {"a": "b1"}
    assert bound.explanation.endswith("\nRuled out: 'best' (boundary b1).")
    assert "'other'" in bound.explanation.split("Ruled out")[0]
    assert "'best'" not in bound.explanation.splitlines()[0]
    assert "Ruled out" not in free.explanation


@pytest.mark.parametrize("name", ["first", "random"])
async def test_a_control_explains_the_choice_that_it_took(name: str) -> None:
    rules = [{"id": "b1", "rule": "Never.", "never_say": ["best"]}]
    profile = Profile.model_validate(WISHES | {"boundaries": rules})
    for texts in (("best", "other"), ("other", "best")):
        decision = await DECIDERS.load(name)().decide(valued(*texts), profile)
        assert decision.explanation.startswith("'other' ")


@pytest.mark.parametrize("name", DECIDERS.names())
async def test_when_every_choice_is_ruled_out_a_person_decides(name: str) -> None:
    rules = [{"id": "b1", "rule": "Never.", "never_say": ["e"]}]
    profile = Profile.model_validate(WISHES | {"boundaries": rules})
    decision = await DECIDERS.load(name)(FakeModel()).decide(valued("best", "other"), profile)
    assert (decision.outcome, decision.choice) == ("escalated", None)
    assert decision.reason == "every choice breaks a boundary (b1)"
    assert decision.evidence.excluded == {"a": "b1", "b": "b1"}
    assert decision.confidence == 0


@pytest.mark.parametrize("name", DECIDERS.names())
async def test_a_model_that_cannot_judge_a_rule_makes_no_decision(name: str) -> None:
    class Mute(FakeModel):
        async def answer(self, requests: Any) -> list[Answer]:
            if any("break the rule?" in request.question.instructions for request in requests):
                raise Unreachable("No connection.")
            return list(await super().answer(requests))

    profile = Profile.model_validate(WISHES | {"boundaries": [{"id": "b1", "rule": "Never."}]})
    decision = await DECIDERS.load(name)(Mute()).decide(valued("best", "other"), profile)
    assert (decision.outcome, decision.choice) == ("failed", None)
    assert decision.reason == "While checking the boundaries: No connection."


@pytest.mark.parametrize("name", ["random", "first", "oracle"])
async def test_controls_without_a_model_know_the_words_but_not_the_rules(name: str) -> None:
    rules = [{"id": "b1", "rule": "Never.", "never_say": ["best"]}]
    profile = Profile.model_validate(WISHES | {"boundaries": rules})
    decision = await DECIDERS.load(name)().decide(valued("best", "other"), profile)
    assert decision.choice == "b"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.sets(st.sampled_from(["run", "hide", "talk", "wait"]), max_size=3))
async def test_a_random_draw_is_one_among_the_allowed(seed: int, banned: set[str]) -> None:
    texts = ["run", "hide", "talk", "wait"]
    profile = Profile.model_validate(
        WISHES | {"boundaries": [{"id": "b", "rule": "x", "never_say": sorted(banned) or ["q"]}]}
    )
    decider = DECIDERS.load("random")(settings=RandomSettings(seed=seed))
    choices = [await decider.decide(scenario(*order), profile) for order in (texts, texts[::-1])]
    drawn = [
        order["abcd".index(made.choice or "")]
        for order, made in zip((texts, texts[::-1]), choices, strict=True)
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0] not in banned
