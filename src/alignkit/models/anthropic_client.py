"""How to reach Anthropic's service: its address, the key, and the library's client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from alignkit.catalog import shown
from alignkit.errors import AuthenticationFailed, MissingExtra
from alignkit.models.bounds import limit_size
from alignkit.models.keys import keep_out_of_logs, key_for
from alignkit.models.reach import (
    Reach,
    checked,
    secrets_of,
    through_proxies,
    without_query,
)
from alignkit.models.service_errors import Service

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

KEY = "ANTHROPIC_API_KEY"
_NO_KEY = "no-key"
"""Sent where there is no key, for servers that ask for none."""
_OFFICIAL = "https://api.anthropic.com"
_EXAMPLE = "https://HOST"


class AnthropicAccess:
    """Makes clients of the `anthropic` library for one service."""

    def __init__(
        self, reach: Reach, api_key: str | None, http_client: httpx2.AsyncClient | None
    ) -> None:
        """Use `api_key`, or what the environment says, and `http_client` for all clients if given.

        Raises:
            MissingExtra: the `anthropic` library is not installed.
            InvalidSetting: the address or the key cannot be right.
            AuthenticationFailed: Anthropic's own service, and no key.
        """
        try:
            import anthropic
        except ImportError as error:
            raise MissingExtra("The client for Anthropic's service", "anthropic") from error
        self.engine = f"anthropic {anthropic.__version__}"
        self.errors: tuple[type[Exception], ...] = (anthropic.AnthropicError,)
        self._reach = reach
        self._http_client = http_client
        given = reach.base_url if reach.base_url is not None else _address()
        self._url = checked(given, _EXAMPLE)
        self._key = key_for((KEY,), api_key)
        if self._key is None and self._url == _OFFICIAL:
            raise AuthenticationFailed(
                f"There is no key for {_OFFICIAL}.",
                f"Set {KEY}, or name another server with --base-url.",
            )

    def client(self) -> AsyncAnthropic:
        """A client of its own; nothing is sent yet.

        Raises:
            InvalidSetting: a proxy cannot be right.
        """
        from anthropic import AsyncAnthropic
        from httpx2 import AsyncByteStream

        url, query = without_query(self._url)
        return AsyncAnthropic(
            api_key=self._key or _NO_KEY,
            base_url=url,
            default_query=query,
            timeout=self._reach.timeout,
            max_retries=0,  # a Line tries again, for all services alike
            http_client=limit_size(
                self._http_client or through_proxies(self._own_client), AsyncByteStream
            ),
        )

    async def close(self, client: AsyncAnthropic) -> None:
        """Close `client` and its connections."""
        await client.close()

    def service(self, model: str) -> Service:
        """What messages say about the service."""
        secrets = secrets_of(self._url, self._key)
        keep_out_of_logs(secrets)
        return Service(
            url=shown(self._url),
            model=model,
            timeout=self._reach.timeout,
            secrets=secrets,
            key=KEY,
            expects="a message",
            ending="the host, without /v1",
        )

    def _own_client(self) -> httpx2.AsyncClient:
        from anthropic import DefaultAsyncHttpxClient
        from httpx2 import Limits

        limits = Limits(**self._reach.connections)
        return DefaultAsyncHttpxClient(limits=limits, timeout=self._reach.timeout)


def _address() -> str:
    return os.environ.get("ANTHROPIC_BASE_URL") or _OFFICIAL
