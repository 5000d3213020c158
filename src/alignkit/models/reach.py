"""How a service is reached: what all backends that speak HTTP have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from alignkit.catalog import shown
from alignkit.errors import InvalidSetting
from alignkit.schema import Frozen

C = TypeVar("C")

_SECRET = 6
"""Characters of the shortest key that is one; shorter ones ("EMPTY", "x") only fill the place."""


class Reach(Frozen):
    """Where a service is, and how patiently it is asked."""

    base_url: Annotated[str | None, Field(repr=False)] = None
    """Address of the server; that in the environment, or the service's own, if None."""
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds that a reply may take. One that comes in pieces may take so long from one to the
    next, and 60 times as long in all."""
    max_retries: Annotated[int, Field(ge=0)] = 2
    """How often a request is sent again when the service is busy or fails, as late as it says."""
    concurrency: Annotated[int, Field(ge=1)] = 8
    """Requests that are under way, and connections that are open, at the same time."""

    @property
    def connections(self) -> dict[str, int | None]:
        """What an HTTP client is told of its connections, as arguments of `Limits`.

        `Line` limits the requests. A limit of the client's own would be used up by requests that
        were cancelled: it may go on counting their connections.
        """
        return {"max_connections": None, "max_keepalive_connections": self.concurrency}


def checked(url: str, example: str) -> str:
    """`url` without a slash at its end, if a server can be there.

    Raises:
        InvalidSetting: it cannot.
    """
    parts = urlsplit(url)
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        usable = False
    if not usable:
        raise InvalidSetting(
            f"{shown(url)!r} is not the address of a server.", f"Write --base-url {example}."
        )
    return url.rstrip("/")


def without_query(url: str) -> tuple[str, dict[str, str]]:
    """`url` without its query, and what that was: it goes behind every path."""
    parts = urlsplit(url)
    return parts._replace(query="", fragment="").geturl(), dict(parse_qsl(parts.query))


def secrets_of(url: str, *keys: str | None) -> tuple[str, ...]:
    """What must not be shown: the keys, and what `url` holds besides an address."""
    parts = urlsplit(url)
    in_url = (parts.password, *(value for _, value in parse_qsl(parts.query)))
    return tuple(secret for secret in (*keys, *in_url) if secret and len(secret) >= _SECRET)


def through_proxies(make: Callable[[], C]) -> C:
    """The HTTP client that `make` gives, which reads the proxies of the environment.

    Raises:
        InvalidSetting: one of them cannot be used.
    """
    try:
        return make()
    except (ImportError, ValueError) as error:
        # The library's own message repeats the address, and a password may be in it.
        raise InvalidSetting(
            f"A proxy that the environment names cannot be used ({type(error).__name__}).",
            "Write http://HOST:PORT in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY.",
        ) from None
