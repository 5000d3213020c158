"""Profiles, attributes and scenarios: by name, as files of the library are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter

from alignkit.errors import DataError
from alignkit.library import Shelf
from alignkit.schema import Attribute, Profile, Scenario
from alignkit.server.api.base import Cursor, Item, Limit, Page, names, problems
from alignkit.server.opened import Here

router = APIRouter(prefix="/api", tags=["library"])
M = TypeVar("M", Profile, Attribute, Scenario)
I_ = TypeVar("I_", bound=Item)


class ProfileItem(Item):
    """A profile in a list."""

    name: str
    title: str | None
    description: str | None
    targets: list[str]
    """Attributes that it wants something of."""


class AttributeItem(Item):
    """An attribute in a list."""

    name: str
    title: str
    family: str
    definition: str


class ScenarioItem(Item):
    """A scenario in a list."""

    name: str
    title: str | None
    domain: str | None
    question: str
    choices: int


@router.get("/profiles", summary="All profiles", responses=problems())
async def profiles(here: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[ProfileItem]:
    """Profiles of the library, sorted by name."""
    return _page(here.workbench.library.profiles, limit, cursor, _profile)


@router.get("/profiles/{name}", summary="One profile", responses=problems(404))
async def profile(here: Here, name: str) -> Profile:
    """A profile in full."""
    with names("name"):
        return here.workbench.library.profiles[name]


@router.get("/attributes", summary="All attributes", responses=problems())
async def attributes(here: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[AttributeItem]:
    """Attributes of the library, sorted by name."""
    return _page(here.workbench.library.attributes, limit, cursor, _attribute)


@router.get("/attributes/{name}", summary="One attribute", responses=problems(404))
async def attribute(here: Here, name: str) -> Attribute:
    """An attribute in full."""
    with names("name"):
        return here.workbench.library.attributes[name]


@router.get("/scenarios", summary="All scenarios", responses=problems())
async def scenarios(here: Here, limit: Limit = 100, cursor: Cursor = None) -> Page[ScenarioItem]:
    """Scenarios of the library, sorted by name."""
    return _page(here.workbench.library.scenarios, limit, cursor, _scenario)


@router.get("/scenarios/{name}", summary="One scenario", responses=problems(404))
async def scenario(here: Here, name: str) -> Scenario:
    """A scenario in full."""
    with names("name"):
        return here.workbench.library.scenarios[name]


def _page(
    shelf: Shelf[M], limit: int, cursor: str | None, item: Callable[[str, M], I_]
) -> Page[I_]:
    """Part of `shelf`; a file with a mistake is left out and takes none of the others with it."""
    found = [name for name in shelf if cursor is None or name > cursor]
    items = []
    for name in found[:limit]:
        try:
            items.append(item(name, shelf[name]))
        except DataError:
            continue
    return Page(items=items, next=found[limit - 1] if len(found) > limit else None)


def _profile(name: str, one: Profile) -> ProfileItem:
    return ProfileItem(
        name=name, title=one.title, description=one.description, targets=list(one.targets)
    )


def _attribute(name: str, one: Attribute) -> AttributeItem:
    return AttributeItem(name=name, title=one.title, family=one.family, definition=one.definition)


def _scenario(name: str, one: Scenario) -> ScenarioItem:
    return ScenarioItem(
        name=name,
        title=one.title,
        domain=one.domain,
        question=one.question,
        choices=len(one.choices),
    )
