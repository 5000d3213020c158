"""Logs as one JSON object a line on standard error. Texts and keys never stand in them."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_OURS = "alignkit.server"
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with all that was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        extra = {key: value for key, value in record.__dict__.items() if key not in _OWN}
        line = {"time": when, "level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            extra["traceback"] = self.formatException(record.exc_info)
        return json.dumps({**line, **extra}, default=str)


def start_logging(level: int = logging.INFO) -> None:
    """Write what the server and the library below it have to say to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name in (_OURS, "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level if name == _OURS else logging.WARNING)
        logger.propagate = False
