"""Puts the pages on a server's application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from nicegui import app as pages
from nicegui import background_tasks, ui
from starlette.responses import RedirectResponse, Response

from alignkit.report.environment import template
from alignkit.ui.current import let_be
from alignkit.ui.example import first_visit
from alignkit.ui.place import Finding
from alignkit.ui.policy import Policy

PATH = "/ui"
"""Where the pages are; `/` leads there."""
_ASSETS = Path(__file__).parent / "assets"


def attach(app: FastAPI, place: Finding) -> None:
    """Serve the pages below `/ui` of `app`; they work with what `place` gives.

    NiceGUI is one for a whole process, so of several applications the last one's pages work.
    """
    let_be(place)
    app.add_api_route("/", _to_pages, include_in_schema=False)
    if pages.config.has_run_config:
        _again(app)
        return
    from alignkit.ui import pages as _  # noqa: F401, PLC0415  makes the routes

    pages.add_middleware(Policy)
    pages.on_startup(_warm)
    pages.add_static_files("/assets", str(_ASSETS))
    pages.add_api_route("/report.css", _report_style, include_in_schema=False)
    ui.run_with(
        app,
        mount_path=PATH,
        title="ALIGN",
        favicon=_ASSETS / "align.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        show_welcome_message=False,
        reconnect_timeout=30,
        binding_refresh_interval=None,
    )


async def _warm() -> None:
    """Load and draw once what the first visitor sees, beside what else has to be started."""
    background_tasks.create(asyncio.to_thread(first_visit), name="first visit")


def _report_style() -> Response:
    """The reports' own style, for figures inside `.plots` only."""
    inside = ".plots {\n" + template("run/style.css.j2").render() + "}\n"
    return Response(inside, media_type="text/css")


def _to_pages() -> RedirectResponse:
    return RedirectResponse(f"{PATH}/")


def _again(app: FastAPI) -> None:
    """Mount the pages a second time in one process, as tests do."""
    app.mount(PATH, pages)
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def both(outer: FastAPI) -> AsyncIterator[None]:
        async with pages.router.lifespan_context(pages), inner(outer):
            yield

    app.router.lifespan_context = both
