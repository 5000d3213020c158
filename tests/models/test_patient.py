from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from openai import RateLimitError

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    ModelError,
    RateLimited,
    Unreachable,
)
from alignkit.models.patience import Patience
from alignkit.models.patient import Patient, patient
from alignkit.models.protocols import (
    AnswersQuestions,
    DrawsAnswers,
    GeneratesObjects,
    GeneratesText,
    Sampling,
)
from alignkit.models.service_errors import Service, translate
from alignkit.schema import ChoiceQuestion, ModelIdentity, Option, Prompt, Request, Segment
from alignkit.testing import FakeModel

QUICKLY = Patience(tries=4, first_pause=0.001)
PROMPT = Prompt(segments=(Segment(role="user", depends="nothing", text="A bridge."),))
REQUEST = Request(
    prompt=PROMPT,
    question=ChoiceQuestion(
        instructions="What now?", options=(Option(id="a", text="Go"), Option(id="b", text="Stay"))
    ),
)


class Flaky(FakeModel):
    def __init__(self, *errors: ModelError) -> None:
        super().__init__()
        self.errors = list(errors)
        self.tried: list[float] = []

    async def answer(self, requests: Sequence[Request]) -> Any:
        self.tried.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        return await super().answer(requests)


def made(model: Any, patience: Patience = QUICKLY) -> Any:
    return patient(lambda: model, patience, random.Random(0))  # noqa: S311  pauses


class Only:
    """A model with an identity and nothing else."""

    identity = ModelIdentity(name="only", backend="fake")

    async def aclose(self) -> None:
        pass


async def test_it_can_do_what_the_model_can_do_and_nothing_else() -> None:
    abilities = (AnswersQuestions, DrawsAnswers, GeneratesObjects, GeneratesText)
    able, unable = made(FakeModel()), made(Only())
    assert all(isinstance(able, one) for one in abilities)
    assert not any(isinstance(unable, one) for one in abilities)
    assert unable.identity.name == "only"


async def test_all_calls_go_through() -> None:
    plain, one = FakeModel(), made(FakeModel())
    assert await one.answer([REQUEST]) == await plain.answer([REQUEST])
    assert await one.draw([REQUEST], [3]) == await plain.draw([REQUEST], [3])
    schema = {"type": "object", "properties": {"x": {"type": "boolean"}}}
    assert await one.generate_object(PROMPT, schema, Sampling()) == await plain.generate_object(
        PROMPT, schema, Sampling()
    )
    texts = [[t async for t in m.generate_text(PROMPT, Sampling())] for m in (one, plain)]
    assert texts[0] == texts[1]


async def test_what_passes_is_waited_for_and_the_tries_are_bounded() -> None:
    model = Flaky(*[Unreachable("Down.") for _ in range(3)])
    one = made(model)
    await one.answer([REQUEST])
    assert (len(model.tried), one.gone) == (4, None)
    model = Flaky(*[Unreachable("Down.") for _ in range(9)])
    one = made(model)
    with pytest.raises(Unreachable):
        await one.answer([REQUEST])
    assert len(model.tried) == QUICKLY.tries
    assert isinstance(one.gone, Unreachable)


@pytest.mark.parametrize(
    ("error", "gone"), [(BadModelOutput("No label."), False), (AuthenticationFailed("Key."), True)]
)
async def test_what_does_not_pass_is_not_repeated(error: ModelError, gone: Any) -> None:
    model = Flaky(error)
    one = made(model)
    with pytest.raises(type(error)):
        await one.answer([REQUEST])
    assert (len(model.tried), one.gone is not None) == (1, gone)


async def test_a_call_that_fails_while_others_are_answered_is_not_the_end_of_the_model() -> None:
    class Other(Flaky):
        async def answer(self, requests: Sequence[Request]) -> Any:
            one._answered += 1  # as another call would, meanwhile
            return await super().answer(requests)

    one = made(Other(*[Unreachable("Down.") for _ in range(9)]))
    with pytest.raises(Unreachable):
        await one.answer([REQUEST])
    assert one.gone is None


def busy(seconds: float) -> RateLimited:
    error = RateLimited("Slow down.")
    error.retry_after = seconds
    return error


async def test_all_calls_wait_as_long_as_the_service_says() -> None:
    model = Flaky(busy(0.2))
    one = made(model)
    start = time.monotonic()
    await one.answer([REQUEST])
    assert model.tried[1] - model.tried[0] >= 0.2
    model.errors = [busy(0.2)]
    one._not_before = time.monotonic() + 0.2
    await one.answer([REQUEST])
    assert time.monotonic() - start >= 0.6


async def test_a_service_that_asks_for_too_long_a_wait_counts_as_gone() -> None:
    one = made(Flaky(busy(3600)))
    with pytest.raises(RateLimited):
        await one.answer([REQUEST])
    assert one.gone is not None


