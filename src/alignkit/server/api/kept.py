"""What the store holds: runs, decisions, records."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from alignkit.errors import BadRecord
from alignkit.schema import Outcome, Record, Result, Review, Usage
from alignkit.server.api.base import (
    Cursor,
    Item,
    Limit,
    Page,
    names,
    number_of,
    problems,
    store_here,
)
from alignkit.server.opened import Here
from alignkit.store import Held, Store, Tally

router = APIRouter(prefix="/api", tags=["store"])


class RunItem(Item):
    """A run, and how far it is."""

    id: str
    name: str
    created: datetime
    cells: int
    """How many it asks for; 0 for decisions that were asked for one by one."""
    done: int
    failed: int
    erased: int


class RecordItem(Item):
    """A decision of a run, in short."""

    decision: str
    """Id; `GET /api/records/ID` has the whole record. Null content when it was erased."""
    dataset: str
    scenario: str
    profile: str | None
    decider: str
    model: str
    seed: int
    outcome: str
    """decided, escalated, failed, or erased."""
    choice: str | None
    confidence: float | None
    probabilities: dict[str, float]
    reason: str | None


class DecisionItem(Item):
    """A decision, why it came out so, and what a person said to it."""

    id: str
    scenario: str | None
    profile: str | None
    decider: str | None
    model: str | None
    """These four are null where the store keeps no records."""
    outcome: Outcome
    choice: str | None
    confidence: float
    probabilities: dict[str, float]
    reason: str | None
    """Why there is no choice; null when `decided`."""
    explanation: str | None
    usage: Usage
    review: Review | None


@router.get("/runs", summary="All runs", responses=problems(404))
async def runs(here: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[RunItem]:
    """Runs of the store, the oldest first, and how far they are."""
    store, start = store_here(here), number_of(cursor, 0)
    tallies = await asyncio.to_thread(store.tallies)
    end = start + limit
    return Page(
        items=[_run(one) for one in tallies[start:end]],
        next=str(end) if end < len(tallies) else None,
    )


@router.get("/runs/{name}", summary="One run", responses=problems(404))
async def run(here: Here, name: str) -> RunItem:
    """The run with this id, the latest of this name, or the one whose id begins so."""
    with names("name"):
        return await asyncio.to_thread(_tally, store_here(here), name)


def _tally(store: Store, name: str) -> RunItem:
    found = store.run(name)
    return next(_run(one) for one in store.tallies() if one.run.id == found.id)


@router.get("/records", summary="The decisions of a run", responses=problems(404))
async def records(
    here: Here,
    run: Annotated[str, Query(min_length=1, max_length=300, description="Id or name of the run")],
    outcome: Outcome | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[RecordItem]:
    """Decisions in the order of storing, each in short."""
    store, after = store_here(here), number_of(cursor, -1)

    def page() -> list[tuple[int, Held]]:
        return store.page(store.run(run).id, after, limit, outcome)

    with names("run"):
        found = await asyncio.to_thread(page)
    return Page(
        items=[_record(held) for _, held in found],
        next=str(found[-1][0]) if len(found) == limit else None,
    )


@router.get("/records/{decision}", summary="One record", responses=problems(404))
async def record(here: Here, decision: str) -> Record:
    """All that led to a decision, and what a person said to it."""
    store = store_here(here)
    with names("decision"):
        if here.served is not None:
            return await here.served.record(decision)
        return await asyncio.to_thread(store.record, decision)


@router.get("/decisions/{decision}", summary="One decision", responses=problems(404))
async def decision(here: Here, decision: str) -> DecisionItem:
    """A decision by its id (header `x-align-decision`) and the reason for it."""
    store = store_here(here)
    try:
        return _decision(await record(here, decision))
    except BadRecord:
        return _without_record(await asyncio.to_thread(store.result, decision))


def _run(tally: Tally) -> RunItem:
    one = tally.run
    return RunItem(
        id=one.id,
        name=one.name,
        created=one.created,
        cells=one.cells,
        done=tally.done,
        failed=tally.failed,
        erased=tally.erased,
    )


def _record(held: Held) -> RecordItem:
    cell, result = held.cell, held.result
    return RecordItem(
        decision=result.decision if result else "",
        dataset=cell.dataset,
        scenario=cell.scenario,
        profile=cell.profile,
        decider=cell.decider,
        model=cell.model,
        seed=cell.seed,
        outcome=result.outcome if result else "erased",
        choice=result.choice if result else None,
        confidence=result.confidence if result else None,
        probabilities=result.probabilities if result else {},
        reason=result.reason if result else None,
    )


def _decision(found: Record) -> DecisionItem:
    one = found.decision
    return DecisionItem(
        id=one.id,
        scenario=one.scenario,
        profile=one.profile,
        decider=one.decider,
        model=one.model,
        outcome=one.outcome,
        choice=one.choice,
        confidence=one.confidence,
        probabilities=one.probabilities,
        reason=one.reason,
        explanation=one.explanation or None,
        usage=one.usage,
        review=found.review,
    )


def _without_record(one: Result) -> DecisionItem:
    return DecisionItem(
        id=one.decision,
        scenario=None,
        profile=None,
        decider=None,
        model=None,
        outcome=one.outcome,
        choice=one.choice,
        confidence=one.confidence,
        probabilities=one.probabilities,
        reason=one.reason,
        explanation=None,
        usage=one.usage,
        review=None,
    )
