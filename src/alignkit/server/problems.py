"""Errors as clients read them: the OpenAI shape under /v1, problem+json elsewhere.

Every error names the field that is wrong where there is one. What fails inside shows a request id
and nothing else: the log has the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alignkit.errors import AlignkitError, ContextTooLong
from alignkit.server.logs import failure
from alignkit.server.mistakes import field_and_message, own

_SERVER = 500
_LOG = logging.getLogger("alignkit.server")
_TITLES = {status.value: status.phrase for status in HTTPStatus}
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


class OpenAIError(BaseModel):
    """What went wrong, as `openai` reads it."""

    message: str
    type: str
    param: str | None = None
    """The field that is wrong."""
    code: str | None = None


class OpenAIProblem(BaseModel):
    """An error under /v1."""

    error: OpenAIError
    detail: str
    """The message again, for clients that look here."""


OF_OPENAI: dict[int | str, dict[str, Any]] = {
    status: {"model": OpenAIProblem, "description": text}
    for status, text in {
        400: "The request is wrong; the message names the field",
        401: "There is no key, or it is not known",
        403: "The key does not allow it",
        404: "There is no such model or profile",
        408: "The body did not come in time",
        413: "The body is too large",
        415: "The body is not JSON",
        429: "Too much to do; the header Retry-After says when to come again",
        502: "The model failed",
        504: "It took too long",
    }.items()
}
"""What routes under /v1 answer besides what was asked for."""


class Problem(HTTPException):
    """An answer other than the one that was asked for, and why."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say in `message` what is wrong with `field`; `code` is one word for programs."""
        super().__init__(status, message, dict(headers) if headers else None)
        self.field = field
        self.code = code


def bad(field: str, message: str, code: str = "invalid_value") -> Problem:
    """The request is at fault: `field` is wrong."""
    return Problem(400, f"{field}: {message}", field=field, code=code)


def install(app: FastAPI) -> None:
    """Answer errors in our shapes."""
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(AlignkitError, _of_ours)


def answered(path: str, problem: Problem, request_id: str = "") -> Response:
    """`problem` as the answer to a request for `path`."""
    status, message = problem.status_code, problem.detail
    if path.startswith("/v1"):
        kind = _TYPES.get(status, "invalid_request_error" if status < _SERVER else "server_error")
        error = {"message": message, "type": kind, "param": problem.field, "code": problem.code}
        body: dict[str, Any] = {"error": error, "detail": message}
        media = "application/json"
    else:
        body = {
            "type": "about:blank",
            "title": _TITLES.get(status, "Client Closed Request"),
            "status": status,
            "detail": message,
            "field": problem.field,
            "code": problem.code,
            "request_id": request_id,
        }
        body = {key: value for key, value in body.items() if value not in {None, ""}}
        media = "application/problem+json"
    return JSONResponse(body, status, problem.headers, media)


def inside(request_id: str) -> Problem:
    """Something of ours failed."""
    return Problem(
        500, f"The server failed; its log says why under request {request_id}.", code="internal"
    )


async def _of_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        assert isinstance(error, HTTPException)  # noqa: S101  for the type checker
        error = Problem(error.status_code, str(error.detail), headers=error.headers)
    return answered(request.url.path, error, request_id_of(request))


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  for the type checker
    path = request.url.path
    status = 400 if path.startswith("/v1") else 422
    found = of_mistakes(error.errors(), error.body, status)
    return answered(path, found, request_id_of(request))


def of_mistakes(found: Sequence[Mapping[str, Any]], body: object, status: int = 400) -> Problem:
    """What pydantic `found` wrong with `body`, as one problem that names the first field."""
    mistakes = own(found, body)
    field, message = field_and_message(mistakes[0], body)
    more = len(mistakes) - 1
    also = f" ({more} more mistake{'s' if more > 1 else ''}.)" if more else ""
    return Problem(status, f"{field}: {message}.{also}", field=field, code=str(mistakes[0]["type"]))


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlignkitError)  # noqa: S101  for the type checker
    request_id = request_id_of(request)
    return answered(request.url.path, problem_of(error, request_id), request_id)


def problem_of(error: AlignkitError, request_id: str) -> Problem:
    """`error` as a client may see it."""
    if error.http_status < _SERVER and error.exit_code == 2:  # noqa: PLR2004  mistakes of the asker
        return Problem(error.http_status, str(error), code=type(error).__name__)
    if isinstance(error, ContextTooLong):
        # What the service said of it may quote the prompt, and with it what must not be said.
        message = error.message if error.unquoted is None else error.unquoted
        return Problem(400, message, field="input", code="context_length_exceeded")
    _LOG.error("failed", extra={**failure(error), "request_id": request_id})
    return Problem(
        max(error.http_status, _SERVER),
        f"The model or the store did not do its part; the log says why under request {request_id}.",
        code=type(error).__name__,
    )


def request_id_of(request: Request) -> str:
    """The id under which the log has this request."""
    return str(request.scope.get("request_id", ""))
