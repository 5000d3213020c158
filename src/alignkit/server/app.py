"""The application: what is opened for it, and the parts it is put together from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec

from fastapi import FastAPI

from alignkit.server import access, health, metrics, problems
from alignkit.server.access import Access, Guard, SecureHeaders
from alignkit.server.api import ROUTERS as API
from alignkit.server.front import Front
from alignkit.server.health import get_ready
from alignkit.server.limits import BodyLimit, Gate
from alignkit.server.metrics import Metrics
from alignkit.server.opened import Opened
from alignkit.server.serving import Serving
from alignkit.server.wire import chat, decisions, models, systemone
from alignkit.service import Workbench, store_of
from alignkit.service.answering import Answering
from alignkit.service.served import ServedDecisions

_ROUTERS = (
    decisions.router,
    systemone.router,
    chat.router,
    models.router,
    health.router,
    metrics.router,
    access.router,
    *API,
)


def create_app(serving: Serving | None = None) -> FastAPI:
    """The application that serves as `serving` says; it opens what it needs when it starts."""
    serving = serving or Serving()
    app = FastAPI(
        title="ALIGN",
        version=version("alignkit"),
        summary="Decisions of language models by the values you set.",
        lifespan=_open,
        docs_url=None,
        redoc_url=None,
    )
    app.state.serving = serving
    app.state.metrics = Metrics()
    problems.install(app)
    include_routers(app)
    attach_pages(app, serving)
    # From the innermost to the outermost: what is added later stands before what was earlier.
    app.add_middleware(BodyLimit, most=serving.body_bytes, seconds=serving.seconds)
    guard(app)
    app.add_middleware(Front, metrics=app.state.metrics)
    return app


def include_routers(app: FastAPI) -> None:
    """All routes."""
    for router in _ROUTERS:
        app.include_router(router)


def guard(app: FastAPI) -> None:
    """What stands before the routes and refuses who may not pass."""
    app.add_middleware(Guard)
    app.add_middleware(SecureHeaders)


def attach_pages(app: FastAPI, serving: Serving) -> None:
    """The pages, where they are wanted and what they need is installed."""
    if serving.pages and find_spec("nicegui") is not None and find_spec("alignkit.ui") is not None:
        from alignkit.ui import Place, attach

        @cache
        def place() -> Place:
            found: Opened = app.state.opened
            return Place(
                found.workbench,
                found.store,
                found.answering.models,
                serving.decider,
                found.keep,
            )

        attach(app, place)


@asynccontextmanager
async def _open(app: FastAPI) -> AsyncIterator[None]:
    """Open what requests need, and close it at the end."""
    serving: Serving = app.state.serving
    # Off loopback the keys are in it, even where no decision is kept.
    opened = store_of(serving.settings) if serving.keep or not serving.on_loopback else None
    app.state.access = Access(opened, needs_key=not serving.on_loopback)
    store = opened if serving.keep else None
    served = ServedDecisions(store) if store else None
    try:
        async with Workbench(serving.settings) as workbench:
            here = app.state.opened = Opened(
                serving=serving,
                workbench=workbench,
                answering=Answering(workbench, serving.served, serving.decider),
                gate=Gate(serving.at_once, serving.waiting, serving.seconds),
                metrics=app.state.metrics,
                store=store,
                served=served,
            )
            _watch(here)
            async with _working(here):
                yield
    finally:
        if opened is not None:
            opened.close()


@asynccontextmanager
async def _working(here: Opened) -> AsyncIterator[None]:
    """Get the models ready, and store decisions, beside the requests; store the last at the end."""
    readying = asyncio.create_task(get_ready(here))
    keeping = asyncio.create_task(here.served.work()) if here.served else None
    try:
        yield
    finally:
        readying.cancel()
        with suppress(asyncio.CancelledError):
            await readying
        if here.served is not None and keeping is not None:
            here.served.close()
            await keeping


def _watch(here: Opened) -> None:
    """Let the metrics show how full the server is."""
    watch, gate, served = here.metrics.watch, here.gate, here.served
    watch("align_requests_working", "Requests that are worked on", lambda: gate.working)
    watch("align_requests_waiting", "Requests that wait for their turn", lambda: gate.waiting)
    watch("align_ready", "1 when every served model answers", lambda: float(not here.troubles))
    if served is not None:
        watch("align_unstored", "Decisions that are not stored yet", lambda: served.waiting)
