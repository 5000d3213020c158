"""What every backend has to do, as a suite of tests: ours pass it, and so can yours.

    class TestMine(BackendContract):
        def make_model(self) -> Model:
            return MyModel()

What a model does not offer (drawn answers, objects, text) is skipped. The tests are coroutines,
for pytest-asyncio in any mode. pytest explains failures better if your conftest.py says
`pytest.register_assert_rewrite("alignkit.testing.contract")`.
"""

# ruff: noqa: S101  assertions are what a test suite is made of

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

import pytest
import pytest_asyncio
from jsonschema import validate

from alignkit.errors import ModelError, UnsupportedCapability
from alignkit.models.protocols import (
    AnswersQuestions,
    DrawsAnswers,
    GeneratesObjects,
    GeneratesText,
    Model,
    Sampling,
)
from alignkit.schema import (
    MAX_CHOICES,
    Answer,
    ChoiceQuestion,
    Option,
    PredicateQuestion,
    Prompt,
    Question,
    Request,
    ScoreQuestion,
    Segment,
)

_CALLERS = 12
_DRAWS = 200
_UNLIKELY = 4.5
"""Standard errors by which a share of draws is off once in some hundred thousand times."""
_LONG = 40_000
"""Words of a text that fills the context of most models."""
_VERDICT = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["keep", "remove"]},
        "reason": {"type": "string", "maxLength": 40},
    },
    "required": ["verdict", "reason"],
    "additionalProperties": False,
}


def prompt_about(topic: str) -> Prompt:
    """A short prompt with a system text, whose last part depends on `topic`."""
    return Prompt(
        segments=(
            Segment(role="system", depends="nothing", text="You judge situations. Be brief."),
            Segment(role="user", depends="scenario", text=f"The situation: {topic}."),
        )
    )


def choice_of(count: int) -> ChoiceQuestion:
    """A question with `count` options."""
    options = [Option(id=f"plan-{i}", text=f"Follow plan number {i}") for i in range(1, count + 1)]
    return ChoiceQuestion(instructions="What do you do?", options=tuple(options))


PREDICATE = PredicateQuestion(instructions="Is anyone in danger?")
SCORE = ScoreQuestion(
    instructions="How urgent is it?", levels=("not at all", "a little", "quite", "very", "utterly")
)
_ASKED: tuple[Question, ...] = (choice_of(4), PREDICATE, SCORE)
TOPICS = ("a fire in a kitchen", "a late train", "a lost key", "a dog in the rain")


