"""Around every request: an id, a log line, a count, and an answer whatever happens inside."""

from __future__ import annotations

import logging
import re
import secrets
import time

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alignkit.server.metrics import Metrics
from alignkit.server.problems import answered, inside

_LOG = logging.getLogger("alignkit.server")
_GIVEN = re.compile(rb"^[A-Za-z0-9._-]{1,64}$")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_OTHER = "other"
_GONE = 499
"""What the log and the metrics say of a client that went away before its request had come."""


class Front:
    """The outermost part of the application."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Stand before `app`, and count in `metrics`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = _request_id(scope)
        begun, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                mark = (b"x-request-id", request_id.encode())
                message["headers"] = [*message.get("headers", ()), mark]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            status = status or _GONE
        except Exception:
            _LOG.exception("failed", extra={"request_id": request_id})
            if status:
                raise  # the answer has begun; only its end can tell
            problem = answered(scope["path"], inside(request_id), request_id)
            await problem(scope, receive, sending)
        finally:
            self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", _OTHER)
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        self._metrics.request(method, route, status, seconds)
        state = scope.get("state", {})
        _LOG.info(
            "request",
            extra={
                "request_id": scope["request_id"],
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": round(seconds * 1000, 2),
                "caller": str(state.get("caller", "")),
                "decisions": state.get("decisions", []),
            },
        )


def _request_id(scope: Scope) -> str:
    """The id that the client gave, where it is fit for a log, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.match(value):
            return str(value.decode("ascii"))
    return secrets.token_hex(8)
