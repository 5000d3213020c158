"""Every error a user can meet, and the exit code, the HTTP status and the way out of each.

    AlignkitError
      UsageError    UnknownName, InvalidSetting, UnsupportedCapability, MissingExtra,
                    AlreadyReviewed
      DataError     BadScenario, BadProfile, BadAttribute, BadInjection, BadRecord,
                    BadExperiment, DatasetFormat, FileProblem
      ModelError    AuthenticationFailed, RateLimited*, Unreachable*, TimedOut*, ContextTooLong,
                    Refused, BadModelOutput*, ModelUnavailable, EngineFailed
      StoreError    CannotWrite, StoreOutdated, StoreBusy*                        (* retryable)

A message is one line: what happened, why, and (as the hint) what to do about it. Anything that is
not an AlignkitError is a defect of ours and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar

_LONGEST_NAME = 80
"""Longer names are cut in messages."""


class AlignkitError(Exception):
    """Base of every error that a user can cause or act on."""

    exit_code: ClassVar[int] = 3
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str = "") -> None:
        """Say what happened in `message` and the way out in `hint`, each one line."""
        self.step = ""
        """What a decider was doing when it came, where that is known."""
        self.message = " ".join(message.split())
        self.hint = " ".join(hint.split())
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(AlignkitError):
    """The request cannot be carried out as it was put."""

    exit_code = 2
    http_status = 400


class UnknownName(UsageError):
    """A name of an attribute, profile, model, decider or the like that nothing answers to."""

    http_status = 404

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        """Name the nearest of the `known` names, so that a typing mistake mends itself."""
        if len(name) > _LONGEST_NAME:  # nobody mistyped that
            name, known = f"{name[:_LONGEST_NAME]}...", ()
        near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
        ways = [f"Did you mean {' or '.join(repr(n) for n in near)}?"] if near else []
        super().__init__(
            f"{kind[:1].upper()}{kind[1:]} {name!r} is not known.", " ".join([*ways, hint])
        )


class InvalidSetting(UsageError):
    """A setting with a value it cannot have."""


class UnsupportedCapability(UsageError):
    """A decider was paired with a model that lacks what the decider needs."""


class MissingExtra(UsageError):
    """An optional library is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        """Name what was wanted and the `extra` of the package that brings it."""
        super().__init__(f"{what} is not installed.", f"Run: pip install 'alignkit[{extra}]'")


class AlreadyReviewed(UsageError):
    """A person has given a verdict on this decision already."""

    http_status = 409


class DataError(AlignkitError):
    """A file or an item that does not have the shape it should have."""

    exit_code = 2
    http_status = 422


class FileProblem(DataError):
    """A file that is missing, cannot be read, or is not YAML or JSON at all."""


class BadScenario(DataError):
    """A scenario that cannot be decided as it stands."""


class BadProfile(DataError):
    """A profile that cannot be followed as it stands."""


class BadAttribute(DataError):
    """An attribute that lacks what deciders need of it."""


class BadInjection(DataError):
    """A set of planted instructions that cannot be tried as it stands."""


class BadRecord(DataError):
    """A record that cannot be read or replayed."""


class BadExperiment(DataError):
    """An experiment that cannot be run as it stands."""


class DatasetFormat(DataError):
    """A data set that does not follow its published format."""


class ModelError(AlignkitError):
    """A model or the service behind it did not do its part."""

    http_status = 502
    retry_after: float | None = None
    """Seconds after which the service wants to be asked again, where it says so."""
    status: int | None = None
    """The HTTP status that the service answered with, where it was one."""
    unquoted: str | None = None
    """The message without what the service said, where it has something of that."""


class AuthenticationFailed(ModelError):
    """The service did not accept the key."""


class RateLimited(ModelError):
    """The service asks to slow down."""

    http_status = 429
    retryable = True


class Unreachable(ModelError):
    """The service could not be reached."""

    retryable = True


class TimedOut(ModelError):
    """The service did not answer in time."""

    http_status = 504
    retryable = True


class ContextTooLong(ModelError):
    """The prompt has more tokens than the model's context holds."""

    times: float | None = None
    """How many times as long as the context it is, or more, where that is known."""


class Refused(ModelError):
    """The model declined to answer."""


class BadModelOutput(ModelError):
    """The model's output is not usable as an answer."""

    retryable = True


class ModelUnavailable(ModelError):
    """The weights of a model are not here and could not be fetched."""


class EngineFailed(ModelError):
    """The embedded engine could not load a model or broke while using it."""


class StoreError(AlignkitError):
    """Results could not be kept."""

    exit_code = 4


class CannotWrite(StoreError):
    """A file could not be written: no space, no permission, no such folder."""


class StoreOutdated(StoreError):
    """The store was written by another version."""


class StoreBusy(StoreError):
    """Another process holds the store."""

    retryable = True
