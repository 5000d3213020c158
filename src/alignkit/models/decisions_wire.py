"""The Decisions API's questions and answers: what we say of a question, and what we read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alignkit.errors import BadModelOutput, Refused
from alignkit.models.native import called, in_order, levels_of
from alignkit.schema import (
    ChoiceQuestion,
    PredicateQuestion,
    Prompt,
    Question,
    ScoreQuestion,
    Usage,
)

Probability = Annotated[float, Field(ge=0, le=1)]


class _Wire(BaseModel):
    """Services add fields of their own; they are of no concern here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Predicate(_Wire):
    """How likely it is that a statement holds."""

    type: Literal["predicate"]
    probability: Probability


class _Weighed(_Wire):
    value: str | bool
    probability: Probability


class Choice(_Wire):
    """A probability for each of the choices."""

    type: Literal["choice"]
    probabilities: tuple[_Weighed, ...]


class _Level(_Wire):
    label: str
    probability: Probability


class Score(_Wire):
    """A probability for each of the levels."""

    type: Literal["score"]
    probabilities: tuple[_Level, ...]


class Refusal(_Wire):
    """The model declined to answer this question."""

    type: Literal["refusal"]


class _Cached(_Wire):
    cached_tokens: int = 0


class _Tokens(_Wire):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Cached | None = None


class Reply(_Wire):
    """The answers to all questions of a call, in their order."""

    model: str | None = None
    answers: tuple[
        Annotated[Predicate | Choice | Score | Refusal, Field(discriminator="type")], ...
    ]
    usage: _Tokens | None = None

    def cost(self, seconds: float) -> Usage:
        """What the call cost, as far as the service says."""
        tokens = self.usage or _Tokens()
        cached = tokens.input_tokens_details.cached_tokens if tokens.input_tokens_details else 0
        return Usage(
            tokens_submitted=tokens.input_tokens,
            tokens_evaluated=max(0, tokens.input_tokens - cached),
            tokens_generated=tokens.output_tokens,
            calls=1,
            seconds=seconds,
        )


def input_of(prompt: Prompt) -> list[dict[str, str]]:
    """What the questions are about: the texts of the roles as messages."""
    texts = (("system", prompt.text("system").strip()), ("user", prompt.text("user").strip()))
    return [{"type": "message", "role": role, "content": text} for role, text in texts if text]


def question_of(question: Question, prompt: Prompt, name: str) -> dict[str, Any]:
    """`question` as the service takes it."""
    about = {"type": question.type, "name": name, "instructions": question.instructions}
    if isinstance(question, ChoiceQuestion):
        labels = called(question, prompt)
        return about | {
            "choices": [
                {"value": label, "description": option.text}
                for label, option in zip(labels, question.options, strict=True)
            ]
        }
    if isinstance(question, ScoreQuestion):
        return about | {"levels": [{"label": level} for level in levels_of(question)]}
    return about


def shares_of(reply: Reply, questions: Sequence[Question], prompt: Prompt) -> list[list[float]]:
    """The probabilities of each question's options, in the order of questions and options.

    Raises:
        Refused: the model declined one of the questions.
        BadModelOutput: the answers are not those to the questions.
    """
    if len(reply.answers) != len(questions):
        raise BadModelOutput(f"{len(questions)} questions got {len(reply.answers)} answers.")
    pairs = zip(questions, reply.answers, strict=True)
    return [_shares(question, answer, prompt) for question, answer in pairs]


def _shares(
    question: Question, answer: Predicate | Choice | Score | Refusal, prompt: Prompt
) -> list[float]:
    if isinstance(answer, Refusal):
        raise Refused(f"The model declined the question {question.instructions[:80]!r}.")
    match question, answer:
        case PredicateQuestion(), Predicate():
            return [answer.probability, 1 - answer.probability]
        case ChoiceQuestion(), Choice():
            by_value = {one.value: one.probability for one in answer.probabilities}
            return in_order(by_value, called(question, prompt))
        case ScoreQuestion(), Score():
            by_label = {one.label: one.probability for one in answer.probabilities}
            return in_order(by_label, levels_of(question))
    raise BadModelOutput(f"A {question.type} question got a {answer.type} answer.")
