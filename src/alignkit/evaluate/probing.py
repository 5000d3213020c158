"""A model that answers at once with made-up answers and notes what it was asked to do.

With it a method is tried before anything runs: what it needs of a model, how often it asks, and how
long its prompts are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from alignkit.models.fake import FakeModel
from alignkit.models.native import drawn_from
from alignkit.models.protocols import (
    AnswersQuestions,
    DrawsAnswers,
    GeneratesObjects,
    GeneratesText,
    Sampling,
)
from alignkit.models.readout import labelled
from alignkit.prompts import Prompts
from alignkit.schema import Answer, Generation, ModelIdentity, Prompt, Request

ABILITIES: Mapping[str, tuple[type, str]] = {
    "answer": (AnswersQuestions, "answers typed questions"),
    "draw": (DrawsAnswers, "draws answers"),
    "generate_object": (GeneratesObjects, "writes objects"),
    "generate_text": (GeneratesText, "writes text"),
}
"""By call: the Protocol that has it, and what a model with it does."""


class Probe(FakeModel):
    """Notes the calls, and the texts of all prompts since they were last taken."""

    def __init__(self, name: str, prompts: Prompts, identity: ModelIdentity | None = None) -> None:
        """Stand in for the model called `name`, with its `identity` where that is known."""
        super().__init__(prompts=prompts, remember=False)
        self._stands_for = identity or ModelIdentity(name=name, backend="probe")
        self.asked: set[str] = set()
        self.texts: list[str] = []
        self.writable = 0
        """Tokens that the model might have written at most."""

    @property
    def identity(self) -> ModelIdentity:
        """That of the model it stands in for where it is known, so that cells have their keys.

        Else its name alone, as it is not opened.
        """
        return self._stands_for

    def forget(self) -> None:
        """Forget the texts, but not what was asked for."""
        self.texts = []
        self.writable = 0

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """Made-up answers, noted."""
        self.asked.add("answer")
        return [self._noted(request) for request in requests]

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """Made-up draws, noted."""
        self.asked.add("draw")
        pairs = zip(requests, seeds, strict=True)
        return [drawn_from(self._noted(request), seed) for request, seed in pairs]

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """A made-up object, noted."""
        self.asked.add("generate_object")
        self._note(prompt, sampling.max_tokens)
        return await super().generate_object(prompt, schema, sampling)

    async def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """A made-up text, noted."""
        self.asked.add("generate_text")
        self._note(prompt, sampling.max_tokens)
        async for piece in super().generate_text(prompt, sampling):
            yield piece

    def _noted(self, request: Request) -> Answer:
        self._note(labelled(request, self._prompts).prompt, 1)
        return self._answer(request)

    def _note(self, prompt: Prompt, tokens: int) -> None:
        self.texts.append(f"{prompt.text('system')}\n{prompt.text('user')}")
        self.writable += tokens
