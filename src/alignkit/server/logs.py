"""Logs as one JSON object a line on standard error. Texts and keys never stand in them.

The message of an error may quote a request, or what a model or a service said, and a defect's may
hold any value. So the log has the kind of an error and where it came from, and a message only where
it quotes nobody.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from traceback import format_tb

from alignkit.errors import AlignkitError, BadModelOutput, ModelError, Refused

_OURS = ("alignkit.server", "alignkit.ui")
_OTHERS = ("uvicorn.error", "asyncio", "nicegui")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with all that was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {key: value for key, value in record.__dict__.items() if key not in _OWN}
        line = {"time": when, "level": record.levelname.lower(), "event": _event(record)}
        if record.exc_info and record.exc_info[1] is not None:
            extra["traceback"] = "".join(_way_of(record.exc_info[1], set()))
        return json.dumps({**line, **extra}, default=str)


def failure(error: BaseException) -> dict[str, str | int]:
    """What a log says of `error`, as fields: its kind, a status, a message without quotes."""
    found: dict[str, str | int] = {"kind": type(error).__name__}
    if isinstance(error, ModelError) and error.status is not None:
        found["status"] = error.status
    message = _unquoted(error)
    return found | ({"error": message} if message else {})


def _unquoted(error: BaseException) -> str:
    if isinstance(error, ModelError) and error.unquoted is not None:
        return f"{error.unquoted} {error.hint}".rstrip()
    if isinstance(error, BadModelOutput | Refused):  # they say what the model wrote
        return ""
    return str(error) if isinstance(error, AlignkitError) else ""


def _event(record: logging.LogRecord) -> str:
    """What happened, in the words of whoever logs it."""
    if isinstance(record.msg, BaseException):
        return type(record.msg).__name__
    said = record.getMessage()
    # The further lines have the objects that asyncio found, with all that they hold.
    return said.partition("\n")[0] if record.name == "asyncio" else said


def _way_of(error: BaseException, told: set[int]) -> Iterator[str]:
    """The lines of a traceback without any message: `error`, after those that it came from."""
    if id(error) in told:
        return
    told.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _way_of(before, told)
    yield from format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}\n"
    for one in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _way_of(one, told)


def start_logging(level: int = logging.INFO) -> None:
    """Write what the server and the library below it have to say to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (*_OURS, *_OTHERS):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level if name in _OURS else logging.WARNING)
        logger.propagate = False
