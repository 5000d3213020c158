"""A model that fails makes a `failed` decision with the reason, never a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from alignkit import errors
from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import (
    BadModelOutput,
    ContextTooLong,
    ModelError,
    Refused,
    UnsupportedCapability,
    UsageError,
)
from alignkit.library import Library
from alignkit.models.protocols import Sampling
from alignkit.prompts import Prompts
from alignkit.schema import (
    Answer,
    Choice,
    Decision,
    Generation,
    ModelIdentity,
    Profile,
    Prompt,
    Request,
    Scenario,
)
from alignkit.testing import FakeModel

LIBRARY, PROMPTS = Library(), Prompts()
PROFILE = Profile.model_validate(
    {
        "name": "p",
        "targets": {"care": 0.9, "fairness": {"range": [0.5, 1]}},
        "boundaries": [{"id": "b1", "rule": "Never."}],
    }
)
MANY = Scenario(
    id="many",
    context="Nine are hurt. Ann holds the lamp and Ben the bag.",
    question="Whom?",
    choices=tuple(
        Choice(id=str(n), text=f"Treat {n}", values={"care": n / 9, "fairness": 0.5})
        for n in range(9)
    ),
    entities=("Ann", "Ben"),
)
WEIGHING, BOUNDARIES = "weighing the choices", "checking the boundaries"
RELEVANT, REASONING = "finding what is relevant", "reasoning"
FACTS = ("extracting the facts", "filtering the facts", "weighing the choices by the facts")
OUTCOMES = ("predicting the outcomes",) * 9
FOR, AGAINST = (f"drawing answers under the {side}" for side in ("profile", "opposite"))
VOTES = {"positive": 3, "negative": 2, "seed": 5}
STEPS: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("baseline", {"in_view": 3}, (WEIGHING,) * 2),
    ("baseline", {"exchange_names": True}, (WEIGHING,) * 4),
    ("instructed", {"in_view": 3}, (WEIGHING,) * 2),
    ("instructed", {"reasoning": True}, (REASONING, *(WEIGHING,) * 2)),
    ("instructed", {"relevant_from": 1}, (RELEVANT, *(WEIGHING,) * 2)),
    ("direct_regression", {}, (WEIGHING,)),
    ("direct_regression", {"outcomes": True}, (*OUTCOMES, WEIGHING)),
    (
        "direct_regression",
        {"exchange_names": True, "relevant_from": 2},
        (RELEVANT, *(WEIGHING,) * 2),
    ),
    ("comparative_regression", {"in_view": 3}, (WEIGHING,)),
    ("comparative_regression", {"outcomes": True}, (*OUTCOMES, WEIGHING)),
    ("chooser_judge", {}, (WEIGHING,)),
    ("statement_judge", {}, (WEIGHING,)),
    ("most_and_least", {}, (WEIGHING,) * 8),
    ("value_judge", {}, (RELEVANT, WEIGHING)),
    ("relevance_weighted", {}, (RELEVANT, WEIGHING)),
    ("staged", {}, FACTS),
    ("contrastive", {}, (WEIGHING,) * 4),
    ("self_consistency", VOTES, (FOR, AGAINST)),
    (
        "self_consistency",
        {**VOTES, "reasoning": True},
        (*(REASONING,) * 3, FOR, *(REASONING,) * 2, AGAINST),
    ),
    ("persona", {}, (WEIGHING,) * 2),
    ("persona", {"against": "plain"}, (WEIGHING,) * 4),
    ("ensemble", {}, (WEIGHING,) * 6),
    ("ensemble", {"members": "staged,direct_regression"}, (*FACTS, WEIGHING)),
    *((name, {}, ()) for name in ("oracle", "random", "first")),
]
"""Deciders, and what they do before they check the boundaries, one for each call of the model."""
SPECS = [(name, given) for name, given, _ in STEPS]
IDS = [f"{a}{b or ''}" for a, b in SPECS]
deciders = pytest.mark.parametrize(("name", "given"), SPECS, ids=IDS)
writers = pytest.mark.parametrize(
    ("name", "given"),
    [
        *(("instructed", {"reasoning": True}), ("staged", {})),
        *(("self_consistency", {"reasoning": True}), ("direct_regression", {"outcomes": True})),
        *(
            ("comparative_regression", {"outcomes": True}),
            ("ensemble", {"members": "staged,first"}),
        ),
    ],
)
AT_ONCE = ("most_and_least", "contrastive", "persona", "ensemble")
"""These ask several things at the same time, and so do all that exchange names."""


class Failing(FakeModel):
    """Fails when it is asked for the nth time, counted from 0."""

    def __init__(self, at: int | None = None, error: Exception | None = None) -> None:
        super().__init__(prompts=PROMPTS)
        self.asked = 0
        self._at = at
        self._error = error or ModelError("It broke.", "Try again.")

    def _count(self) -> None:
        self.asked += 1
        if self.asked - 1 == self._at:
            raise self._error

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Fails, or answers as the fake does, but that the rule leaves one choice."""
        self._count()
        answers = await super().answer(requests)
        return [_ruled(*pair) for pair in zip(requests, answers, strict=True)]

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """Fails, or writes as the fake does."""
        self._count()
        return await super().generate_object(prompt, schema, sampling)


