"""What a request names or brings: scenario, profile, decider, model."""

from __future__ import annotations

from alignkit.catalog import parse_spec, shown_spec
from alignkit.deciders.making import named
from alignkit.errors import DataError, UnknownName, UsageError
from alignkit.schema import Profile, Scenario
from alignkit.server.opened import Opened
from alignkit.server.problems import Problem
from alignkit.service.checking import targets_known


def scenario_of(here: Opened, given: str | Scenario) -> Scenario:
    """The scenario that a request names, or brings.

    Raises:
        Problem: there is none of this name.
    """
    if isinstance(given, Scenario):
        return given
    try:
        return here.workbench.library.scenarios[given]
    except (UnknownName, DataError) as error:
        raise _wrong("scenario", error) from error


def profile_of(here: Opened, given: str | Profile | None, field: str = "profile") -> Profile | None:
    """The profile that a request names, or brings; None for the plain model.

    Raises:
        Problem: there is none of this name, or it wants an attribute that is not described.
    """
    if given is None:
        return None
    library = here.workbench.library
    try:
        found = given if isinstance(given, Profile) else library.profiles[given]
        targets_known(found, library)
    except (UnknownName, DataError) as error:
        raise _wrong(field, error) from error
    return found


def model_of(here: Opened, given: str | None, field: str = "model") -> str:
    """The served model that a request names; the default one where it names none.

    Raises:
        Problem: it is not served.
    """
    served = here.answering.models
    known = here.answering.known(given) if given else served[0]
    if known is not None:
        return known
    raise Problem(
        404,
        f"{field}: {shown_spec(str(given))!r} is not served here. Served: {', '.join(served)}.",
        field=field,
        code="model_not_found",
    )


def decider_of(given: str | None, field: str = "decider") -> str | None:
    """The method that a request names.

    Raises:
        Problem: there is none of this name, or no such setting, or one that reads files here.
    """
    if given is None:
        return None
    try:
        _check(given)
    except UsageError as error:
        raise _wrong(field, error) from error
    return given


def _check(spec: str) -> None:
    """Fail where `spec`, or a member of it, names no method or a file of this machine.

    Raises:
        UsageError: says what is wrong.
    """
    settings = named(spec).settings
    if getattr(settings, "examples", None) is not None:
        raise UsageError(
            f"Decider {parse_spec(spec)[0]!r}: examples: files are not read for requests.",
            "Whoever runs the server can name them: align serve --decider.",
        )
    for member in getattr(settings, "members", ()):
        _check(str(member))


def _wrong(field: str, error: UsageError | DataError) -> Problem:
    status = 404 if isinstance(error, UnknownName) else 422
    return Problem(status, f"{field}: {error}", field=field, code=type(error).__name__)
