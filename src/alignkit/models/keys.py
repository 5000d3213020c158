"""The key of a service: given, or in the environment, or in the keyring of the machine.

A key is never written to a record or a log. Records hold addresses without user-info and query;
messages and the logs of the HTTP libraries have keys crossed out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from importlib import import_module

from alignkit.errors import InvalidSetting

KEYRING = "alignkit"
"""The keyring's name for the place where our keys are, each under the name of its variable."""
_LOGGERS = (
    *("httpx", "httpx2", "httpcore", "openai", "anthropic"),
    *("openai._base_client", "anthropic._base_client"),
)
"""Loggers of libraries that write addresses and headers. A filter does not reach those below."""


def key_for(variables: Sequence[str], given: str | None = None) -> str | None:
    """The key that is `given`, or in the first of the environment's `variables`, or kept for it.

    A keyring is asked where the library `keyring` is installed and has one.

    Raises:
        InvalidSetting: it has characters that no key has.
    """
    found = given or next((value for name in variables if (value := os.environ.get(name))), None)
    found = found or next((kept for name in variables if (kept := _kept(name))), None)
    if found is not None and not (found.isascii() and found.isprintable()):
        raise InvalidSetting("The key has characters that no key has.", f"Check {variables[0]}.")
    return found


def _kept(name: str) -> str | None:
    """What the keyring of this machine holds under `name`; None where there is none."""
    try:
        keyring = import_module("keyring")
        errors = import_module("keyring.errors")
    except ImportError:
        return None
    try:
        found = keyring.get_password(KEYRING, name)
    except errors.KeyringError:  # no keyring on this machine, or it stays locked
        return None
    return str(found) if found else None


class _CrossesOut(logging.Filter):
    """Writes *** for secrets, in all that passes a logger."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: records are changed, none is held back."""
        text = record.getMessage()
        if any(secret in text for secret in self.secrets):
            record.msg, record.args = crossed_out(text, self.secrets), ()
        return True


_CROSSES_OUT = _CrossesOut()


def crossed_out(text: str, secrets: Iterable[str]) -> str:
    """`text` without `secrets`."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def keep_out_of_logs(secrets: Iterable[str]) -> None:
    """Cross `secrets` out in what the HTTP libraries log from now on."""
    _CROSSES_OUT.secrets.update(secrets)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if _CROSSES_OUT not in logger.filters:
            logger.addFilter(_CROSSES_OUT)
