"""What deciders may ask of a model: three calls, each a Protocol of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from alignkit.schema import Answer, Frozen, Generation, ModelIdentity, Prompt, Request


class Sampling(Frozen):
    """How text is drawn from a model."""

    temperature: float = 0.0
    """0 takes the most likely token each time."""
    seed: int = 0
    max_tokens: int = 512


@runtime_checkable
class Model(Protocol):
    """What every backend has: an identity, and an end."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model this is; the same for as long as the object lives.

        Only `served_as` and `answers_by` are filled in later: a service names its model, and shows
        what it offers, when it answers.
        """

    async def aclose(self) -> None:
        """Release what the model holds; calling it twice does no harm."""


@runtime_checkable
class HasRoom(Model, Protocol):
    """A model that knows without reading a text that it is far too long."""

    @property
    def most_characters(self) -> int | None:
        """No text of more characters fits into the context, whatever it says; None for any."""


@runtime_checkable
class AnswersQuestions(Model, Protocol):
    """A model that answers typed questions."""

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """One answer for each request, in the order of the requests.

        The backend evaluates them in the order that suits it. Equal requests get equal answers
        unless the answers are sampled.

        Raises:
            ModelError: one of the requests could not be answered; none of the answers is returned.
        """


@runtime_checkable
class DrawsAnswers(Model, Protocol):
    """A model that answers typed questions by chance, as it would when it writes."""

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn for each of `requests`, with the seed beside it, at temperature 1.

        Each answer gives the option that was drawn the probability 1. Equal requests with equal
        seeds draw equally.

        Raises:
            ModelError: one of the requests could not be answered; none of the answers is returned.
        """


@runtime_checkable
class GeneratesObjects(Model, Protocol):
    """A model that writes objects of a given shape."""

    async def generate_object(
        self, prompt: Prompt, schema: Mapping[str, Any], sampling: Sampling
    ) -> Generation:
        """An object that satisfies the JSON `schema`, checked, in `output`.

        Raises:
            BadModelOutput: what the model wrote does not satisfy the schema.
            ModelError: the model could not be asked.
        """


@runtime_checkable
class GeneratesText(Model, Protocol):
    """A model that writes text."""

    def generate_text(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[str]:
        """The text, piece by piece as it is written.

        Raises:
            ModelError: the model could not be asked, or broke off.
        """
