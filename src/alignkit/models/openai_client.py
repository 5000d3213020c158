"""How to reach an OpenAI-compatible server: its address, the key, and the library's client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from alignkit.catalog import shown
from alignkit.errors import AuthenticationFailed, MissingExtra
from alignkit.models.bounds import limit_size
from alignkit.models.keys import keep_out_of_logs, key_for
from alignkit.models.reach import Reach, checked, secrets_of, through_proxies, without_query
from alignkit.models.service_errors import Service

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

KEY = "OPENAI_API_KEY"
_NO_KEY = "no-key"
"""Sent where there is no key, for servers that ask for none."""
_OFFICIAL = "api.openai.com"
_EXAMPLE = "http://HOST:PORT/v1"


class OpenAISettings(Reach):
    """How a model behind an OpenAI-compatible server is asked."""

    logprobs: bool = True
    """Read probabilities where the server shows them. Models that think aloud before they answer
    need it off."""
    top_logprobs: Annotated[int, Field(ge=1)] = 20
    """Number of the likeliest tokens to ask for; labels that are not among them get 0."""
    samples: Annotated[int, Field(ge=1)] = 16
    """Number of samples for an answer where no probabilities are shown."""
    temperature: Annotated[float, Field(ge=0)] = 1.0
    """Temperature of the samples; 1 is the model's own distribution."""
    seed: int = 0
    """Seed of the first sample; the next ones follow it."""
    sample_tokens: Annotated[int, Field(ge=1)] = 1024
    """Tokens that a sample may have; models that think first need many."""


class OpenAIAccess:
    """Makes clients of the `openai` library for one server."""

    def __init__(
        self, reach: Reach, api_key: str | None, http_client: httpx2.AsyncClient | None
    ) -> None:
        """Use `api_key`, or what the environment says, and `http_client` for all clients if given.

        Raises:
            MissingExtra: the `openai` library is not installed.
            InvalidSetting: the key cannot be right.
        """
        try:
            import openai
        except ImportError as error:
            raise MissingExtra("The client for OpenAI-compatible servers", "openai") from error
        self.engine = f"openai {openai.__version__}"
        self.errors: tuple[type[Exception], ...] = (openai.OpenAIError,)
        self._reach = reach
        self._url = reach.base_url if reach.base_url is not None else _address()
        self._key = key_for((KEY,), api_key)
        self._http_client = http_client

    def client(self) -> AsyncOpenAI:
        """A client of its own; nothing is sent yet.

        Raises:
            InvalidSetting: the address or a proxy cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        from httpx2 import AsyncByteStream
        from openai import AsyncOpenAI

        url, query = without_query(checked(self._url, _EXAMPLE))
        client = AsyncOpenAI(
            api_key=self._key or _NO_KEY,
            base_url=url,
            default_query=query,
            timeout=self._reach.timeout,
            max_retries=0,  # a Line tries again, for all services alike
            http_client=limit_size(
                self._http_client or through_proxies(self._own_client), AsyncByteStream
            ),
        )
        if self._key is None and client.base_url.host == _OFFICIAL:
            raise AuthenticationFailed(
                f"There is no key for {_OFFICIAL}.",
                f"Set {KEY}, or name another server with --base-url.",
            )
        return client

    async def close(self, client: AsyncOpenAI) -> None:
        """Close `client` and its connections."""
        await client.close()

    def service(self, model: str, **words: str) -> Service:
        """What messages say about the server, in these `words`."""
        secrets = secrets_of(self._url, self._key)
        keep_out_of_logs(secrets)
        return Service(
            url=shown(self._url),
            model=model,
            timeout=self._reach.timeout,
            secrets=secrets,
            key=KEY,
            **words,
        )

    def _own_client(self) -> httpx2.AsyncClient:
        from httpx2 import Limits
        from openai import DefaultAsyncHttpxClient

        limits = Limits(**self._reach.connections)
        return DefaultAsyncHttpxClient(limits=limits, timeout=self._reach.timeout)


def _address() -> str:
    return os.environ.get("OPENAI_BASE_URL") or f"https://{_OFFICIAL}/v1"
