"""The errors of the `openai` library as ours: one line each, with the way out, never with a key."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from alignkit.errors import (
    AuthenticationFailed,
    BadModelOutput,
    ContextTooLong,
    ModelError,
    ModelUnavailable,
    RateLimited,
    Refused,
    TimedOut,
    Unreachable,
)

_LONGEST = 240
"""Characters of a service's own message that are shown."""
_TAG = re.compile(r"<[^>]*>")
_DATE = re.compile(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
"""A date as HTTP writes it."""
_SAYS_TOO_LONG = re.compile(
    r"context.{0,20}(length|size|window)|too many tokens|(prompt|input) is too long", re.IGNORECASE
)
_FILTERED = {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}

_KEY = "Set OPENAI_API_KEY to a key that it accepts, or name another server with --base-url."
_NAME = "Check the model's name and --base-url, which usually ends in /v1."
_TIME = "Try again, or allow more time (the setting timeout)."
_LATER = "Try again later."
_SERVERS_FAULT = 500
_LENGTH = "Shorten the scenario, or use a model with a larger context."

_Sentence = tuple[type[ModelError], str, str]
"""What an error becomes: its class, what happened, the way out."""

_TOO_LONG: _Sentence = (
    ContextTooLong,
    "The prompt is too long for {model!r} at {url}: {said}.",
    _LENGTH,
)
_BY_CODE: dict[str | None, _Sentence] = {
    **dict.fromkeys(_FILTERED, (Refused, "{url} declined the request: {said}.", "")),
    "context_length_exceeded": _TOO_LONG,
    "insufficient_quota": (ModelUnavailable, "{url}: {said}.", "Check the plan of the account."),
}
_BY_STATUS: dict[int, _Sentence] = {
    # What is said may repeat the key.
    HTTPStatus.UNAUTHORIZED: (AuthenticationFailed, "{url} did not accept the key.", _KEY),
    HTTPStatus.FORBIDDEN: (AuthenticationFailed, "{url} denied access: {said}.", _KEY),
    HTTPStatus.NOT_FOUND: (ModelUnavailable, "{url} has no model {model!r}: {said}.", _NAME),
    HTTPStatus.REQUEST_TIMEOUT: (TimedOut, "{url} took too long: {said}.", _TIME),
    HTTPStatus.CONFLICT: (Unreachable, "{url} is occupied: {said}.", _LATER),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS: (RateLimited, "{url} asks to slow down: {said}.", _LATER),
    HTTPStatus.GATEWAY_TIMEOUT: (TimedOut, "{url} took too long: {said}.", _TIME),
}
_BROKEN: _Sentence = (Unreachable, "{url} failed with status {status}: {said}.", _LATER)
_REJECTED: _Sentence = (
    ModelError,
    "{url} rejected the request with status {status}: {said}.",
    "Check the model's name and settings.",
)
_BY_CLASS: dict[str, _Sentence] = {
    "APITimeoutError": (TimedOut, "{url} did not answer within {timeout:g} seconds.", _TIME),
    "APIConnectionError": (
        Unreachable,
        "{url} cannot be reached: {cause}.",
        "Check that the server runs, and its address in --base-url.",
    ),
    "APIResponseValidationError": (
        BadModelOutput,
        "{url} did not answer with a chat completion but: {said!r}.",
        _NAME,
    ),
    "APIError": (ModelError, "{url} broke off: {said}.", _LATER),
    "ContentFilterFinishReasonError": (Refused, "{url}: {said}.", ""),
    "LengthFinishReasonError": (BadModelOutput, "{url}: {said}.", "Allow more tokens."),
    "SubjectTokenProviderError": (AuthenticationFailed, "{url}: {said}.", _KEY),
    "OpenAIError": (ModelError, "{url}: {name}: {said}.", ""),
}
"""By name of the library's class, which is not loaded before it is needed."""


@dataclass(frozen=True)
class Service:
    """What messages say about a service, and what they must not."""

    url: str
    """Without user-info and query."""
    model: str
    timeout: float
    """Seconds."""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hidden(self, text: str) -> str:
        """`text` without what must not be shown."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def said(self, text: str) -> str:
        """The beginning of what the service said, fit to be shown."""
        text = _TAG.sub(" ", self.hidden(text)).strip().rstrip(".")
        return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."


@contextmanager
def translated(service: Service) -> Iterator[None]:
    """Let errors of the library come out as ours.

    Raises:
        ModelError: something went wrong; the library's own error is its cause.
    """
    from openai import OpenAIError

    try:
        yield
    except OpenAIError as error:
        ours = translate(error, service)
        error.args = tuple(service.hidden(str(part)) for part in error.args)  # for tracebacks
        raise ours from error
    except json.JSONDecodeError as error:  # the library lets it pass when a stream is broken
        raise no_completion(service, error.doc) from error


def translate(error: Exception, service: Service) -> ModelError:
    """Our error for `error`, one of the library's."""
    said = service.said(message_of(error))
    status = getattr(error, "status_code", None)
    kind, what, hint = _sentence(error, status, said)
    values = {
        "url": service.url,
        "model": service.model,
        "timeout": service.timeout,
        "status": status,
        "said": said,
        "name": type(error).__name__,
        "cause": service.said(str(error.__cause__ or error)),
    }
    ours = kind(what.format_map(values), hint)
    ours.retry_after = _retry_after(error)
    return ours


def _retry_after(error: Exception) -> float | None:
    """The seconds that the reply asks to wait, where it gives a number of them or a date."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    said = str(headers.get("retry-after", ""))
    with suppress(ValueError):
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    with suppress(ValueError):
        return max(0.0, float(said)) if math.isfinite(float(said)) else None
    date = parsedate_to_datetime(said) if _DATE.match(said) else None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date else None


def no_completion(service: Service, text: str) -> ModelError:
    """The error for a reply that does not have the shape of a chat completion."""
    kind, what, hint = _BY_CLASS["APIResponseValidationError"]
    return kind(what.format(url=service.url, said=service.said(text)), hint)


def _sentence(error: Exception, status: int | None, said: str) -> _Sentence:
    code = getattr(error, "code", None)
    if code in _BY_CODE:
        return _BY_CODE[code]
    if _is_too_long(error, status, said):
        return _TOO_LONG
    if status is None or status < HTTPStatus.BAD_REQUEST:
        classes = (base.__name__ for base in type(error).__mro__)
        return next(_BY_CLASS[name] for name in (*classes, "OpenAIError") if name in _BY_CLASS)
    return _BY_STATUS.get(status, _BROKEN if status >= _SERVERS_FAULT else _REJECTED)


def _is_too_long(error: Exception, status: int | None, said: str) -> bool:
    """Whether a service without a code for it says that the prompt is too long."""
    if getattr(error, "type", None) == "exceed_context_size_error":  # llama.cpp's
        return True
    return status not in _BY_STATUS and _SAYS_TOO_LONG.search(said) is not None


def message_of(error: Exception) -> str:
    """What the service said, wherever it put it."""
    found = getattr(error, "body", None)
    if isinstance(found, dict):
        found = next((found[key] for key in ("message", "detail", "error") if found.get(key)), None)
    return str(found) if found else str(getattr(error, "message", error))
