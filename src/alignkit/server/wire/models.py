"""`GET /v1/models`: every served model by itself and with every profile, as clients name them."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from alignkit.errors import DataError
from alignkit.schema import Profile
from alignkit.server.asking import way_named
from alignkit.server.opened import Here, Opened
from alignkit.server.problems import OF_OPENAI
from alignkit.server.wire.base import Reply

router = APIRouter(tags=["models"])


class ModelEntry(Reply):
    """A name for the field `model`, as `openai` reads it."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """Seconds from 1970 to the start of the server."""
    owned_by: str = "alignkit"


class ModelAbout(Reply):
    """A name for the field `model`, as clients of System One read it."""

    name: str
    description: str
    release_date: str


class ModelList(Reply):
    """All names, in both shapes."""

    object: Literal["list"] = "list"
    data: tuple[ModelEntry, ...]
    models: tuple[ModelAbout, ...]


@router.get("/v1/models", summary="The models, alone and with each profile")
async def models(here: Here) -> ModelList:
    """Every name that the field `model` of a request may have."""
    found = _all(here)
    return ModelList(
        data=tuple(ModelEntry(id=name, created=int(here.begun.timestamp())) for name in found),
        models=tuple(
            ModelAbout(name=name, description=text, release_date=f"{here.begun:%Y-%m-%d}")
            for name, text in found.items()
        ),
    )


@router.get("/v1/models/{name:path}", summary="One model", responses=OF_OPENAI)
async def model(here: Here, name: str) -> ModelEntry:
    """The model of this name, if a request may name it."""
    return ModelEntry(id=way_named(here, name).name, created=int(here.begun.timestamp()))


def _all(here: Opened) -> dict[str, str]:
    """By name: what it stands for."""
    profiles = _profiles(here)
    found: dict[str, str] = {}
    for served in here.answering.models:
        found[served] = f"{served}, without a profile."
        for name, profile in profiles.items():
            said = profile.description or profile.title or name
            found[f"{served}@{name}"] = f"{served} under the profile {name}: {said}"
    return found


def _profiles(here: Opened) -> dict[str, Profile]:
    """The profiles that can be read; a broken file takes none of the others with it."""
    shelf, found = here.workbench.library.profiles, {}
    for name in shelf:
        try:
            found[name] = shelf[name]
        except DataError:
            continue
    return found
