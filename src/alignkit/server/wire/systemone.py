"""`POST /v1/systemone`, in the shape of System One.

It knows no refusal: a question that is left to a person or failed is answered with an object of
the type `error`, and the others as ever.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BeforeValidator, Field, StrictStr, TypeAdapter, model_validator

from alignkit.schema import MAX_CHOICES
from alignkit.schema.base import Text
from alignkit.server.asking import answer
from alignkit.server.opened import Here
from alignkit.server.problems import OF_OPENAI
from alignkit.server.reading import DirectRoute
from alignkit.server.wire.base import Reply, Wire, text_of_json
from alignkit.service.answering import Ask, Asked, Offer, total

router = APIRouter(route_class=DirectRoute, tags=["decisions"])

MOST = 400
"""Questions in one request."""
MAX_LEVELS = 255


def _readable(given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
    if isinstance(given, str):
        return _TEXT.validate_python(given)
    if isinstance(given, dict | list):
        _TEXT.validate_python(text_of_json(given))
        return given
    raise ValueError("must be a text, an object or a list")


_TEXT: TypeAdapter[str] = TypeAdapter(Text)
Content = Annotated[str | dict[str, Any] | list[Any], BeforeValidator(_readable)]
"""A text, or JSON that becomes one."""


def text_of(content: str | dict[str, Any] | list[Any]) -> str:
    """`content` as a model reads it."""
    return content if isinstance(content, str) else text_of_json(content)


class YesNo(Wire):
    """What counts as yes and what as no."""

    true: Content | None = None
    false: Content | None = None


def _of_yes_no(given: Any) -> Any:  # noqa: ANN401  pydantic passes what it was given
    """A text says what counts as yes."""
    return {"true": given} if isinstance(given, str) else given


class Noul(Wire):
    """Yes or no?"""

    type: Literal["noul"]
    instructions: Content | None = None
    """What is asked; optional where the criteria say what counts."""
    criteria: Annotated[YesNo | None, BeforeValidator(_of_yes_no, json_schema_input_type=Any)] = (
        None
    )
    """What counts as yes and as no; a text alone says what counts as yes."""

    @model_validator(mode="after")
    def _asks_something(self) -> Noul:
        if self.instructions is None and not self._lines():
            raise ValueError("instructions: needed where no criteria are given")
        return self

    def _lines(self) -> list[str]:
        found = self.criteria or YesNo()
        pairs = (("Yes", found.true), ("No", found.false))
        return [f"{label}: {text_of(said)}" for label, said in pairs if said is not None]

    def ask(self) -> Ask:
        """The question as it is answered."""
        wording = "Does this hold?" if self.instructions is None else text_of(self.instructions)
        return Ask("predicate", "\n".join((wording, *self._lines())))

    def answered(self, asked: Asked) -> NoulAnswer:
        """The answer as clients read it."""
        return NoulAnswer(noul=asked.shares[0])


class Choice(Wire):
    """Which one?"""

    type: Literal["choice"]
    instructions: Content | None = None
    criteria: Annotated[dict[Text, Content | None], Field(min_length=2, max_length=MAX_CHOICES)]
    """By name of an option: what it means, or null."""

    def ask(self) -> Ask:
        """The question as it is answered."""
        offers = tuple(
            Offer(name, name if said is None else f"{name}: {text_of(said)}")
            for name, said in self.criteria.items()
        )
        wording = self.instructions
        return Ask("choice", "Which option fits?" if wording is None else text_of(wording), offers)

    def answered(self, asked: Asked) -> ChoiceAnswer:
        """The answer as clients read it."""
        names = list(self.criteria)
        return ChoiceAnswer(
            choice=names[asked.place or 0],
            confidence=asked.decision.confidence,
            probabilities=dict(zip(names, asked.shares, strict=True)),
        )


class Score(Wire):
    """How much?"""

    type: Literal["score"]
    instructions: Content | None = None
    criteria: Annotated[tuple[Content, ...], Field(min_length=2, max_length=MAX_LEVELS)]
    """The levels, low to high."""

    def ask(self) -> Ask:
        """The question as it is answered."""
        offers = tuple(Offer(str(place), text_of(one)) for place, one in enumerate(self.criteria))
        wording = self.instructions
        return Ask("score", "Which level fits?" if wording is None else text_of(wording), offers)

    def answered(self, asked: Asked) -> ScoreAnswer:
        """The answer as clients read it."""
        places = [str(place) for place in range(len(self.criteria))]
        return ScoreAnswer(
            score=asked.mean,
            confidence=asked.decision.confidence,
            probabilities=dict(zip(places, asked.shares, strict=True)),
            legend=dict(zip(places, self.criteria, strict=True)),
        )


Question = Annotated[Noul | Choice | Score, Field(discriminator="type")]


def _no_assets(given: Any) -> None:  # noqa: ANN401  pydantic passes what it was given
    if given is not None:
        raise ValueError("images are not read here; leave this field out")


class SystemOneRequest(Wire):
    """Questions about one state."""

    state: Content
    """What the questions are about."""
    questions: Annotated[dict[str, Question], Field(min_length=1, max_length=MOST)]
    """By a name of the client's choice, under which the answer comes back."""
    model: StrictStr | None = None
    """`MODEL@PROFILE`, or `MODEL` alone for the plain model; without it the default model."""
    assets: Annotated[None, BeforeValidator(_no_assets)] = None
    """Images are not read here."""


