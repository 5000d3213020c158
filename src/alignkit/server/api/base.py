"""What the routes below /api share: pages of lists, and how they answer what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from alignkit.errors import UnknownName
from alignkit.server.opened import Opened
from alignkit.server.problems import Problem
from alignkit.store import Store

T = TypeVar("T")
MOST = 1000
"""Items in one page."""


class Item(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Page(Item, Generic[T]):
    """Part of a list, and how to go on."""

    items: list[T]
    next: str | None
    """Give it as `cursor` for the next part; null at the end."""


class ProblemDetails(Item):
    """An error below /api (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str | None = None
    """The field that is wrong."""
    code: str | None = None
    request_id: str | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route answers besides what was asked for: those of all routes, and `statuses`."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {"application/problem+json": {"schema": ProblemDetails.model_json_schema()}},
        }
        for status in (401, 403, 422, 429, *statuses)
    }


_MEANINGS = {
    400: "The request is wrong; the message names the field",
    401: "There is no key, or it is not known",
    403: "The key, or where the request comes from, does not allow it",
    404: "There is no such thing",
    409: "A person has decided already",
    408: "The body did not come in time",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A field is wrong; the message names it",
    429: "Too much to do, or too often; the header Retry-After says when to come again",
    502: "The model failed",
    504: "It took too long",
}

Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items of this page")]
Cursor = Annotated[
    str | None, Query(max_length=300, description="`next` of the page before this one")
]


class NoStore(Problem):
    """The server keeps nothing, so there is nothing to show."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(404, "This server keeps no decisions.", code="no_store")


def store_here(here: Opened) -> Store:
    """Where decisions are kept.

    Raises:
        Problem: nowhere.
    """
    if here.store is None:
        raise NoStore
    return here.store


@contextmanager
def names(field: str) -> Iterator[None]:
    """Inside, what `field` of the request names is looked up.

    Raises:
        Problem: there is no such thing; the answer names the field.
    """
    try:
        yield
    except UnknownName as error:
        message = f"{field}: {error}"
        raise Problem(404, message, field=field, code=type(error).__name__) from error


def number_of(cursor: str | None, start: int) -> int:
    """The place that `cursor` stands for; `start` without one.

    Raises:
        Problem: it is none of ours.
    """
    if cursor is None:
        return start
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:  # noqa: PLR2004  digits of 64 bits
        raise Problem(
            422, "cursor: is not one that this list gave", field="cursor", code="invalid_cursor"
        )
    return int(cursor)


Text = Annotated[str, Field(min_length=1, max_length=500)]
"""A name that a request gives."""