class BackendContract:
    """Tests of one backend."""

    pytestmark: ClassVar[pytest.MarkDecorator] = pytest.mark.asyncio
    tolerance: ClassVar[float] = 0.0
    """How far the probabilities of equal requests may be apart: more than 0 only for services that
    evaluate requests together, where numbers round differently each time."""

    def make_model(self) -> Model:
        """A new model; the suite closes it."""
        raise NotImplementedError

    def make_failing_model(self) -> Model | None:
        """A new model whose every request fails; None where no such thing can be made."""
        return None

    @pytest_asyncio.fixture
    async def model(self) -> AsyncIterator[AnswersQuestions]:
        """The model under test. Override it to share one that is slow to make."""
        model = self.make_model()
        assert isinstance(model, AnswersQuestions)
        yield model
        await model.aclose()

    @pytest.mark.parametrize("count", [2, 5, 9, 26])
    async def test_a_choice_has_a_probability_for_every_option(
        self, model: AnswersQuestions, count: int
    ) -> None:
        """The options' ids in the question's order, as many as there are letters."""
        await _check_one(model, choice_of(count))

    @pytest.mark.parametrize("question", [PREDICATE, SCORE], ids=["predicate", "score"])
    async def test_predicate_and_score_have_a_probability_for_every_option(
        self, model: AnswersQuestions, question: Question
    ) -> None:
        """Yes and no; the numbers of the levels."""
        await _check_one(model, question)

    async def test_the_order_of_requests_is_kept(self, model: AnswersQuestions) -> None:
        """Whatever the order of evaluation, answer i belongs to request i."""
        questions = (choice_of(3), PREDICATE, SCORE, choice_of(2))
        requests = [
            Request(prompt=prompt_about(topic), question=question)
            for topic, question in zip(TOPICS, questions, strict=True)
        ]
        together = await model.answer(requests)
        for request, answer in zip(requests, together, strict=True):
            assert tuple(answer.probabilities) == request.question.option_ids
        turned = await model.answer(requests[::-1])
        for one, other in zip(together, turned[::-1], strict=True):
            self._check_equal(one, other)

    async def test_equal_requests_get_equal_answers(self, model: AnswersQuestions) -> None:
        """In one call and in a later one, unless answers are sampled."""
        request = Request(prompt=prompt_about(TOPICS[0]), question=SCORE)
        first, second = await model.answer([request, request])
        [third] = await model.answer([request])
        self._check_equal(first, second)
        self._check_equal(first, third)

    async def test_no_requests_get_no_answers(self, model: AnswersQuestions) -> None:
        """An empty sequence is not a mistake."""
        assert list(await model.answer([])) == []

    async def test_many_callers_get_their_own_answers(self, model: AnswersQuestions) -> None:
        """Calls at the same time do not disturb each other."""
        requests = [
            Request(prompt=prompt_about(TOPICS[i % len(TOPICS)]), question=choice_of(2 + i % 3))
            for i in range(_CALLERS)
        ]
        alone = [await model.answer([request]) for request in requests[: len(TOPICS)]]
        found = await asyncio.gather(*(model.answer([request]) for request in requests))
        for request, [answer] in zip(requests, found, strict=True):
            assert tuple(answer.probabilities) == request.question.option_ids
        for [one], [other] in zip(alone, found, strict=False):
            self._check_equal(one, other)

    async def test_answers_say_what_they_cost(self, model: AnswersQuestions) -> None:
        """Tokens that were evaluated are among those submitted."""
        request = Request(prompt=prompt_about("a storm over the harbour"), question=PREDICATE)
        [answer] = await model.answer([request])
        assert answer.usage.calls >= 1
        assert 0 <= answer.usage.tokens_evaluated <= answer.usage.tokens_submitted
        assert answer.usage.seconds >= 0

    async def test_too_much_is_refused_or_answered(self, model: AnswersQuestions) -> None:
        """More options and longer texts than a model can take are errors of ours, not crashes."""
        with suppress(UnsupportedCapability):
            await _ask(model, "a quiet day", choice_of(MAX_CHOICES))
        with suppress(ModelError):
            await _ask(model, "word " * _LONG, PREDICATE)
        await _check_one(model, PREDICATE)

    async def test_a_failure_is_a_model_error(self) -> None:
        """Errors of the library behind the backend are its causes and never come out."""
        model = self.make_failing_model()
        if model is None:
            pytest.skip("no failing model can be made")
        for attempt in _attempts(model):
            with pytest.raises(ModelError) as caught:
                await attempt()
            assert "\n" not in str(caught.value)
        await model.aclose()

    @pytest.mark.parametrize("question", _ASKED, ids=["choice", "predicate", "score"])
    async def test_a_drawn_answer_is_one_of_the_options(
        self, model: Model, question: Question
    ) -> None:
        """All of the probability on one option, the ids in the question's order, the cost told."""
        request = Request(prompt=prompt_about(TOPICS[0]), question=question)
        for answer in await _drawn(model, [request] * 3, range(3)):
            assert tuple(answer.probabilities) == question.option_ids
            assert sorted(answer.probabilities.values())[:-1] == [0] * (
                len(answer.probabilities) - 1
            )
            assert max(answer.probabilities.values()) == 1
            assert answer.samples == 1
            assert answer.usage.calls >= 1
            assert 0 <= answer.usage.tokens_evaluated <= answer.usage.tokens_submitted

    async def test_equal_seeds_draw_equally_and_others_not_always(self, model: Model) -> None:
        """In one call and in a later one, whatever the order of the seeds."""
        request = Request(prompt=prompt_about(TOPICS[2]), question=choice_of(5))
        seeds = list(range(20))
        once = await _drawn(model, [request] * 20, seeds)
        again = await _drawn(model, [request] * 20, seeds[::-1])
        self._check_equal_draws(once, again[::-1])
        assert len(set(map(_option, once))) > 1

    async def test_the_order_of_draws_is_kept(self, model: Model) -> None:
        """Whatever the order of evaluation, draw i belongs to request i and seed i."""
        requests = [
            Request(prompt=prompt_about(topic), question=question)
            for topic in TOPICS
            for question in (choice_of(3), PREDICATE, SCORE)
        ]
        seeds = range(40, 40 + len(requests))
        together = await _drawn(model, requests, seeds)
        for request, answer in zip(requests, together, strict=True):
            assert tuple(answer.probabilities) == request.question.option_ids
        turned = await _drawn(model, requests[::-1], seeds[::-1])
        self._check_equal_draws(together, turned[::-1])

    async def test_nothing_is_drawn_from_no_requests(self, model: Model) -> None:
        """An empty sequence is not a mistake."""
        assert list(await _drawn(model, [], [])) == []

    async def test_shares_of_draws_agree_with_probabilities(self, model: Model) -> None:
        """Of 200 draws each option gets its share, within what chance allows."""
        request = Request(prompt=prompt_about(TOPICS[1]), question=choice_of(3))
        drawn = await _drawn(model, [request] * _DRAWS, range(1000, 1000 + _DRAWS))
        assert isinstance(model, AnswersQuestions)
        [answer] = await model.answer([request])
        taken = [_option(one) for one in drawn]
        for option, share in answer.probabilities.items():
            error = math.sqrt(share * (1 - share) / _DRAWS)
            assert abs(taken.count(option) / _DRAWS - share) <= _UNLIKELY * error + 1 / _DRAWS

    async def test_drawing_does_not_change_later_answers(self, model: Model) -> None:
        """About the same prompt, and about one that begins alike: as if nothing had been drawn."""
        begun = [prompt_about(f"a bridge in fog, seen by {who}") for who in ("a child", "a dog")]
        requests = [Request(prompt=prompt, question=choice_of(4)) for prompt in begun]
        await _drawn(model, [requests[0]] * 4, range(4))
        assert isinstance(model, AnswersQuestions)
        found = [*await model.answer(requests[1:]), *await model.answer(requests[:1])]
        untouched = self.make_model()
        assert isinstance(untouched, AnswersQuestions)
        expected = [*await untouched.answer(requests[1:]), *await untouched.answer(requests[:1])]
        await untouched.aclose()
        for one, other in zip(found, expected, strict=True):
            self._check_equal(one, other)

    async def test_an_object_fits_its_schema(self, model: Model) -> None:
        """The output satisfies the JSON schema, and the cost is told."""
        if not isinstance(model, GeneratesObjects):
            pytest.skip("the model writes no objects")
        prompt = prompt_about("A rude comment. Answer in JSON with verdict and reason")
        made = await model.generate_object(prompt, _VERDICT, Sampling(max_tokens=200))
        validate(made.output, _VERDICT)
        assert made.prompt == prompt
        assert made.usage.calls == 1

    async def test_text_comes_in_pieces(self, model: Model) -> None:
        """More than one, and something is in them."""
        if not isinstance(model, GeneratesText):
            pytest.skip("the model writes no text")
        sampling = Sampling(max_tokens=12)
        text = [piece async for piece in model.generate_text(prompt_about("a joke"), sampling)]
        assert len(text) > 1
        assert "".join(text).strip()

    async def test_cancelled_requests_leave_nothing_behind(self, model: AnswersQuestions) -> None:
        """No task is left running, and the model works on."""
        before = asyncio.all_tasks()
        requests = [
            Request(prompt=prompt_about(f"{topic}, seen {i} times"), question=PREDICATE)
            for i in range(5)
            for topic in TOPICS
        ]
        call = asyncio.ensure_future(_all_answers(model, requests))
        await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.wait([call])
        await _check_settled(before)
        await _check_one(model, PREDICATE)

    async def test_a_text_can_be_left_early(self, model: Model) -> None:
        """No task is left running, and the model works on."""
        if not isinstance(model, GeneratesText):
            pytest.skip("the model writes no text")
        before = asyncio.all_tasks()
        text = model.generate_text(prompt_about("a long story"), Sampling(max_tokens=500))
        await anext(aiter(text))
        if isinstance(text, AsyncGenerator):
            await text.aclose()
        await _check_settled(before)
        assert isinstance(model, AnswersQuestions)
        await _check_one(model, PREDICATE)

    async def test_the_identity_stays(self, model: AnswersQuestions) -> None:
        """Name, backend and settings before the first answer are those after it."""
        before = model.identity
        assert before.name
        assert before.backend
        await _check_one(model, PREDICATE)
        found = {"served_as": before.served_as, "answers_by": before.answers_by}
        assert model.identity.model_copy(update=found) == before

    async def test_closing_twice_does_no_harm(self) -> None:
        """Before the first request and after it."""
        unused, used = self.make_model(), self.make_model()
        assert isinstance(used, AnswersQuestions)
        await _check_one(used, PREDICATE)
        for model in (unused, used):
            await model.aclose()
            await model.aclose()

    def _check_equal(self, one: Answer, other: Answer) -> None:
        if "samples" not in {one.readout, other.readout}:
            assert one.probabilities == pytest.approx(
                other.probabilities, rel=0, abs=self.tolerance
            )

    def _check_equal_draws(self, one: Sequence[Answer], other: Sequence[Answer]) -> None:
        """Where probabilities may be apart, so many draws may be too, and a few by chance."""
        apart = self.tolerance * len(one)
        differing = sum(_option(a) != _option(b) for a, b in zip(one, other, strict=True))
        assert differing <= apart + 3 * math.sqrt(apart)


