"""Where a request may come from.

A page on the web can let a browser send requests to a server on the same machine. Its own address
stands in `Origin` then, and where it got the browser to take its name for this machine's (DNS
rebinding), that name stands in `Host`.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from alignkit.server.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
_FOREIGN = {"cross-site", "same-site"}


def check_host(headers: Headers) -> None:
    """Fail where the client took this machine for another one; for servers on loopback.

    Raises:
        Problem: `Host` is neither `localhost` nor an address of loopback.
    """
    given = headers.get("host", "")
    name = _host(given)
    if name == "localhost" or _is_loopback(name):
        return
    raise Problem(
        403,
        f"host: {given[:100]!r} is not this machine. Use http://127.0.0.1 or http://localhost.",
        field="host",
        code="wrong_host",
    )


def check_origin(headers: Headers, method: str) -> None:
    """Fail where a page of another server sent the request.

    Raises:
        Problem: `Origin` is another server, or the browser says so in `Sec-Fetch-Site`.
    """
    origin = headers.get("origin")
    if origin is not None and not is_own(origin, headers):
        raise _foreign("origin", origin)
    site = headers.get("sec-fetch-site", "")
    if origin is None and site in _FOREIGN and method not in SAFE:
        raise _foreign("sec-fetch-site", site)


def is_own(origin: str, headers: Headers) -> bool:
    """Whether `origin` is the address that the request was sent to."""
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        return False
    return netloc != "" and netloc.lower() == headers.get("host", "").lower()


def _foreign(field: str, said: str) -> Problem:
    return Problem(
        403,
        f"{field}: requests from pages of other servers are refused, and {said[:100]!r} is one.",
        field=field,
        code="foreign_origin",
    )


def _host(given: str) -> str:
    """The name in `Host`, without the port."""
    try:
        return (urlsplit(f"//{given}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