class NoulAnswer(Reply):
    """How likely yes is."""

    type: Literal["noul"] = "noul"
    noul: float


class ChoiceAnswer(Reply):
    """The option that was chosen."""

    type: Literal["choice"] = "choice"
    choice: str
    confidence: float
    """(largest probability - 1/n) / (1 - 1/n)."""
    probabilities: dict[str, float]


class ScoreAnswer(Reply):
    """Where on the scale."""

    type: Literal["score"] = "score"
    score: float
    """The mean of the levels' places, from 0."""
    confidence: float
    probabilities: dict[str, float]
    """By place of the level."""
    legend: dict[str, str | dict[str, Any] | list[Any]]
    """By place: the level as it was asked."""


class NoAnswer(Reply):
    """Left to a person, or failed."""

    type: Literal["error"] = "error"
    outcome: Literal["escalated", "failed"]
    message: str
    """Why, as far as it concerns the client. `GET /api/decisions/ID` says it all."""
    decision: str
    """Id of the decision."""


class SystemOneTokens(Reply):
    """What the answers cost; tokens of all prompts that a profile needed."""

    input_tokens: int
    output_tokens: int


class SystemOneReply(Reply):
    """Answers by the names of the questions."""

    model: str
    answers: dict[str, NoulAnswer | ChoiceAnswer | ScoreAnswer | NoAnswer]
    usage: SystemOneTokens
    latency_ms: float
    """Time it took here."""


@router.post(
    "/v1/systemone",
    summary="Answer questions about a state, in the System One shape",
    response_model=SystemOneReply,
    responses=OF_OPENAI,
)
async def system_one(request: Request, here: Here, given: SystemOneRequest) -> Response:
    """A probability for every option of every question, under the profile that the model names.

    The header `x-align-decision` has the ids of the decisions, in the order of the questions.
    """
    begun = time.perf_counter()
    asks = [question.ask() for question in given.questions.values()]
    found = await answer(request, here, given.model, text_of(given.state), asks)
    pairs = zip(given.questions.items(), found.asked, strict=True)
    usage = total(found.asked)
    reply = SystemOneReply(
        model=found.way.name,
        answers={name: _answer(question, asked) for (name, question), asked in pairs},
        usage=SystemOneTokens(
            input_tokens=usage.tokens_submitted, output_tokens=usage.tokens_generated
        ),
        latency_ms=round((time.perf_counter() - begun) * 1000, 3),
    )
    return found.marked(Response(reply.model_dump_json(), media_type="application/json"))


def _answer(
    question: Noul | Choice | Score, asked: Asked
) -> NoulAnswer | ChoiceAnswer | ScoreAnswer | NoAnswer:
    decision = asked.decision
    if decision.outcome == "decided":
        return question.answered(asked)
    # What a backend says of its failure may name addresses and files.
    why = decision.reason if decision.outcome == "escalated" else "the model did not do its part"
    return NoAnswer(outcome=decision.outcome, message=str(why), decision=decision.id)