async def _check_one(model: AnswersQuestions, question: Question) -> None:
    answer = await _ask(model, TOPICS[0], question)
    assert tuple(answer.probabilities) == question.option_ids
    assert math.fsum(answer.probabilities.values()) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in answer.probabilities.values())
    assert answer.inside is None or 0 <= answer.inside <= 1
    assert (answer.readout == "samples") == (answer.samples is not None)


async def _ask(model: AnswersQuestions, topic: str, question: Question) -> Answer:
    [answer] = await model.answer([Request(prompt=prompt_about(topic), question=question)])
    return answer


async def _drawn(
    model: Model, requests: Sequence[Request], seeds: Sequence[int]
) -> Sequence[Answer]:
    if not isinstance(model, DrawsAnswers):
        pytest.skip("the model draws no answers")
    drawn = await model.draw(requests, seeds)
    assert len(drawn) == len(requests)
    return drawn


def _option(answer: Answer) -> str:
    """The one that was drawn."""
    return max(answer.probabilities, key=lambda option: answer.probabilities[option])


async def _all_answers(model: AnswersQuestions, requests: Sequence[Request]) -> Sequence[Answer]:
    return await model.answer(requests)


async def _check_settled(before: set[asyncio.Task[Any]]) -> None:
    """Let what was cancelled end; then there must be no more tasks than before."""
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() <= before


def _attempts(model: Model) -> list[Callable[[], Coroutine[Any, Any, object]]]:
    """All that can be asked of `model`."""
    prompt, sampling = prompt_about(TOPICS[0]), Sampling(max_tokens=20)
    attempts: list[Callable[[], Coroutine[Any, Any, object]]] = []
    if isinstance(model, AnswersQuestions):
        attempts.append(partial(_ask, model, TOPICS[0], PREDICATE))
    if isinstance(model, DrawsAnswers):
        request = Request(prompt=prompt, question=PREDICATE)
        attempts.append(partial(model.draw, [request], [0]))
    if isinstance(model, GeneratesObjects):
        attempts.append(partial(model.generate_object, prompt, _VERDICT, sampling))
    if isinstance(model, GeneratesText):
        attempts.append(partial(_read, model, prompt, sampling))
    return attempts


async def _read(model: GeneratesText, prompt: Prompt, sampling: Sampling) -> str:
    return "".join([piece async for piece in model.generate_text(prompt, sampling)])
