"""Models behind OpenAI's Decisions API, which take typed questions and give probabilities.

Nothing is read off tokens here: `choice`, `predicate` and `score` go as they are, all questions
about one prompt in one call. A question that the model declines is a `Refused` error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from alignkit.models.decisions_wire import Reply, input_of, question_of, shares_of
from alignkit.models.line import Line
from alignkit.models.native import ask_together, draw_from
from alignkit.models.openai_client import OpenAIAccess
from alignkit.models.reach import Reach
from alignkit.schema import Answer, ModelIdentity, Prompt, Question, Request, Usage

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

__all__ = ["DecisionsModel", "DecisionsSettings"]


class DecisionsSettings(Reach):
    """How a model behind the Decisions API is asked."""

    questions: Annotated[int, Field(ge=1, le=400)] = 100
    """Questions about one prompt that go in one call at most."""


class DecisionsModel:
    """Answers typed questions with a model behind OpenAI's Decisions API, or a server like it."""

    def __init__(
        self,
        model: str,
        settings: DecisionsSettings | None = None,
        *,
        api_key: str | None = None,
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        """Speak to the model that the service calls `model`; nothing is sent yet.

        Args:
            model: the service's name for it.
            settings: where the service is and how it is asked.
            api_key: the key; that in the environment variable OPENAI_API_KEY or in the keyring if
                None.
            http_client: sends the requests; closed with this model. For tests.

        Raises:
            MissingExtra: the `openai` library is not installed.
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        self._settings = settings or DecisionsSettings()
        access = OpenAIAccess(self._settings, api_key, http_client)
        self._service = access.service(
            model,
            expects="decisions",
            instead="A model without decisions is named openai:MODEL.",
        )
        self._line = Line(access, access.client(), self._service, self._settings)
        self._engine = access.engine
        self._served_as: str | None = None

    @property
    def identity(self) -> ModelIdentity:
        """Name and address; the id that the service gives for the model once it has answered."""
        return ModelIdentity(
            name=f"decisions:{self._service.model}",
            backend="decisions",
            served_as=self._served_as,
            engine=self._engine,
            settings={"base_url": self._service.url, "questions": self._settings.questions},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._line.aclose()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """The service's own probabilities for each of `requests`, in their order."""
        return await ask_together(requests, self._ask, self._settings.questions)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn for each of `requests` from the service's probabilities."""
        return await draw_from(requests, seeds, self.answer)

    async def _ask(
        self, prompt: Prompt, questions: Sequence[Question]
    ) -> tuple[Sequence[Sequence[float]], Usage]:
        body = {
            "model": self._service.model,
            "input": input_of(prompt),
            "questions": [
                question_of(question, prompt, f"q{number}")
                for number, question in enumerate(questions, 1)
            ],
        }
        reply, seconds = await self._line.exchange(
            lambda client: self._line.in_time(_sent(client, body)), Reply
        )
        self._served_as = reply.model or self._served_as
        return shares_of(reply, questions, prompt), reply.cost(seconds)


async def _sent(client: AsyncOpenAI, body: dict[str, Any]) -> str:
    # The raw reply: the library itself checks nothing that it takes over.
    raw = await client.decisions.with_raw_response.create(**body)
    return raw.text
