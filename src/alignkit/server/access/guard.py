"""Stands before all routes: refuses who may not pass, and says who asks.

Behind it, `scope["state"]` has `caller` (a name for logs and the audit log), `scopes` (what the
caller may do) and `csrf` (of a session; else empty). Where a key is needed it also has `still`: an
open page asks it from time to time whether who opened it may go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Request

from alignkit.server.access.known import Access
from alignkit.server.access.origins import SAFE, check_host, check_origin, is_own
from alignkit.server.access.rules import OPEN, is_for_people, needed
from alignkit.server.access.sessions import COOKIE, Session
from alignkit.server.problems import Problem, answered
from alignkit.service.keys import SCOPES
from alignkit.store import Key, Scope

CSRF = "x-csrf-token"
"""The header with which scripts of ours show that they are."""


@dataclass(frozen=True)
class Caller:
    """Who asks."""

    name: str
    """Empty where no key is needed and none is shown."""
    scopes: tuple[Scope, ...]
    key: Key | None = None
    session: Session | None = None


ANYBODY = Caller("", SCOPES)
"""Whoever is on this machine."""


class Guard:
    """Lets requests pass that are allowed."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`; `app.state.access` says who is known."""
        self._app = app

    async def __call__(self, scope: Request, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        access: Access = scope["app"].state.access
        try:
            await _admit(scope, access)
        except Problem as problem:
            await _refuse(scope, receive, send, problem)
            return
        await self._app(scope, receive, send)


async def _admit(scope: Request, access: Access) -> None:
    """Say in the request's state who asks.

    Raises:
        Problem: the request may not pass.
    """
    headers, path, method = Headers(scope=scope), scope["path"], scope.get("method", "GET")
    if not access.needs_key:
        check_host(headers)
    check_origin(headers, method)
    state: dict[str, Any] = scope.setdefault("state", {})
    caller = await _caller(headers, access)
    state["caller"] = caller.name if caller else ""
    state["scopes"] = caller.scopes if caller else ()
    state["csrf"] = caller.session.csrf if caller and caller.session else ""
    if path in OPEN:
        return
    if caller is None:
        raise _stranger()
    if access.needs_key:
        state["still"] = partial(_still, headers, access, caller)
    if scope["type"] == "websocket":
        _check_socket(caller, headers)
    elif caller.session is not None and method not in SAFE:
        _check_csrf(caller.session, headers, path)
    if caller.key is not None:
        access.rates.take(caller.key.id, caller.key.rate)
    _check_scopes(caller.scopes, needed(path, method))


async def _caller(headers: Headers, access: Access) -> Caller | None:
    """Who asks; None where a key is needed and there is none that is known.

    On loopback, where any key does, one that is known still says who asks.
    """
    text = _bearer(headers)
    if text is not None:
        key = await access.by_text(text)
        if key is not None:
            return Caller(key.name, key.scopes if access.needs_key else SCOPES, key)
    else:
        session = access.sessions.find(cookie_of(headers))
        key = await access.by_id(session.key) if session else None
        if session is not None and key is not None:
            return Caller(key.name, key.scopes if access.needs_key else SCOPES, key, session)
    return None if access.needs_key else ANYBODY


async def _still(headers: Headers, access: Access, before: Caller) -> bool:
    """Whether who sent `headers` before may do the same now: no key revoked, no session ended."""
    now = await _caller(headers, access)
    return now is not None and now.scopes == before.scopes


def cookie_of(headers: Headers) -> str | None:
    """The session's cookie that the browser sent."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found else None


def _bearer(headers: Headers) -> str | None:
    """The key that the client shows; also where clients of other services put theirs."""
    kind, _, text = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return text.strip()
    return headers.get("x-api-key")


def _check_socket(caller: Caller, headers: Headers) -> None:
    """Sockets know no CSRF token: with a cookie the page must be one of ours."""
    if caller.session is not None and not is_own(headers.get("origin", ""), headers):
        raise Problem(403, "origin: is missing", field="origin", code="foreign_origin")


def _check_csrf(session: Session, headers: Headers, path: str) -> None:
    """Fail where a foreign page may have sent a request with the user's cookie."""
    if session.knows(headers.get(CSRF, "")):
        return
    # The pages' own library sends no token; browsers say from where its requests come.
    if is_for_people(path) and is_own(headers.get("origin", ""), headers):
        return
    raise Problem(
        403,
        f"{CSRF}: is missing or wrong. GET /api/session tells it; with a key none is needed.",
        field=CSRF,
        code="csrf",
    )


def _check_scopes(given: Iterable[Scope], wanted: tuple[Scope, ...]) -> None:
    if "admin" in given or set(given) & set(wanted):
        return
    raise Problem(
        403, f"This key does not allow this; it takes: {' or '.join(wanted)}.", code="scope"
    )


def _stranger() -> Problem:
    return Problem(
        401,
        "authorization: a key is needed here. Send `Authorization: Bearer KEY`; "
        "`align keys create` makes one.",
        field="authorization",
        code="no_key",
        headers={"www-authenticate": "Bearer"},
    )


async def _refuse(scope: Request, receive: Receive, send: Send, problem: Problem) -> None:
    """Answer with `problem`; a browser without a session is led to where one signs in."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    path = scope["path"]
    if problem.status_code == 401 and is_for_people(path):  # noqa: PLR2004  not signed in
        there = quote(
            path + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        )
        await RedirectResponse(f"/signin?next={there}", 303)(scope, receive, send)
        return
    request_id = str(scope.get("request_id", ""))
    await answered(path, problem, request_id)(scope, receive, send)
