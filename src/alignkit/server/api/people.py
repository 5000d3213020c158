"""What people do: verdicts on decisions that were left to them, sessions, the audit log."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from alignkit.errors import InvalidSetting
from alignkit.schema import Record, Review
from alignkit.schema.base import Text as Said
from alignkit.schema.review import MOST_NOTE
from alignkit.server.api.base import (
    Cursor,
    Item,
    Limit,
    Page,
    Text,
    names,
    number_of,
    problems,
    store_here,
)
from alignkit.server.opened import Here, caller_of
from alignkit.server.problems import Problem
from alignkit.server.reading import JsonRoute
from alignkit.server.wire.base import Wire
from alignkit.service.reviews import Verdict, case_of, facts_of, give_verdict

router = APIRouter(prefix="/api", route_class=JsonRoute, tags=["people"])


class ReviewItem(Item):
    """A decision that waits for a person, or on which one has decided."""

    decision: str
    since: datetime
    """When it was left to people."""
    scenario: str
    profile: str | None
    decider: str
    model: str
    outcome: str
    reason: str | None
    """Why it was left to a person."""
    confidence: float
    probabilities: dict[str, float]
    estimates: dict[str, dict[str, float]]
    """By choice and attribute."""
    would_have_chosen: str | None
    """What the machine would have chosen; null for a tie."""
    review: Review | None
    """What the person decided; null while it waits."""
    agreed: bool | None
    """Whether the person chose the same; null while it waits, and for a tie."""


class ReviewCase(ReviewItem):
    """The same with all that led to it."""

    record: Record | None
    """Null where the store keeps no records."""


class VerdictGiven(Wire):
    """What a person says to a decision."""

    choice: Text | None
    """Id of the choice that is right; null when none is, which needs a note."""
    note: Annotated[Said, Field(max_length=MOST_NOTE)] | None = None
    """Why, in the person's words."""
    again: bool = False
    """In place of the verdict that there is."""
    by: Annotated[Said, Field(max_length=100)] | None = None
    """Who decides, where no key says so."""


class SessionItem(Item):
    """Who asks."""

    name: str
    scopes: list[str]
    csrf: str | None
    """To be sent as `x-csrf-token` with every request that changes something."""


class LogItem(Item):
    """An entry of the audit log."""

    number: int
    at: datetime
    who: str
    action: str
    what: str
    """Id of the decision or of the key."""


@router.get("/reviews", summary="Decisions that wait for a person", responses=problems(404))
async def reviews(
    here: Here,
    decided: Annotated[bool, Query(description="Those on which people decided, in place")] = False,  # noqa: FBT002  a query
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[ReviewItem]:
    """The oldest first."""
    queue, after = store_here(here).reviews, number_of(cursor, 0)
    look = queue.decided if decided else queue.waiting
    found = await asyncio.to_thread(look, after, limit)
    return Page(
        items=[ReviewItem.model_validate(facts_of(one)) for one in found],
        next=str(found[-1].number) if len(found) == limit else None,
    )


@router.get("/reviews/{decision}", summary="One of them", responses=problems(400, 404))
async def review(here: Here, decision: str) -> ReviewCase:
    """A decision that is for people, with its record."""
    try:
        with names("decision"):
            case = await asyncio.to_thread(case_of, store_here(here), decision)
    except InvalidSetting as error:
        raise Problem(400, f"decision: {error}", field="decision", code="InvalidSetting") from error
    return ReviewCase(**facts_of(case.place), record=case.record)


@router.post(
    "/reviews/{decision}",
    summary="Give a verdict",
    responses=problems(400, 404, 408, 409, 413, 415),
)
async def verdict(request: Request, here: Here, decision: str, given: VerdictGiven) -> ReviewItem:
    """Keep what a person decided. The audit log says who it was: the key's name."""
    name = request.scope.get("state", {}).get("caller", "")
    if name and given.by not in {None, name}:
        raise Problem(422, f"by: the key says {name!r}", field="by", code="other_name")
    said = Verdict(given.choice, given.note, name or given.by or caller_of(request))
    store = store_here(here)
    try:
        with names("decision"):
            case = await asyncio.to_thread(
                lambda: give_verdict(store, decision, said, again=given.again)
            )
    except InvalidSetting as error:
        field = error.message.partition(":")[0]
        known = field if field in VerdictGiven.model_fields else "decision"
        raise Problem(422, str(error), field=known, code="InvalidSetting") from error
    return ReviewItem.model_validate(facts_of(case.place))


@router.get("/session", summary="Who asks", responses=problems())
async def session(request: Request) -> SessionItem:
    """The name of the key, what it allows, and the token against forged requests."""
    state = request.scope.get("state", {})
    return SessionItem(
        name=caller_of(request),
        scopes=list(state.get("scopes", ())),
        csrf=state.get("csrf") or None,
    )


@router.get("/log", summary="The audit log", responses=problems(404))
async def log(here: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[LogItem]:
    """Who did what when, the latest first; takes the scope `admin`."""
    before = None if cursor is None else number_of(cursor, 0)
    found = await asyncio.to_thread(store_here(here).log.entries, before, limit)
    return Page(
        items=[
            LogItem(number=e.number, at=e.at, who=e.who, action=e.action, what=e.what)
            for e in found
        ],
        next=str(found[-1].number) if len(found) == limit else None,
    )
