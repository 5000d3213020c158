"""`POST /v1/decisions`, in the shape of OpenAI's Decisions API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StrictStr, model_validator

from alignkit.schema import MAX_CHOICES
from alignkit.schema.base import Text, repeated
from alignkit.server.asking import answer
from alignkit.server.opened import Here
from alignkit.server.problems import OF_OPENAI
from alignkit.server.reading import DirectRoute
from alignkit.server.wire.base import Reply, Value, Wire, shown
from alignkit.server.wire.inputs import Content, Input, text_of, text_of_input
from alignkit.service.answering import Ask, Asked, Offer, total

MOST = 400
"""Questions in one request."""
MAX_LEVELS = 255

router = APIRouter(route_class=DirectRoute, tags=["decisions"])


class _Question(Wire):
    instructions: Content
    """What is asked: a text, or parts."""
    name: StrictStr | None = None
    """Comes back with the answer."""


class Predicate(_Question):
    """How likely is it that a statement about the input holds?"""

    type: Literal["predicate"]

    def ask(self) -> Ask:
        """The question as it is answered."""
        return Ask("predicate", text_of(self.instructions))

    def answered(self, asked: Asked) -> AnswerToPredicate:
        """The answer as clients read it."""
        return AnswerToPredicate(name=self.name, probability=asked.shares[0])


class ChoiceValue(Wire):
    """One of the options."""

    value: Value
    description: Text | None = None
    """What it means."""

    @property
    def offer(self) -> Offer:
        """The option as a model reads it."""
        name = shown(self.value)
        return Offer(name, f"{name}: {self.description}" if self.description else name)


class Choice(_Question):
    """Which of the options?"""

    type: Literal["choice"]
    choices: Annotated[tuple[ChoiceValue, ...], Field(min_length=2, max_length=MAX_CHOICES)]

    @model_validator(mode="after")
    def _differ(self) -> Choice:
        if twice := repeated((type(one.value), one.value) for one in self.choices):
            (_, value), times = twice
            raise ValueError(f"choices: the value {value!r} stands there {times} times")
        return self

    def ask(self) -> Ask:
        """The question as it is answered."""
        offers = tuple(one.offer for one in self.choices)
        return Ask("choice", text_of(self.instructions), offers)

    def answered(self, asked: Asked) -> AnswerToChoice:
        """The answer as clients read it."""
        values = [one.value for one in self.choices]
        return AnswerToChoice(
            name=self.name,
            choice=values[asked.place or 0],
            confidence=asked.decision.confidence,
            probabilities=tuple(
                ChoiceProbability(value=value, probability=share)
                for value, share in zip(values, asked.shares, strict=True)
            ),
        )


class Level(Wire):
    """One level of a scale."""

    label: Text
    description: Text | None = None
    """What it means."""


class Score(_Question):
    """Which level of an ordered scale?"""

    type: Literal["score"]
    levels: Annotated[tuple[Level, ...], Field(min_length=2, max_length=MAX_LEVELS)]
    """Low to high."""

    @model_validator(mode="after")
    def _differ(self) -> Score:
        if twice := repeated(one.label for one in self.levels):
            label, times = twice
            raise ValueError(f"levels: the label {label!r} stands there {times} times")
        return self

    def ask(self) -> Ask:
        """The question as it is answered."""
        texts = (f"{o.label}: {o.description}" if o.description else o.label for o in self.levels)
        offers = tuple(Offer(str(place), text) for place, text in enumerate(texts))
        return Ask("score", text_of(self.instructions), offers)

    def answered(self, asked: Asked) -> AnswerToScore:
        """The answer as clients read it."""
        return AnswerToScore(
            name=self.name,
            score=asked.mean,
            confidence=asked.decision.confidence,
            probabilities=tuple(
                LevelProbability(label=level.label, value=place, probability=share)
                for place, (level, share) in enumerate(zip(self.levels, asked.shares, strict=True))
            ),
        )


Question = Annotated[Predicate | Choice | Score, Field(discriminator="type")]


class DecisionRequest(Wire):
    """Questions about one input."""

    model: StrictStr
    """`MODEL@PROFILE`, or `MODEL` alone for the plain model."""
    input: Input
    """What the questions are about: a text, or messages."""
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=MOST)]
    prompt_cache_key: Any = None
    """Accepted and without effect, as the next two."""
    prompt_cache_options: Any = None
    safety_identifier: Any = None


class AnswerToPredicate(Reply):
    """How likely it is that the statement holds."""

    type: Literal["predicate"] = "predicate"
    name: str | None
    probability: float
    """0 to 1."""


class ChoiceProbability(Reply):
    """How likely one of the options is."""

    value: bool | str
    probability: float


class AnswerToChoice(Reply):
    """The option that was chosen."""

    type: Literal["choice"] = "choice"
    name: str | None
    choice: bool | str
    confidence: float
    """(largest probability - 1/n) / (1 - 1/n)."""
    probabilities: tuple[ChoiceProbability, ...]


class LevelProbability(Reply):
    """How likely one of the levels is."""

    label: str
    value: int
    """Its place, from 0."""
    probability: float


class AnswerToScore(Reply):
    """Where on the scale."""

    type: Literal["score"] = "score"
    name: str | None
    score: float
    """The mean of the places of the levels, from 0."""
    confidence: float
    probabilities: tuple[LevelProbability, ...]


class Refusal(Reply):
    """No answer: left to a person, or the model failed. `GET /api/decisions/ID` says why."""

    type: Literal["refusal"] = "refusal"
    name: str | None


class InputDetails(Reply):
    """Of the input tokens."""

    cached_tokens: int
    """Those that a cache held."""
    cache_write_tokens: int = 0


class OutputDetails(Reply):
    """Of the output tokens."""

    reasoning_tokens: int = 0


class Tokens(Reply):
    """What the answers cost; tokens of all prompts that a profile needed."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails = OutputDetails()
    total_tokens: int


class DecisionReply(Reply):
    """Answers in the order of the questions."""

    answers: tuple[AnswerToPredicate | AnswerToChoice | AnswerToScore | Refusal, ...]
    model: str
    usage: Tokens


@router.post(
    "/v1/decisions",
    summary="Answer questions about an input, in OpenAI's Decisions shape",
    response_model=DecisionReply,
    responses=OF_OPENAI,
)
async def decide(request: Request, here: Here, given: DecisionRequest) -> Response:
    """A probability for every option of every question, under the profile that the model names.

    The header `x-align-decision` has the ids of the decisions, in the order of the questions.
    """
    asks = [question.ask() for question in given.questions]
    found = await answer(request, here, given.model, text_of_input(given.input), asks)
    pairs = zip(given.questions, found.asked, strict=True)
    reply = DecisionReply(
        answers=tuple(_answer(question, asked) for question, asked in pairs),
        model=found.way.name,
        usage=_tokens(found.asked),
    )
    return found.marked(Response(reply.model_dump_json(), media_type="application/json"))


def _answer(
    question: Predicate | Choice | Score, asked: Asked
) -> AnswerToPredicate | AnswerToChoice | AnswerToScore | Refusal:
    if asked.place is None:
        return Refusal(name=question.name)
    return question.answered(asked)


def _tokens(asked: Sequence[Asked]) -> Tokens:
    usage = total(asked)
    return Tokens(
        input_tokens=usage.tokens_submitted,
        input_tokens_details=InputDetails(
            cached_tokens=usage.tokens_submitted - usage.tokens_evaluated
        ),
        output_tokens=usage.tokens_generated,
        total_tokens=usage.tokens_submitted + usage.tokens_generated,
    )
