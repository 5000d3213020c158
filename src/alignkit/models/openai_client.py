"""How to reach an OpenAI-compatible server: its address, the key, and the library's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from alignkit.errors import AuthenticationFailed, InvalidSetting, MissingExtra
from alignkit.models.openai_errors import Service
from alignkit.schema import Frozen

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

_NO_KEY = "no-key"
"""Sent where there is no key, for servers that ask for none."""
_OFFICIAL = "api.openai.com"
_SECRET = 6
"""Characters of the shortest key that is one; shorter ones ("EMPTY", "x") only fill the place."""


class OpenAISettings(Frozen):
    """How a model behind an OpenAI-compatible server is asked."""

    base_url: Annotated[str | None, Field(repr=False)] = None
    """Address of the server, such as http://localhost:8080/v1. Without it, that in the environment
    variable OPENAI_BASE_URL, or OpenAI's own."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that a reply may take."""
    max_retries: Annotated[int, Field(ge=0)] = 2
    """How often a request is sent again when the server is busy or fails, as late as it says."""
    concurrency: Annotated[int, Field(ge=1)] = 8
    """Requests that are under way at the same time."""
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


class Access:
    """Makes clients for one server. They are bound to event loops; this is not."""

    def __init__(
        self, settings: OpenAISettings, api_key: str | None, http_client: httpx2.AsyncClient | None
    ) -> None:
        """Use `api_key`, or what the environment says, and `http_client` for all clients if given.

        Raises:
            MissingExtra: the `openai` library is not installed.
        """
        try:
            import openai
        except ImportError as error:
            raise MissingExtra("The client for OpenAI-compatible servers", "openai") from error
        self.engine = f"openai {openai.__version__}"
        self._settings = settings
        self._api_key = api_key or None
        self._http_client = http_client

    def client(self) -> AsyncOpenAI:
        """A client of its own; nothing is sent yet.

        Raises:
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: OpenAI's own service, and no key.
        """
        from openai import OpenAIError

        if self._settings.base_url is not None:
            _check_address(self._settings.base_url)
        try:
            client = self._with_key(self._api_key)
        except OpenAIError as error:  # there is no key in the environment either
            client = self._with_key(_NO_KEY)
            if client.base_url.host == _OFFICIAL:
                raise AuthenticationFailed(
                    f"There is no key for {_OFFICIAL}.",
                    "Set OPENAI_API_KEY, or name another server with --base-url.",
                ) from error
        _check_address(str(client.base_url))
        if not (client.api_key.isascii() and client.api_key.isprintable()):
            raise InvalidSetting("The key has characters that no key has.", "Check OPENAI_API_KEY.")
        return client

    def _with_key(self, key: str | None) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            api_key=key,
            base_url=self._settings.base_url,
            timeout=self._settings.timeout,
            max_retries=self._settings.max_retries,
            http_client=self._http_client,
        )


def service_of(client: AsyncOpenAI, model: str, timeout: float) -> Service:
    """What messages say about the server that `client` speaks to."""
    parts = urlsplit(str(client.base_url))
    key = "" if client.api_key == _NO_KEY else client.api_key
    in_url = (parts.password or "", *(value for _, value in parse_qsl(parts.query)))
    return Service(
        url=_shown(str(client.base_url)),
        model=model,
        timeout=timeout,
        secrets=tuple(secret for secret in (key, *in_url) if len(secret) >= _SECRET),
    )


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        usable = False
    if not usable:
        raise InvalidSetting(
            f"{_shown(url)!r} is not the address of a server.",
            "Write --base-url http://HOST:PORT/v1.",
        )


def _shown(url: str) -> str:
    """`url` without user-info and query, where keys can be."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl().rstrip("/")
