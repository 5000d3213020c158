"""What a browser may load and run on the pages, and which pages may open a socket to the server.

NiceGUI writes its start-up script into the page and turns handlers that come over the socket into
functions in the browser. So the policy lets scripts in the page run only with a number that is new
for every answer, which a text that got into the page cannot know, and it has to allow `eval`.
Styles are set on elements one by one, which only `unsafe-inline` allows. Nothing is loaded from
elsewhere, and no page may frame these.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = b"<script"


def policy(number: str) -> str:
    """The Content-Security-Policy of a page whose own scripts carry `number`."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{number}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class Policy:
    """Stands around the pages."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it comes from a page of somebody else."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
        elif _foreign(scope):
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            else:
                answer = PlainTextResponse("Origin is not this server.", status_code=403)
                await answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _Numbering(send))


class _Numbering:
    """Gives each script in a page the number that the policy asks for."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._number = secrets.token_urlsafe(18)
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "same-origin"
            if headers.get("content-type", "").startswith("text/html"):
                headers["content-security-policy"] = policy(self._number)
                headers["cache-control"] = "no-store"
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            await self._page(message)
            return
        await self._send(message)

    async def _page(self, last: Message) -> None:
        # Texts of the page stand in it with `<` written out, so these are all ours.
        body = self._body.replace(_SCRIPT, f'<script nonce="{self._number}"'.encode())
        start = self._start
        if start is not None:
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
            self._start = None
            await self._send(start)
        await self._send({**last, "body": body})


def _foreign(scope: Scope) -> bool:
    """Whether a browser says that the request comes from a page of another server."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is None or (scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}):
        return False
    return urlsplit(origin).netloc != headers.get("host")