def test_pauses_grow_and_differ() -> None:
    patience = Patience(first_pause=1, longest_pause=10)
    rng = random.Random(0)  # noqa: S311  pauses
    for failed, full in ((1, 1), (2, 2), (4, 8), (5, 10), (50, 10)):
        drawn = {patience.pause(failed, rng) for _ in range(20)}
        assert len(drawn) == 20
        assert all(full / 2 <= one <= full for one in drawn)


async def test_a_model_is_opened_anew_after_it_was_closed_and_keeps_its_identity() -> None:
    opened: list[FakeModel] = []

    def opening() -> FakeModel:
        opened.append(FakeModel())
        return opened[-1]

    one: Patient = patient(opening)
    before = len(opened)
    await one.answer([REQUEST])  # type: ignore[attr-defined]
    assert len(opened) == before + 1
    assert one.identity == opened[0].identity


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_what_the_reply_asks_to_wait_is_read(headers: dict[str, str], expected: Any) -> None:
    reply = httpx.Response(429, headers=headers, request=httpx.Request("POST", "http://x/v1"))
    error = RateLimitError("Slow.", response=reply, body=None)
    found = translate(error, Service(url="http://x/v1", model="m", timeout=1))
    assert isinstance(found, RateLimited)
    assert found.retry_after == expected


class Served(FakeModel):
    """Says after its first answer how a service calls it."""

    served: str | None = None

    @property
    def identity(self) -> ModelIdentity:
        return super().identity.model_copy(update={"served_as": self.served})

    async def answer(self, requests: Sequence[Request]) -> Any:
        self.served = "small-2026"
        return await super().answer(requests)


async def test_what_a_service_calls_its_model_is_known_after_an_answer_and_while_it_rests() -> None:
    opened: list[Served] = []

    def opening() -> Served:
        opened.append(Served())
        return opened[-1]

    one: Any = patient(opening)
    assert one.identity.served_as is None
    await one.answer([REQUEST])
    count = len(opened)
    assert one.identity.served_as == "small-2026"
    assert len(opened) == count  # to say it, none is opened


class Writing(FakeModel):
    """Writes three pieces; fails before the first one, or behind the second one."""

    def __init__(self, *errors: ModelError, late: bool = False) -> None:
        super().__init__()
        self.errors = list(errors)
        self.late = late
        self.tried = self.closed = 0

    async def generate_text(self, *_: Any) -> AsyncIterator[str]:
        self.tried += 1
        try:
            for number in range(3):
                if self.errors and number == (2 if self.late else 0):
                    raise self.errors.pop(0)
                yield str(number)
        finally:
            self.closed += 1


async def test_text_is_asked_for_again_until_it_begins() -> None:
    model = Writing(Unreachable("Down."), Unreachable("Down."))
    one = made(model)
    assert [piece async for piece in one.generate_text(PROMPT, Sampling())] == ["0", "1", "2"]
    assert (model.tried, model.closed, one.gone) == (3, 3, None)
    one = made(Writing(*[Unreachable("Down.") for _ in range(9)]))
    with pytest.raises(Unreachable):
        await anext(one.generate_text(PROMPT, Sampling()))
    assert isinstance(one.gone, Unreachable)


async def test_text_that_breaks_off_is_not_begun_again() -> None:
    model = Writing(Unreachable("Down."), late=True)
    one = made(model)
    seen: list[str] = []

    async def read() -> None:
        async for piece in one.generate_text(PROMPT, Sampling()):
            seen.append(piece)  # noqa: PERF401  what was seen before the error counts

    with pytest.raises(Unreachable):
        await read()
    assert (seen, model.tried) == (["0", "1"], 1)
    assert isinstance(one.gone, Unreachable)


async def test_a_text_that_is_left_is_closed() -> None:
    model = Writing()
    text = made(model).generate_text(PROMPT, Sampling())
    assert await anext(text) == "0"
    await text.aclose()
    assert model.closed == 1


async def test_who_waits_for_a_busy_service_waits_on_when_it_asks_for_more() -> None:
    model = Flaky()
    one = made(model)
    start = time.monotonic()
    one._not_before = start + 0.05
    asked = asyncio.create_task(one.answer([REQUEST]))
    await asyncio.sleep(0.01)
    one._not_before = start + 0.3
    await asked
    assert model.tried[0] - start >= 0.3


async def test_those_who_waited_do_not_come_all_at_once() -> None:
    model = Flaky()
    one = made(model, Patience(first_pause=0.3))
    one._not_before = time.monotonic() + 0.05
    await asyncio.gather(*(one.answer([REQUEST]) for _ in range(8)))
    assert max(model.tried) - min(model.tried) > 0.1
