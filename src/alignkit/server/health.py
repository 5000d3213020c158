"""Whether the server runs, and whether it can decide."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from alignkit.errors import AlignkitError
from alignkit.server.logs import failure
from alignkit.server.opened import Here, Opened
from alignkit.service.answering import Ask, Way

router = APIRouter(tags=["health"])

_LOG = logging.getLogger("alignkit.server")
_ASK = Ask("predicate", "Is this a text?")
_STARTING = "is being opened"


@router.get("/healthz", summary="Whether the server runs")
async def healthz() -> dict[str, str]:
    """Answers as long as the process does."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Whether the models answer",
    response_model=dict[str, str],
    responses={
        503: {"description": "A model does not answer, or not yet", "model": dict[str, str]}
    },
)
async def readyz(here: Here) -> Response:
    """200 when every served model has answered a question, else 503."""
    ready = not here.troubles
    models = {name: here.troubles.get(name, "answers") for name in here.answering.models}
    body = {"status": "ready" if ready else "not ready", **models}
    return JSONResponse(body, 200 if ready else 503)


async def get_ready(here: Opened) -> None:
    """Open every served model and ask it something, so that the first request finds it open."""
    here.troubles.update(dict.fromkeys(here.answering.models, _STARTING))
    for name in here.answering.models:
        failed: list[AlignkitError] = []
        try:
            await here.answering.answer(Way(name, name, None), "A text.", [_ASK], failed.append)
        except AlignkitError as error:
            failed.append(error)
        if failed:
            here.troubles[name] = "does not answer"
            _LOG.error("not ready", extra={"model": name, **failure(failed[0])})
        else:
            del here.troubles[name]
            _LOG.info("ready", extra={"model": name})
