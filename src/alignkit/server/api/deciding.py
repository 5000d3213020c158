"""Deciding, comparing and explaining."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field, model_validator

from alignkit.errors import UsageError
from alignkit.report import Column
from alignkit.schema import Decision, Profile, Record, Scenario
from alignkit.server.api.asked import decider_of, model_of, profile_of, scenario_of
from alignkit.server.api.base import Item, Text, names, problems, store_here
from alignkit.server.opened import Here, Opened, caller_of
from alignkit.server.problems import Problem
from alignkit.server.reading import JsonRoute
from alignkit.server.wire.base import Wire
from alignkit.service import Ways, compare, decide_item, explain
from alignkit.service.explaining import Why
from alignkit.service.inputs import Item as Input

router = APIRouter(prefix="/api", route_class=JsonRoute, tags=["decide"])
MOST_COLUMNS = 24
"""Ways to decide in one comparison."""
_Several = Annotated[tuple[Text, ...], Field(max_length=MOST_COLUMNS)]


class ToDecide(Wire):
    """One scenario to be decided in one way."""

    scenario: Text | Scenario
    """A name of the library, or the scenario itself."""
    profile: Text | Profile | None = None
    """A name of the library, or the profile itself; null for the plain model."""
    decider: Text | None = None
    """`NAME?key=value`; the default one where none is named."""
    model: Text | None = None
    """One of the served models; the default one where none is named."""


class ToCompare(Wire):
    """One scenario to be decided in every combination of these ways."""

    scenario: Text | Scenario
    profiles: Annotated[
        tuple[Text | Profile | None, ...], Field(min_length=1, max_length=MOST_COLUMNS)
    ]
    """Names or profiles; null for the plain model."""
    deciders: _Several = ()
    models: _Several = ()

    @model_validator(mode="after")
    def _not_too_many(self) -> ToCompare:
        count = len(self.profiles) * max(1, len(self.deciders)) * max(1, len(self.models))
        if count > MOST_COLUMNS:
            raise ValueError(f"profiles x deciders x models: {count}, at most {MOST_COLUMNS}")
        return self


class ComparedColumn(Item):
    """One way to decide, and what came of it."""

    title: str
    decision: Decision


class Compared(Item):
    """A scenario decided in several ways."""

    scenario: Scenario
    columns: list[ComparedColumn]


class ToExplain(Wire):
    """A decision to be explained: by its id, or with its record."""

    decision: Text | None = None
    record: Record | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ToExplain:
        if (self.decision is None) == (self.record is None):
            raise ValueError("give either decision or record")
        return self


class ChangeItem(Item):
    """The smallest change of one target that makes another choice the likeliest."""

    attribute: str
    what: str
    before: float
    after: float
    choice: str
    size: float


class Explanation(Item):
    """What stands behind one decision."""

    decision: Decision
    costs: dict[str, dict[str, float]] | None
    """By choice and attribute: what is held against the choice; null for methods without
    estimates."""
    decisive: str | None
    changes: list[ChangeItem]
    note: str | None


@router.post(
    "/decide", summary="Decide a scenario", responses=problems(400, 404, 408, 413, 415, 502, 504)
)
async def decide(request: Request, here: Here, given: ToDecide) -> Decision:
    """The decision, with a probability for every choice. `failed` is an outcome, not an error."""
    scenario, profile = scenario_of(here, given.scenario), profile_of(here, given.profile)
    spec, model = decider_of(given.decider), model_of(here, given.model)
    opened = await here.answering.model(model)
    try:
        decider = here.workbench.decider(
            spec or (here.serving.decider if profile else None), opened, plain=profile is None
        )
    except UsageError as error:
        raise _unfit(error) from error
    item = Input(name=scenario.id, scenario=scenario)
    try:
        decided = await here.gate.within(request, decide_item(item, decider, profile))
    except UsageError as error:
        raise _unfit(error) from error
    await _keep(request, here, [decided.record] if decided.record else [])
    return decided.decision


@router.post(
    "/compare",
    summary="Decide a scenario in several ways",
    responses=problems(400, 404, 408, 413, 415, 502, 504),
)
async def compare_(request: Request, here: Here, given: ToCompare) -> Compared:
    """A column for every combination of profiles, deciders and models."""
    scenario = scenario_of(here, given.scenario)
    profiles = [
        profile_of(here, one, f"profiles[{place}]") for place, one in enumerate(given.profiles)
    ]
    models = [model_of(here, one, f"models[{n}]") for n, one in enumerate(given.models)]
    deciders = [decider_of(one, f"deciders[{n}]") for n, one in enumerate(given.deciders)]
    ways = Ways(profiles, deciders or (None,), models or (here.answering.models[0],))
    for model in ways.models:
        await here.answering.model(str(model))  # opened on a thread, as it may take long
    try:
        columns = await here.gate.within(request, _columns(here, scenario, ways))
    except UsageError as error:
        raise _unfit(error) from error
    await _keep(request, here, [one.record for one in columns])
    return Compared(
        scenario=scenario,
        columns=[ComparedColumn(title=c.title, decision=c.record.decision) for c in columns],
    )


async def _columns(here: Opened, scenario: Scenario, ways: Ways) -> list[Column]:
    return [column async for column in compare(scenario, ways, here.workbench)]


@router.post("/explain", summary="Explain a decision", responses=problems(400, 404, 408, 413, 415))
async def explain_(here: Here, given: ToExplain) -> Explanation:
    """What each attribute held against each choice, and what would flip it; no model is asked."""
    record = given.record or await _record(here, str(given.decision))
    try:
        return _explained(await asyncio.to_thread(explain, record))
    except (ValueError, KeyError, LookupError) as error:  # a record that nothing here made
        if given.record is None:
            raise
        raise Problem(
            422, "record: does not fit together", field="record", code="bad_record"
        ) from error


async def _record(here: Opened, decision: str) -> Record:
    store_here(here)
    assert here.served is not None  # noqa: S101  there is one where there is a store
    with names("decision"):
        return await here.served.record(decision)


def _explained(why: Why) -> Explanation:
    return Explanation(
        decision=why.record.decision,
        costs=None if why.costs is None else {key: dict(row) for key, row in why.costs.items()},
        decisive=why.decisive,
        changes=[ChangeItem(**vars(change), size=change.size) for change in why.changes],
        note=why.note or None,
    )


async def _keep(request: Request, here: Opened, records: Sequence[Record]) -> None:
    """Count the decisions, name them in the log, and keep them."""
    request.state.decisions = [one.decision.id for one in records]
    await here.keep(records, caller_of(request))


def _unfit(error: UsageError) -> Problem:
    """The decider cannot work with this profile, this model or this scenario."""
    return Problem(422, f"decider: {error}", field="decider", code=type(error).__name__)