def _ruled(request: Request, answer: Answer) -> Answer:
    """`answer`, or where `request` is about the rule: that every choice but one breaks it."""
    if not request.question.instructions.endswith("break the rule?"):
        return answer
    kept = "Treat 3" in request.prompt.text("user")
    return answer.model_copy(update={"probabilities": {"yes": float(not kept), "no": float(kept)}})


def made(name: str, given: dict[str, Any], model: Any) -> Decider:
    """The decider with these settings on this model."""
    kind = DECIDERS.load(name)
    settings = kind.settings_type.model_validate(given)
    return kind(model, settings, attributes=LIBRARY.attributes, prompts=PROMPTS)


def is_failed(decision: Decision, reason: str) -> None:
    """Fails where a decision is more than a reason why there is none."""
    assert decision.outcome == "failed"
    assert decision.reason == reason
    assert decision.choice is None
    assert decision.probabilities == {}
    assert decision.confidence == 0
    assert decision.estimates == {}
    assert decision.order_shift is None
    assert decision.name_shift is None
    assert decision.evidence.excluded == {}
    for field in ("costs", "temperature", "relevance", "weighed_by", "votes", "weights"):
        assert getattr(decision.evidence, field) is None


@pytest.mark.parametrize(("name", "given", "steps"), STEPS, ids=IDS)
async def test_whichever_call_fails_there_is_no_choice(
    name: str, given: dict[str, Any], steps: tuple[str, ...]
) -> None:
    whole = Failing()
    complete = await made(name, given, whole).decide(MANY, PROFILE)
    assert complete.outcome == "decided"
    assert whole.asked == len(steps) + 1
    for at, step in enumerate((*steps, BOUNDARIES)):
        model = Failing(at)
        decision = await made(name, given, model).decide(MANY, PROFILE)
        is_failed(decision, f"While {step}: It broke. Try again.")
        if name not in AT_ONCE and "exchange_names" not in given:
            assert model.asked == at + 1
        assert at < model.asked <= whole.asked
        assert all(call in complete.evidence.calls for call in decision.evidence.calls)
        assert decision.scenario == "many"
        assert decision.profile == "p"
        assert decision.decider == complete.decider
        assert decision.model == "fake"


@deciders
async def test_what_was_asked_before_the_failure_is_kept(name: str, given: dict[str, Any]) -> None:
    whole = Failing()
    complete = await made(name, given, whole).decide(MANY, PROFILE)
    model = Failing(whole.asked - 1)
    decision = await made(name, given, model).decide(MANY, PROFILE)
    count = len(decision.evidence.calls)
    assert count < len(complete.evidence.calls)
    assert decision.evidence.calls == complete.evidence.calls[:count]
    assert decision.evidence.generations == complete.evidence.generations
    assert decision.usage.calls == count + len(decision.evidence.generations)


@deciders
@pytest.mark.parametrize("kind", [ContextTooLong, Refused, BadModelOutput])
async def test_an_answer_that_cannot_be_had_is_a_failed_decision(
    name: str, given: dict[str, Any], kind: type[ModelError]
) -> None:
    class Silent(FakeModel):
        async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
            raise kind(f"Not {len(requests)} answers.")

    decision = await made(name, given, Silent()).decide(MANY, PROFILE)
    assert decision.reason is not None
    step, _, reason = decision.reason.partition(": ")
    assert step.startswith("While ")
    is_failed(decision, f"{step}: {reason}")
    assert reason.startswith("Not ")
    assert decision.evidence.calls == ()


def test_no_decider_is_forgotten_here() -> None:
    assert {name for name, _ in SPECS} == set(DECIDERS.names())


@pytest.mark.parametrize(
    "kind",
    [
        found
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, ModelError)
    ],
    ids=lambda kind: kind.__name__,
)
async def test_every_kind_of_model_error_is_a_failed_decision(kind: type[ModelError]) -> None:
    model = Failing(0, kind("It is so."))
    decision = await made("baseline", {}, model).decide(MANY)
    is_failed(decision, "While weighing the choices: It is so.")


@pytest.mark.parametrize("error", [TypeError("x"), RuntimeError("x"), UsageError("x")])
async def test_our_own_mistakes_look_like_mistakes(error: Exception) -> None:
    with pytest.raises(type(error)):
        await made("baseline", {}, Failing(0, error)).decide(MANY)


class Wordless:
    """A model that can do nothing but say its name."""

    identity = ModelIdentity(name="wordless", backend="none")

    async def aclose(self) -> None:
        """Nothing to release."""


