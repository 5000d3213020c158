"""The errors of services and their libraries as ours: one line each, with the way out.

`openai` and `anthropic` are made by one generator and have errors of the same names; those of
httpx are there for services without a library. A message never shows a key. What a service said is
told to whoever asked; there is a message without it for logs, as it may repeat the prompt.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

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
from alignkit.models.bounds import TooLarge
from alignkit.models.keys import crossed_out

_LONGEST = 240
"""Characters of a service's own message that are shown."""
_TAG = re.compile(r"<[^>]*>")
_DATE = re.compile(r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
"""A date as HTTP writes it."""
_SAYS_TOO_LONG = re.compile(
    r"context.{0,20}(length|size|window)|too many tokens|(prompt|input) is too long", re.IGNORECASE
)
_QUOTED = re.compile(r"(?:: | but: )\{said(?:!r)?\}")
"""What the service said, in a sentence."""
_FILTERED = {"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}

_KEY = "Set {key} to a key that it accepts, or name another server with --base-url."
_NAME = "Check the model's name and --base-url, which usually ends in {ending}."
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
_BY_CODE: dict[str, _Sentence] = {
    **dict.fromkeys(_FILTERED, (Refused, "{url} declined the request: {said}.", "")),
    "context_length_exceeded": _TOO_LONG,
    "insufficient_quota": (ModelUnavailable, "{url}: {said}.", "Check the plan of the account."),
}
_BY_STATUS: dict[int, _Sentence] = {
    # What is said may repeat the key.
    HTTPStatus.UNAUTHORIZED: (AuthenticationFailed, "{url} did not accept the key.", _KEY),
    HTTPStatus.PAYMENT_REQUIRED: (
        ModelUnavailable,
        "{url}: {said}.",
        "Check the plan of the account.",
    ),
    HTTPStatus.FORBIDDEN: (AuthenticationFailed, "{url} denied access: {said}.", _KEY),
    HTTPStatus.NOT_FOUND: (ModelUnavailable, "{url} has no model {model!r}: {said}.", _NAME),
    HTTPStatus.REQUEST_TIMEOUT: (TimedOut, "{url} took too long: {said}.", _TIME),
    HTTPStatus.CONFLICT: (Unreachable, "{url} is occupied: {said}.", _LATER),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS: (RateLimited, "{url} asks to slow down: {said}.", _LATER),
    HTTPStatus.NOT_IMPLEMENTED: (
        ModelUnavailable,
        "{url}: {model!r} cannot do this: {said}.",
        "{instead}",
    ),
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
        "{url} did not answer with {expects} but: {said!r}.",
        _NAME,
    ),
    "APIError": (ModelError, "{url} broke off: {said}.", _LATER),
    "CredentialsError": (AuthenticationFailed, "{url}: {said}.", _KEY),
    "ContentFilterFinishReasonError": (Refused, "{url}: {said}.", ""),
    "LengthFinishReasonError": (BadModelOutput, "{url}: {said}.", "Allow more tokens."),
    "SubjectTokenProviderError": (AuthenticationFailed, "{url}: {said}.", _KEY),
    "TimeoutException": (TimedOut, "{url} did not answer within {timeout:g} seconds.", _TIME),
    "TooLarge": (ModelError, "{url} sent {said} for one reply.", "Check what runs there."),
    "Exception": (ModelError, "{url}: {name}: {said}.", ""),
}
_BY_CLASS["TransportError"] = _BY_CLASS["APIConnectionError"]
_BY_CLASS["RequestError"] = _BY_CLASS["APIConnectionError"]
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
    key: str = "OPENAI_API_KEY"
    """The variable in the environment for its key."""
    expects: str = "a chat completion"
    """What it is asked for."""
    ending: str = "/v1"
    """How its address usually ends."""
    instead: str = "Check the model's name and settings."
    """What to do where it has no such thing."""

    def hidden(self, text: str) -> str:
        """`text` without what must not be shown."""
        return crossed_out(text, self.secrets)

    def said(self, text: str) -> str:
        """The beginning of what the service said, fit to be shown."""
        text = _TAG.sub(" ", self.hidden(text)).strip().rstrip(".")
        return text if len(text) <= _LONGEST else text[:_LONGEST] + " ..."


@contextmanager
def translated(service: Service, *kinds: type[Exception]) -> Iterator[None]:
    """Let errors of these `kinds` of a library come out as ours.

    Raises:
        ModelError: something went wrong; the library's own error is its cause.
    """
    known: tuple[type[Exception], ...] = (*kinds, TooLarge)
    try:
        yield
    except known as error:
        ours = translate(error, service)
        error.args = tuple(service.hidden(str(part)) for part in error.args)  # for tracebacks
        raise ours from error
    except json.JSONDecodeError as error:  # the libraries let it pass when a stream is broken
        raise unexpected(service, error.doc) from error


def translate(error: Exception, service: Service) -> ModelError:
    """Our error for `error`, one of a library's."""
    if isinstance(error.__cause__, TooLarge):
        return translate(error.__cause__, service)
    said = service.said(message_of(error))
    status = getattr(error, "status_code", None) or getattr(_response(error), "status_code", None)
    cause = error.__cause__ or error
    values = {
        "status": status,
        "said": said,
        "name": type(error).__name__,
        "cause": service.said(str(cause)),
    }
    ours = _ours(_sentence(error, status, said), service, values, type(cause).__name__)
    ours.retry_after = _retry_after(error)
    ours.status = status
    return ours


def _ours(
    sentence: _Sentence, service: Service, values: Mapping[str, object], cause: str = ""
) -> ModelError:
    """The error of a `sentence`; `cause` names what came before it, where nothing is quoted."""
    kind, what, hint = sentence
    values = {**_about(service), **values}
    ours = kind(what.format_map(values), hint.format_map(values))
    ours.unquoted = _QUOTED.sub("", what).format_map({**values, "cause": cause})
    return ours


def _about(service: Service) -> dict[str, object]:
    names = ("url", "model", "timeout", "key", "expects", "ending", "instead")
    return {name: getattr(service, name) for name in names}


def _response(error: Exception) -> object:
    return getattr(error, "response", None)


def _retry_after(error: Exception) -> float | None:
    """The seconds that the reply asks to wait, where it gives a number of them or a date."""
    headers = getattr(_response(error), "headers", {})
    said = str(headers.get("retry-after", ""))
    with suppress(ValueError):
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    with suppress(ValueError):
        return max(0.0, float(said)) if math.isfinite(float(said)) else None
    date = parsedate_to_datetime(said) if _DATE.match(said) else None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date else None


def unexpected(service: Service, text: str) -> ModelError:
    """The error for a reply that does not have the shape of what was asked for."""
    sentence = _BY_CLASS["APIResponseValidationError"]
    return _ours(sentence, service, {"said": service.said(text)})


def out_of_time(service: Service, seconds: float) -> ModelError:
    """The error for a reply that was not there, or not all of it, after so many `seconds`."""
    kind, what, hint = _BY_CLASS["TimeoutException"]
    return kind(what.format_map({**_about(service), "timeout": seconds}), hint)


def _sentence(error: Exception, status: int | None, said: str) -> _Sentence:
    code = getattr(error, "code", None)
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    if _is_too_long(error, status, said):
        return _TOO_LONG
    if status is None or status < HTTPStatus.BAD_REQUEST:
        classes = (base.__name__ for base in type(error).__mro__)
        return next(_BY_CLASS[name] for name in classes if name in _BY_CLASS)
    return _BY_STATUS.get(status, _BROKEN if status >= _SERVERS_FAULT else _REJECTED)


def _is_too_long(error: Exception, status: int | None, said: str) -> bool:
    """Whether a service without a code for it says that the prompt is too long."""
    if getattr(error, "type", None) == "exceed_context_size_error":  # llama.cpp's
        return True
    return status not in _BY_STATUS and _SAYS_TOO_LONG.search(said) is not None


def message_of(error: Exception) -> str:
    """What the service said, wherever it put it."""
    found = getattr(error, "body", None)
    response = _response(error)
    if found is None and response is not None and type(error).__name__ == "HTTPStatusError":
        found = _content(response)
    while isinstance(found, dict):
        found = next((found[key] for key in ("message", "detail", "error") if found.get(key)), None)
    return str(found) if found else str(getattr(error, "message", error))


def _content(response: Any) -> object:  # noqa: ANN401  httpx's, which may not be installed
    try:
        return response.json()
    except ValueError:
        return response.text
