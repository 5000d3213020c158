"""A model that is asked again when its service is busy, and that says when the service is gone.

What a run needs of a model beyond an answer: calls that fail for a while are repeated with growing
pauses, as late as the service says; a call that fails to the end says so to the runner, which then
stops instead of marking thousands of cells as failed. The model behind it is opened when it is
first asked, so that a run over several models holds one at a time.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from alignkit.errors import (
    AuthenticationFailed,
    EngineFailed,
    ModelError,
    ModelUnavailable,
)
from alignkit.models.patience import Patience, passing
from alignkit.models.protocols import (
    AnswersQuestions,
    DrawsAnswers,
    GeneratesObjects,
    GeneratesText,
    Model,
    Sampling,
)
from alignkit.schema import Answer, Generation, ModelIdentity, Prompt, Request

R = TypeVar("R")

_GONE = (AuthenticationFailed, EngineFailed, ModelUnavailable)
"""Errors after which no other question would be answered either."""


class Patient:
    """Passes calls on to a model, again where that can help."""

    def __init__(
        self, opening: Callable[[], Model], patience: Patience, rng: random.Random
    ) -> None:
        """Ask the model that `opening` gives, which may be another object after a `rest`."""
        self._opening = opening
        self._patience = patience
        self._rng = rng
        self._identity = opening().identity
        self._not_before = 0.0
        self._answered = 0
        self.gone: ModelError | None = None
        """Why nothing more can be had from it; None while it works."""

    @property
    def identity(self) -> ModelIdentity:
        """That of the model as it was after its last answer; known also while it rests.

        A service says which model it serves with its first answer.
        """
        return self._identity

    async def aclose(self) -> None:
        """Nothing: whoever opened the model closes it."""

    async def _patiently(self, call: Callable[[Model], Awaitable[R]]) -> R:
        """What `call` comes to, tried again where that can help.

        Raises:
            ModelError: the last try failed, or trying again does not help.
        """
        failed = answered = 0
        while True:
            await self._let_pass()
            model = self._opening()
            try:
                found = await call(model)
            except ModelError as error:
                answered = answered if failed else self._answered
                failed += 1
                wait = self._wait(error, failed)
                if wait is None:
                    # Who fails while others are answered has a trouble of its own.
                    self._note(error, others_answered=self._answered > answered)
                    raise
            else:
                self._answered += 1
                self._identity = model.identity
                return found
            if wait:
                await asyncio.sleep(wait)

    async def _let_pass(self) -> None:
        """Wait as long as the service has asked for, also where it asks for more meanwhile.

        Those who wait go on one after another; all at once they would be refused again.
        """
        while (left := self._not_before - time.monotonic()) > 0:  # noqa: ASYNC110  it is a time
            await asyncio.sleep(left + self._rng.uniform(0.0, self._patience.first_pause))

    def _wait(self, error: ModelError, failed: int) -> float | None:
        """Seconds to wait before the next try; None where there is none."""
        wait = self._patience.wait(error, failed, self._rng)
        if wait is None or error.retry_after is None:
            return wait
        # All calls wait, for the service speaks of itself and not of one question.
        self._not_before = max(self._not_before, time.monotonic() + wait)
        return 0.0

    def _note(self, error: ModelError, *, others_answered: bool) -> None:
        if isinstance(error, _GONE) or (passing(error) and not others_answered):
            self.gone = self.gone or error


class _Answers(Patient):
    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return await self._patiently(lambda model: cast("AnswersQuestions", model).answer(requests))


class _Draws(Patient):
    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        return await self._patiently(
            lambda model: cast("DrawsAnswers", model).draw(requests, seeds)
        )


class _WritesObjects(Patient):
    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        return await self._patiently(
            lambda model: cast("GeneratesObjects", model).generate_object(prompt, schema, sampling)
        )


class _WritesText(Patient):
    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """Pieces of text; what fails is tried again until the first piece is there."""

        async def begun(model: Model) -> tuple[str | None, AsyncIterator[str]]:
            stream = cast("GeneratesText", model).generate_text(prompt, sampling)
            return await anext(stream, None), stream

        first, stream = await self._patiently(begun)
        answered = self._answered
        try:
            if first is not None:
                yield first
            async for piece in stream:
                yield piece
        except ModelError as error:
            self._note(error, others_answered=self._answered > answered)
            raise
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()


_ABILITIES: tuple[tuple[type, type[Patient]], ...] = (
    (AnswersQuestions, _Answers),
    (DrawsAnswers, _Draws),
    (GeneratesObjects, _WritesObjects),
    (GeneratesText, _WritesText),
)


def patient(
    opening: Callable[[], Model],
    patience: Patience | None = None,
    rng: random.Random | None = None,
) -> Patient:
    """What `opening` gives, made patient; it can do what the model can do, and nothing else."""
    model = opening()
    able = tuple(kind for protocol, kind in _ABILITIES if isinstance(model, protocol))
    kind = type("PatientModel", able or (Patient,), {})
    made = kind(opening, patience or Patience(), rng or random.Random())  # noqa: S311  pauses
    return cast("Patient", made)
