"""A model that fails makes a `failed` decision with the reason, never a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from alignkit import errors
from alignkit.deciders import DECIDERS
from alignkit.deciders.base import Decider
from alignkit.errors import BadModelOutput, ModelError, UnsupportedCapability, UsageError
from alignkit.library import Library
from alignkit.models.protocols import Sampling
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

LIBRARY = Library()
PROFILE = Profile.model_validate(
    {
        "name": "p",
        "targets": {"care": 0.9, "fairness": {"range": [0.5, 1]}},
        "boundaries": [{"id": "b1", "rule": "Never."}],
    }
)
MANY = Scenario(
    id="many",
    context="Nine are hurt.",
    question="Whom?",
    choices=tuple(
        Choice(id=str(n), text=f"Treat {n}", values={"care": n / 9, "fairness": 0.5})
        for n in range(9)
    ),
)
SPECS: list[tuple[str, dict[str, Any]]] = [
    *(("baseline", {"in_view": 3}), ("instructed", {"in_view": 3})),
    *(("instructed", {"reasoning": True}), ("direct_regression", {})),
    *(("comparative_regression", {"in_view": 3}), ("oracle", {}), ("random", {}), ("first", {})),
]
deciders = pytest.mark.parametrize(
    ("name", "given"), SPECS, ids=[f"{a}{b or ''}" for a, b in SPECS]
)


class Failing(FakeModel):
    """Fails when it is asked for the nth time, counted from 0."""

    def __init__(self, at: int | None = None, error: Exception | None = None) -> None:
        super().__init__()
        self.asked = 0
        self._at = at
        self._error = error or ModelError("It broke.", "Try again.")

    def _count(self) -> None:
        self.asked += 1
        if self.asked - 1 == self._at:
            raise self._error

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Fails, or answers as the fake does."""
        self._count()
        return await super().answer(requests)

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """Fails, or writes as the fake does."""
        self._count()
        return await super().generate_object(prompt, schema, sampling)


def made(name: str, given: dict[str, Any], model: Any) -> Decider:
    """The decider with these settings on this model."""
    kind = DECIDERS.load(name)
    return kind(model, kind.settings_type.model_validate(given))


def is_failed(decision: Decision, reason: str) -> None:
    """Fails where a decision is more than a reason why there is none."""
    assert decision.outcome == "failed"
    assert decision.reason == reason
    assert decision.choice is None
    assert decision.probabilities == {}
    assert decision.confidence == 0
    assert decision.estimates == {}
    assert decision.order_shift is None
    assert decision.evidence.distances is None
    assert decision.evidence.excluded == {}


@deciders
async def test_whichever_call_fails_there_is_no_choice(name: str, given: dict[str, Any]) -> None:
    whole = Failing()
    complete = await made(name, given, whole).decide(MANY, PROFILE)
    assert complete.outcome == "decided"
    assert whole.asked > 0
    for at in range(whole.asked):
        model = Failing(at)
        decision = await made(name, given, model).decide(MANY, PROFILE)
        is_failed(decision, "It broke. Try again.")
        assert model.asked == at + 1
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
    is_failed(await made("baseline", {}, model).decide(MANY), "It is so.")


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
    "name", ["baseline", "instructed", "direct_regression", "comparative_regression"]
)
@pytest.mark.parametrize(("model", "said"), [(None, "No model"), (Wordless(), "wordless")])
async def test_a_model_that_answers_no_questions_is_refused(
    name: str, model: Any, said: str
) -> None:
    with pytest.raises(UnsupportedCapability) as caught:
        await made(name, {}, model).decide(MANY, PROFILE)
    assert str(caught.value) == f"{said} does not answer typed questions."


async def test_a_model_that_does_not_write_is_refused_for_reasoning_only() -> None:
    assert (await made("instructed", {}, Answering()).decide(MANY, PROFILE)).outcome == "decided"
    with pytest.raises(UnsupportedCapability) as caught:
        await made("instructed", {"reasoning": True}, Answering()).decide(MANY, PROFILE)
    assert str(caught.value) == "wordless does not write objects."


async def test_a_model_that_writes_text_instead_of_an_object_is_refused() -> None:
    class Chatty(FakeModel):
        async def generate_object(self, prompt: Prompt, schema: Any, sampling: Any) -> Generation:
            found = await super().generate_object(prompt, schema, sampling)
            return found.model_copy(update={"output": "words"})

    with pytest.raises(UnsupportedCapability, match="fake wrote a text where an object"):
        await made("instructed", {"reasoning": True}, Chatty()).decide(MANY, PROFILE)


async def test_an_object_that_does_not_fit_is_a_failed_decision() -> None:
    broken = Failing(0, BadModelOutput("The model wrote broken JSON: '{'"))
    decision = await made("instructed", {"reasoning": True}, broken).decide(MANY, PROFILE)
    is_failed(decision, "The model wrote broken JSON: '{'")


@pytest.mark.parametrize("name", ["direct_regression", "comparative_regression", "oracle"])
@pytest.mark.parametrize("profile", [None, Profile(name="p", persona="You are kind.")])
async def test_estimating_needs_a_profile_with_targets(name: str, profile: Profile | None) -> None:
    with pytest.raises(UsageError) as caught:
        await made(name, {}, FakeModel()).decide(MANY, profile)
    assert str(caught.value) == (
        f"The decider '{name}' needs a profile with targets. "
        "Add targets, or use the decider 'instructed' or 'baseline'."
    )


async def test_following_instructions_needs_a_profile() -> None:
    with pytest.raises(UsageError, match="'instructed' needs a profile"):
        await made("instructed", {}, FakeModel()).decide(MANY)
