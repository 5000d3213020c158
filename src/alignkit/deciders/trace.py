"""Puts questions to a model and keeps what was asked and answered, as a decision's evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alignkit.errors import UnsupportedCapability
from alignkit.models.protocols import AnswersQuestions, GeneratesObjects, Model, Sampling
from alignkit.models.readout import TEMPLATES
from alignkit.prompts import Prompts, Rendered
from alignkit.schema import Answer, Call, Generation, Prompt, Request, TemplateVersion, Usage


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
            raise UnsupportedCapability(f"{self._name()} does not answer typed questions.")
        answers = await self._model.answer(requests)
        for request, answer in zip(requests, answers, strict=True):
            self._used.add(TEMPLATES[request.question.type])
            self.calls.append(Call(prompt=request.prompt, question=request.question, answer=answer))
        return answers

    async def write(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> dict[str, Any]:
        """The object that the model writes.

        Raises:
            UnsupportedCapability: the model does not write objects.
            ModelError: it did not write one that fits.
        """
        if not isinstance(self._model, GeneratesObjects):
            raise UnsupportedCapability(f"{self._name()} does not write objects.")
        generation = await self._model.generate_object(prompt, schema, sampling)
        self.generations.append(generation)
        if not isinstance(generation.output, dict):
            raise UnsupportedCapability(
                f"{self._name()} wrote a text where an object was asked for."
            )
        return generation.output

    @property
    def templates(self) -> tuple[TemplateVersion, ...]:
        """The versions of all templates that were used."""
        return self._prompts.versions(self._used)

    @property
    def usage(self) -> Usage:
        """What it cost so far."""
        costs = (*(c.answer.usage for c in self.calls), *(g.usage for g in self.generations))
        return sum(costs, Usage())

    def _name(self) -> str:
        return self._model.identity.name if self._model else "No model"
