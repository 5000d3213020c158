"""Puts questions to a model and keeps what was asked and answered, as a decision's evidence."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from typing import Any, TypeVar

from alignkit.errors import BadModelOutput, ModelError, UnsupportedCapability
from alignkit.models.objects import UnusableObject
from alignkit.models.protocols import (
    AnswersQuestions,
    DrawsAnswers,
    GeneratesObjects,
    GeneratesText,
    Model,
    Sampling,
)
from alignkit.models.readout import readout_of
from alignkit.models.together import together
from alignkit.prompts import Prompts, Rendered
from alignkit.schema import Answer, Call, Generation, Prompt, Request, TemplateVersion, Usage

T = TypeVar("T")
R = TypeVar("R")

_TRIES = 3
"""An object that does not fit is asked for so many times, with another seed each time."""


def _anything(_: Any) -> None:  # noqa: ANN401  whatever a model wrote
    """Every object will do."""


class Trace:
    """What one decision asked of its model."""

    def __init__(self, model: Model | None, prompts: Prompts) -> None:
        """Ask `model` with the wordings of `prompts`."""
        self._model = model
        self._prompts = prompts
        self._used: set[str] = set()
        self.calls: list[Call] = []
        self.generations: list[Generation] = []

    @property
    def has_model(self) -> bool:
        """Whether there is a model to ask."""
        return self._model is not None

    def can(self, ability: type) -> bool:
        """Whether the model has an `ability`, one of the Protocols."""
        return isinstance(self._model, ability)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Names what is being done; a failure in it says so, by the innermost name."""
        try:
            yield
        except ModelError as error:
            error.step = error.step or what
            raise

    async def each(
        self, things: Sequence[T], ask: Callable[[Trace, T], Coroutine[Any, Any, R]]
    ) -> list[R]:
        """What `ask` makes of each of `things`, in their order; all are asked about at once.

        So the engine can put side by side what they share. What was asked is kept in the order of
        `things`, also where one of them fails.
        """
        branches = [Trace(self._model, self._prompts) for _ in things]
        try:
            return await together(map(ask, branches, things))
        finally:
            for branch in branches:
                self._take_in(branch)

    def _take_in(self, branch: Trace) -> None:
        """Keep what `branch` asked."""
        self._used |= branch._used
        self.calls.extend(branch.calls)
        self.generations.extend(branch.generations)

    def render(self, template: str, **values: object) -> Rendered:
        """The prompt and the question that `template` makes of `values`."""
        self._used.add(template)
        return self._prompts.render(template, **values)

    async def ask(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """The model's answers to `requests`, in their order.

        Raises:
            UnsupportedCapability: the model does not answer typed questions.
            ModelError: it could not answer one of them.
        """
        if not isinstance(self._model, AnswersQuestions):
            raise self._unable("does not answer typed questions")
        return self._kept(requests, await self._model.answer(requests))

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One answer drawn by the model for each of `requests`, each with its own seed.

        Raises:
            UnsupportedCapability: the model does not draw answers.
            ModelError: it could not answer one of them.
        """
        if not isinstance(self._model, DrawsAnswers):
            raise self._unable("does not draw answers")
        return self._kept(requests, await self._model.draw(requests, seeds))

    def _kept(self, requests: Sequence[Request], answers: Sequence[Answer]) -> Sequence[Answer]:
        for request, answer in zip(requests, answers, strict=True):
            self._used.add(readout_of(request.question))
            self.calls.append(Call(prompt=request.prompt, question=request.question, answer=answer))
        return answers

    async def write(
        self,
        prompt: Prompt,
        schema: Mapping[str, Any],
        sampling: Sampling,
        check: Callable[[Any], object] = _anything,
    ) -> dict[str, Any]:
        """The object that the model writes; it has three tries at one that fits.

        What fits is up to the `schema` and to `check`, which raises `BadModelOutput` where it must.

        Raises:
            UnsupportedCapability: the model does not write objects.
            ModelError: it did not write one that fits, or could not be asked.
        """
        if not isinstance(self._model, GeneratesObjects):
            raise self._unable("does not write objects")
        model = self._model

        async def once(sampling: Sampling) -> Generation:
            try:
                generation = await model.generate_object(prompt, schema, sampling)
            except UnusableObject as error:
                self.generations.append(Generation(prompt=prompt, output="", usage=error.usage))
                raise
            self.generations.append(generation)
            check(generation.output)
            return generation

        generation = await _tried(once, sampling)
        if not isinstance(generation.output, dict):
            raise self._unable("wrote a text where an object was asked for")
        return generation.output

    async def write_text(
        self,
        prompt: Prompt,
        sampling: Sampling,
        read: Callable[[AsyncIterator[str]], Coroutine[Any, Any, str]],
    ) -> str:
        """The text that the model writes; it has three tries at one that `read` accepts.

        `read` takes the pieces as they come, gives the text, and raises `BadModelOutput` where it
        is not usable.

        Raises:
            UnsupportedCapability: the model does not write text.
            ModelError: it did not write one that is usable, or could not be asked.
        """
        if not isinstance(self._model, GeneratesText):
            raise self._unable("does not write text")
        model = self._model

        async def once(sampling: Sampling) -> Generation:
            stream = model.generate_text(prompt, sampling)
            taken = 0

            async def counted() -> AsyncIterator[str]:
                nonlocal taken
                async for piece in stream:
                    taken += 1
                    yield piece

            text = ""
            try:
                text = await read(counted())
            finally:
                if isinstance(stream, AsyncGenerator):
                    await stream.aclose()
                # A stream does not say what it cost; a piece is a token or more.
                usage = Usage(calls=1, tokens_generated=taken)
                self.generations.append(Generation(prompt=prompt, output=text, usage=usage))
            return self.generations[-1]

        return str((await _tried(once, sampling)).output)

    def _unable(self, lack: str) -> UnsupportedCapability:
        name = self._model.identity.name if self._model else "No model"
        return UnsupportedCapability(f"{name} {lack}.")

    @property
    def templates(self) -> tuple[TemplateVersion, ...]:
        """The versions of all templates that were used."""
        return self._prompts.versions(self._used)

    @property
    def usage(self) -> Usage:
        """What it cost so far."""
        costs = (*(c.answer.usage for c in self.calls), *(g.usage for g in self.generations))
        return sum(costs, Usage())


async def _tried(
    once: Callable[[Sampling], Coroutine[Any, Any, Generation]], sampling: Sampling
) -> Generation:
    for later in range(1, _TRIES):
        try:
            return await once(sampling)
        except BadModelOutput:
            # At temperature 0 the same text would come again.
            warmer = max(sampling.temperature, 0.7)
            update = {"seed": sampling.seed + later, "temperature": warmer}
            sampling = sampling.model_copy(update=update)
    return await once(sampling)
