"""System One's questions and answers: what we say of a question, and what we read."""

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
    """Servers add fields of their own; they are of no concern here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Noul(_Wire):
    """The probability of yes."""

    type: Literal["noul"]
    noul: Probability


class Choice(_Wire):
    """A probability for each of the options, by name."""

    type: Literal["choice"]
    probabilities: dict[str, Probability]


class Score(_Wire):
    """A probability for each of the levels, by number from 0."""

    type: Literal["score"]
    probabilities: dict[str, Probability]


class Failed(_Wire):
    """Why this question has no answer, in a reply where others have one."""

    type: Literal["error"]
    message: str = ""
    detail: str = ""


class _Tokens(_Wire):
    input_tokens: int | None = None
    output_tokens: int | None = None


class Reply(_Wire):
    """The answers to all questions of a call, by name."""

    model: str | None = None
    answers: dict[str, Annotated[Noul | Choice | Score | Failed, Field(discriminator="type")]]
    usage: _Tokens | None = None

    def cost(self, seconds: float) -> Usage:
        """What the call cost, as far as the server says."""
        tokens = self.usage or _Tokens()
        return Usage(
            tokens_submitted=tokens.input_tokens or 0,
            tokens_evaluated=tokens.input_tokens or 0,
            tokens_generated=tokens.output_tokens or 0,
            calls=1,
            seconds=seconds,
        )


def state_of(prompt: Prompt) -> str:
    """What the questions are about, as one text: a state has no roles."""
    texts = (prompt.text("system").strip(), prompt.text("user").strip())
    return "\n\n".join(text for text in texts if text)


def question_of(question: Question, prompt: Prompt) -> dict[str, Any]:
    """`question` as the server takes it."""
    if isinstance(question, PredicateQuestion):
        return {"type": "noul", "instructions": question.instructions}
    about: dict[str, Any] = {"type": question.type, "instructions": question.instructions}
    if isinstance(question, ScoreQuestion):
        return about | {"criteria": list(levels_of(question))}
    labels = called(question, prompt)
    texts = (option.text for option in question.options)
    return about | {"criteria": dict(zip(labels, texts, strict=True))}


def shares_of(
    reply: Reply, names: Sequence[str], questions: Sequence[Question], prompt: Prompt
) -> list[list[float]]:
    """The probabilities of each question's options, in the order of questions and options.

    Raises:
        Refused: the server has no answer to one of the questions and says why.
        BadModelOutput: the answers are not those to the questions.
    """
    missing = [name for name in names if name not in reply.answers]
    if missing:
        raise BadModelOutput(f"{len(missing)} of {len(names)} questions got no answer.")
    return [
        _shares(question, reply.answers[name], prompt)
        for name, question in zip(names, questions, strict=True)
    ]


def _shares(
    question: Question, answer: Noul | Choice | Score | Failed, prompt: Prompt
) -> list[float]:
    if isinstance(answer, Failed):
        why = answer.message or answer.detail
        raise Refused(f"The question {question.instructions[:80]!r} has no answer: {why[:200]}")
    match question, answer:
        case PredicateQuestion(), Noul():
            return [answer.noul, 1 - answer.noul]
        case ChoiceQuestion(), Choice():
            return in_order(answer.probabilities, called(question, prompt))
        case ScoreQuestion(), Score():
            numbers = [str(number) for number in range(len(question.levels))]
            return in_order(answer.probabilities, numbers)
    raise BadModelOutput(f"A {question.type} question got a {answer.type} answer.")
