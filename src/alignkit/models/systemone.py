"""Models that speak System One: a state, named typed questions, and probabilities.

Decision models of this kind are served by TypeSafe, by Kenning, by llama.cpp's server, and by
`align serve`. There is no official library that all of them share, so this speaks HTTP itself.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from alignkit.catalog import shown
from alignkit.errors import InvalidSetting, MissingExtra
from alignkit.models.bounds import limit_size
from alignkit.models.keys import keep_out_of_logs, key_for
from alignkit.models.line import Line
from alignkit.models.native import ask_together, draw_from
from alignkit.models.reach import Reach, checked, secrets_of, through_proxies
from alignkit.models.service_errors import Service
from alignkit.models.systemone_wire import Reply, question_of, shares_of, state_of
from alignkit.schema import Answer, ModelIdentity, Prompt, Question, Request, Usage

if TYPE_CHECKING:
    import httpx

__all__ = ["SystemOneModel", "SystemOneSettings"]

KEYS = ("SYSTEMONE_API_KEY", "TYPESAFE_API_KEY")
_ADDRESSES = ("SYSTEMONE_BASE_URL", "TYPESAFE_BASE_URL")
_EXAMPLE = "http://HOST:PORT"
_PATH = "/v1/systemone"


class SystemOneSettings(Reach):
    """How a model that speaks System One is asked."""

    questions: Annotated[int, Field(ge=1)] = 100
    """Questions about one prompt that go in one call at most."""


class SystemOneModel:
    """Answers typed questions with a model behind a System One server."""

    def __init__(
        self,
        model: str,
        settings: SystemOneSettings | None = None,
        *,
        api_key: str | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Speak to the model that the server calls `model`; nothing is sent yet.

        Args:
            model: the server's name for it.
            settings: where the server is (its root, without /v1) and how it is asked.
            api_key: the key; that in the environment variable SYSTEMONE_API_KEY or
                TYPESAFE_API_KEY, or in the keyring, if None. Servers may need none.
            http_client: sends the requests; closed with this model. For tests.

        Raises:
            MissingExtra: the `httpx` library is not installed.
            InvalidSetting: there is no address, or the address or the key cannot be right.
        """
        self._settings = settings or SystemOneSettings()
        self._access = _Access(self._settings, api_key, http_client)
        self._service = self._access.service(model)
        self._line = Line(self._access, self._access.client(), self._service, self._settings)
        self._served_as: str | None = None

    @property
    def identity(self) -> ModelIdentity:
        """Name and address; the id that the server gives for the model once it has answered."""
        return ModelIdentity(
            name=f"systemone:{self._service.model}",
            backend="systemone",
            served_as=self._served_as,
            engine=self._access.engine,
            settings={"base_url": self._service.url, "questions": self._settings.questions},
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._line.aclose()

    async def answer(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """The server's own probabilities for each of `requests`, in their order."""
        return await ask_together(requests, self._ask, self._settings.questions)

    async def draw(self, requests: Sequence[Request], seeds: Sequence[int]) -> Sequence[Answer]:
        """One option drawn for each of `requests` from the server's probabilities."""
        return await draw_from(requests, seeds, self.answer)

    async def _ask(
        self, prompt: Prompt, questions: Sequence[Question]
    ) -> tuple[Sequence[Sequence[float]], Usage]:
        names = tuple(f"q{number}" for number in range(1, len(questions) + 1))
        body = {
            "model": self._service.model,
            "state": state_of(prompt),
            "questions": {
                name: question_of(question, prompt)
                for name, question in zip(names, questions, strict=True)
            },
        }
        reply, seconds = await self._line.exchange(
            lambda client: self._line.in_time(self._access.send(client, body)), Reply
        )
        self._served_as = reply.model or self._served_as
        return shares_of(reply, names, questions, prompt), reply.cost(seconds)


class _Access:
    """Makes HTTP clients for one server."""

    def __init__(
        self, reach: Reach, api_key: str | None, http_client: httpx.AsyncClient | None
    ) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtra("The client for System One (httpx)", "systemone") from error
        self.engine = f"httpx {httpx.__version__}"
        self.errors: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.InvalidURL)
        self._reach = reach
        self._key = key_for(KEYS, api_key)
        self._http_client = http_client
        self._url = checked(_address(reach), _EXAMPLE)

    def service(self, model: str) -> Service:
        secrets = secrets_of(self._url, self._key)
        keep_out_of_logs(secrets)
        return Service(
            url=shown(self._url),
            model=model,
            timeout=self._reach.timeout,
            secrets=secrets,
            key=KEYS[0],
            expects="answers to the questions",
            ending="the port, without /v1",
            instead="An ordinary model behind an OpenAI-compatible server is named openai:MODEL.",
        )

    def client(self) -> httpx.AsyncClient:
        from httpx import AsyncByteStream

        return limit_size(self._http_client or through_proxies(self._own_client), AsyncByteStream)

    async def close(self, client: httpx.AsyncClient) -> None:
        await client.aclose()

    async def send(self, client: httpx.AsyncClient, body: dict[str, Any]) -> str:
        """The text of the reply to `body`."""
        from httpx import URL

        url = URL(self._url)
        # Of the two headers a server reads the one it knows.
        key = self._key
        headers = {"X-API-Key": key, "Authorization": f"Bearer {key}"} if key else None
        reply = await client.post(
            url.copy_with(path=url.path.rstrip("/") + _PATH),
            json=body,
            headers=headers,
            timeout=self._reach.timeout,
        )
        return reply.raise_for_status().text

    def _own_client(self) -> httpx.AsyncClient:
        from httpx import AsyncClient, Limits

        limits = Limits(**self._reach.connections)
        return AsyncClient(limits=limits, timeout=self._reach.timeout)


def _address(reach: Reach) -> str:
    """Where the server is.

    Raises:
        InvalidSetting: nobody says.
    """
    named = (os.environ.get(name) for name in _ADDRESSES)
    found = reach.base_url or next((url for url in named if url), None)
    if found is None:
        raise InvalidSetting(
            "It is not said where the System One server is.",
            f"Write --base-url {_EXAMPLE}, or set {_ADDRESSES[0]}.",
        )
    return found
