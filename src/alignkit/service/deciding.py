"""Decides scenarios, many at a time, in the order they came; a bad one fails alone."""

from __future__ import annotations

import asyncio
import platform
import uuid
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from alignkit.deciders.base import Decider
from alignkit.errors import AlignkitError, DataError
from alignkit.schema import Decision, ModelIdentity, Profile, Record, Scenario
from alignkit.service.inputs import Item
from alignkit.service.reading import Reader

_NO_MODEL = ModelIdentity(name="none", backend="none")
_WRITTEN_OUT = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_VERSIONED = ("alignkit", "xllamacpp", "openai", "numpy", "jinja2", "pydantic")


@dataclass(frozen=True)
class Decided:
    """What became of one item."""

    item: Item
    decision: Decision
    record: Record | None
    """None where the item could not even be read."""
    error: AlignkitError | None = None
    """Why there is no decision, when the fault lies in the item."""


async def decide_all(
    items: Iterable[Item], decider: Decider, profile: Profile | None, at_once: int
) -> AsyncGenerator[Decided, None]:
    """The decision on each of `items`, in their order, as they are made.

    At most `at_once` are under way together, and no more items are read than that. Waiting for the
    next item holds up no decision.
    """
    reader, room = Reader(items), asyncio.Semaphore(at_once)
    started: asyncio.Queue[asyncio.Task[Decided] | None] = asyncio.Queue()
    tasks: set[asyncio.Task[Decided] | asyncio.Task[None]] = set()

    async def start() -> None:
        try:
            while await room.acquire() and (item := await reader.next()) is not None:
                task = asyncio.create_task(decide_item(item, decider, profile))
                tasks.add(task)
                started.put_nowait(task)
        finally:
            started.put_nowait(None)

    starter = asyncio.create_task(start())
    tasks.add(starter)
    try:
        while (task := await started.get()) is not None:
            yield await task
            tasks.discard(task)
            room.release()
        await starter
    finally:
        for task_left in tasks:
            task_left.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def decide_item(item: Item, decider: Decider, profile: Profile | None) -> Decided:
    """The decision on `item`; a fault of the item makes a `failed` decision."""
    error = item.error
    if item.scenario is not None:
        try:
            decision = await decider.decide(item.scenario, profile)
        except DataError as found:
            error = found
        else:
            return Decided(item, decision, record_of(decider, item.scenario, profile, decision))
    decision = Decision(
        id=uuid.uuid4().hex,
        scenario=_printable(item.name),
        profile=profile.name if profile else None,
        decider=decider.label,
        model=decider.model.identity.name if decider.model else _NO_MODEL.name,
        outcome="failed",
        choice=None,
        probabilities={},
        confidence=0.0,
        reason=_printable(str(error)),
    )
    return Decided(item, decision, None, error)


def record_of(
    decider: Decider, scenario: Scenario, profile: Profile | None, decision: Decision
) -> Record:
    """The record of `decision`: all that is needed to make it again."""
    return Record(
        created=datetime.now(UTC),
        versions=versions(),
        model=decider.model.identity if decider.model else _NO_MODEL,
        decider=decider.identity,
        scenario=scenario,
        profile=profile,
        attributes=decider.attributes_for(profile),
        calibration=decider.calibration,
        decision=decision,
        evidence=decision.evidence,
    )


def _printable(text: str) -> str:
    """`text` with control signs and stray bytes written out; names of files may hold both."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").translate(_WRITTEN_OUT)


@cache
def versions() -> dict[str, str]:
    """Versions of alignkit, Python and the libraries that matter, where they are installed."""
    found = {"python": platform.python_version()}
    for package in _VERSIONED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