class Answering(Wordless):
    """A model that answers questions but does not write."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """As the fake does."""
        return await FakeModel().answer(requests)


@pytest.mark.parametrize(
    "name",
    [
        *("baseline", "instructed", "direct_regression", "comparative_regression"),
        *("statement_judge", "most_and_least", "value_judge", "relevance_weighted", "contrastive"),
        *("persona", "ensemble", "chooser_judge"),
    ],
)
@pytest.mark.parametrize(("model", "said"), [(None, "No model"), (Wordless(), "wordless")])
async def test_a_model_that_answers_no_questions_is_refused(
    name: str, model: Any, said: str
) -> None:
    with pytest.raises(UnsupportedCapability) as caught:
        await made(name, {}, model).decide(MANY, PROFILE)
    assert str(caught.value) == f"{said} does not answer typed questions."


@pytest.mark.parametrize(("model", "said"), [(None, "No model"), (Answering(), "wordless")])
async def test_a_model_that_draws_no_answers_is_refused(model: Any, said: str) -> None:
    with pytest.raises(UnsupportedCapability) as caught:
        await made("self_consistency", {}, model).decide(MANY, PROFILE)
    assert str(caught.value) == f"{said} does not draw answers."


@writers
async def test_a_model_that_does_not_write_is_refused(name: str, given: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedCapability) as caught:
        await made(name, given, Answering()).decide(MANY, PROFILE)
    assert str(caught.value) == "wordless does not write objects."


async def test_a_model_that_does_not_write_will_do_without_reasoning() -> None:
    assert (await made("instructed", {}, Answering()).decide(MANY, PROFILE)).outcome == "decided"


@writers
async def test_a_model_that_writes_text_instead_of_an_object_is_refused(
    name: str, given: dict[str, Any]
) -> None:
    class Chatty(FakeModel):
        async def generate_object(self, prompt: Prompt, schema: Any, sampling: Any) -> Generation:
            found = await super().generate_object(prompt, schema, sampling)
            return found.model_copy(update={"output": "words"})

    with pytest.raises(UnsupportedCapability, match="fake wrote a text where an object"):
        await made(name, given, Chatty()).decide(MANY, PROFILE)


class Clumsy(FakeModel):
    """Writes so many objects that do not fit before those that do."""

    def __init__(self, bad: int, error: type[ModelError] = BadModelOutput) -> None:
        super().__init__()
        self.bad = bad
        self.error = error
        self.samplings: list[Sampling] = []

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """Fails at first, then writes as the fake does."""
        self.samplings.append(sampling)
        if len(self.samplings) <= self.bad:
            raise self.error(f"The model wrote broken JSON: {len(self.samplings)}.")
        return await super().generate_object(prompt, schema, sampling)


@writers
async def test_three_objects_that_do_not_fit_are_a_failed_decision(
    name: str, given: dict[str, Any]
) -> None:
    model = Clumsy(3)
    decision = await made(name, given, model).decide(MANY, PROFILE)
    assert len(model.samplings) == 3
    assert decision.reason is not None
    step = decision.reason.partition(":")[0]
    assert step in {f"While {one}" for one in (REASONING, FACTS[0], OUTCOMES[0])}
    is_failed(decision, f"{step}: The model wrote broken JSON: 3.")
    assert decision.evidence.generations == ()


@writers
async def test_the_third_object_may_fit(name: str, given: dict[str, Any]) -> None:
    model = Clumsy(2)
    decision = await made(name, given, model).decide(MANY, PROFILE)
    assert decision.outcome in {"decided", "escalated"}
    assert len(decision.evidence.generations) == len(model.samplings) - 2


@writers
async def test_every_try_is_another_text(name: str, given: dict[str, Any]) -> None:
    model = Clumsy(3)
    await made(name, given, model).decide(MANY, PROFILE)
    first, *others = model.samplings
    assert len({one.seed for one in model.samplings}) == 3
    assert all(one.temperature == max(first.temperature, 0.7) for one in others)
    assert {one.max_tokens for one in model.samplings} == {first.max_tokens}


@writers
@pytest.mark.parametrize("error", [ContextTooLong, Refused])
async def test_other_failures_are_not_tried_again(
    name: str, given: dict[str, Any], error: type[ModelError]
) -> None:
    model = Clumsy(1, error)
    decision = await made(name, given, model).decide(MANY, PROFILE)
    assert decision.outcome == "failed"
    assert len(model.samplings) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("direct_regression", "comparative_regression", "statement_judge", "most_and_least"),
        *("value_judge", "relevance_weighted", "staged", "oracle", "chooser_judge"),
    ],
)
@pytest.mark.parametrize("profile", [None, Profile(name="p", persona="You are kind.")])
async def test_estimating_needs_a_profile_with_targets(name: str, profile: Profile | None) -> None:
    with pytest.raises(UsageError) as caught:
        await made(name, {}, FakeModel()).decide(MANY, profile)
    assert str(caught.value) == (
        f"The decider '{name}' needs a profile with targets. "
        "Add targets, or use the decider 'instructed' or 'baseline'."
    )


@pytest.mark.parametrize("name", ["instructed", "contrastive", "self_consistency", "persona"])
async def test_following_a_profile_needs_one(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        await made(name, {}, FakeModel()).decide(MANY)
    assert str(caught.value) == (
        f"The decider '{name}' needs a profile. Give one, or use 'baseline'."
    )


def test_a_decider_says_whether_it_needs_a_profile() -> None:
    without = {name for name in DECIDERS.names() if not DECIDERS.load(name).needs_profile}
    assert without == {"baseline", "random", "first"}
