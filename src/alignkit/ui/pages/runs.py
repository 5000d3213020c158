"""Runs: how far they are, what they hold, what they show, and two of them compared."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import FileResponse
from nicegui import app as pages
from nicegui import ui
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse

from alignkit.errors import AlignkitError
from alignkit.report.run.contrasts import answer
from alignkit.report.run.numbers import ends, number, p_words
from alignkit.service.browsing import exported_file
from alignkit.service.evidence.comparing import Question, compare_runs
from alignkit.service.evidence.reporting import report
from alignkit.store import Store, Tally
from alignkit.ui.current import here
from alignkit.ui.frame import fragment, frame
from alignkit.ui.native import Native, button, checkbox, select, text_field
from alignkit.ui.parts.dialogs import in_words, notify, sheet, told
from alignkit.ui.parts.run_view import RunView
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import visitor, visitor_of

_EVERY = 2.0
"""Seconds between two looks at runs that are under way."""
_SORTS: dict[str, tuple[str, Callable[[Tally], Any]]] = {
    "created": ("Made", lambda one: one.run.created),
    "name": ("Run", lambda one: one.run.name),
    "cells": ("Cells", lambda one: one.run.cells),
    "done": ("Done", lambda one: one.done / max(one.run.cells, 1)),
    "failed": ("Failed", lambda one: one.failed),
}

_PATIENCE = 30.0
"""Seconds that a store may take before the page is there."""


@ui.page("/runs", response_timeout=_PATIENCE)
async def runs() -> None:
    """All runs of the store."""
    with frame("Runs", "runs"):
        Native("h1", "Runs")
        Native(
            "p",
            "Experiments and served decisions in the store. Tick two to compare them.",
            "lead",
        )
        await RunsPage(here().store).open()


@ui.page("/runs/{run}", response_timeout=_PATIENCE)
async def run(run: str) -> None:
    """One run."""
    with frame(f"Run {run}", "runs"):
        store = here().store
        try:
            found = None if store is None else await asyncio.to_thread(store.run, run)
        except AlignkitError as error:
            found = None
            with Native("div", classes="oops", role="alert"):
                Native("strong", str(error))
        if store is None or found is None or not visitor().may("read"):
            Native("a", "All runs", href="/ui/runs")
            return
        await RunView(store, found, here()).open()


@pages.get("/exports/{run}.{kind}", include_in_schema=False)
def export(request: Request, run: str, kind: str) -> Response:
    """A run as a file."""
    store = here().store
    folder = tempfile.TemporaryDirectory(prefix="align-export-")
    try:
        visitor_of(request).must("read")
        if store is None:
            return PlainTextResponse("There is no store.", 404)
        path = exported_file(store, run, kind, Path(folder.name))
    except AlignkitError as error:
        folder.cleanup()
        return PlainTextResponse(str(error), error.http_status)
    return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))


@pages.get("/reports/{run}", include_in_schema=False)
def whole_report(request: Request, run: str) -> Response:
    """The report of a run as one page to keep."""
    store = here().store
    try:
        visitor_of(request).must("read")
        if store is None:
            return PlainTextResponse("There is no store.", 404)
        page = report(store, run, here().workbench.library)
    except AlignkitError as error:
        return PlainTextResponse(str(error), error.http_status)
    name = f'attachment; filename="{store.run(run).id}.html"'
    return Response(page, media_type="text/html", headers={"content-disposition": name})


class RunsPage:
    """The table of runs."""

    def __init__(self, store: Store | None) -> None:
        """Draw nothing yet."""
        self._store = store
        self._visitor = visitor()
        self._tallies: list[Tally] = []
        self._text, self._state, self._sort, self._down = "", "all", "created", True
        self._ticked: set[str] = set()

    async def open(self) -> None:
        """Draw the table, and keep it up to date while runs are under way."""
        if self._store is None:
            fragment(rendered("no_store.html.j2"))
            return
        if not self._visitor.may("read"):
            fragment(rendered("not_allowed.html.j2", what="read what is kept", scope="read"))
            return
        with Native("div", classes="row", style="margin-top:1rem"):
            text_field("Search", "", self._search, kind="search")
            states = {
                "all": "All",
                "open": "Under way",
                "done": "Complete",
                "failed": "With failures",
            }
            select("Show", states, "all", self._only)
            self._compare = button("Compare the two", self._contrast, "primary")
            self._delete = button("Delete …", self._ask, "danger")
        self._table = Native("div", style="margin-top:1rem")
        with self._table:
            Native("p", "Reading the store …", "state busy", role="status")
        self._buttons()
        ui.timer(0.01, self._follow, once=True)

    async def _follow(self) -> None:
        """Read the store; again and again while a run grows."""
        client = ui.context.client
        while not client.is_deleted:
            began = time.monotonic()
            with told():
                await self._read()
            if all(_complete(one) for one in self._tallies):
                return
            await asyncio.sleep(max(_EVERY, 3 * (time.monotonic() - began)))

    async def _read(self) -> None:
        if self._store is not None:
            found = await asyncio.to_thread(self._store.tallies)
            if found != self._tallies or not found:
                self._tallies = found
                self._draw()

    def _search(self, text: str) -> None:
        self._text = text.casefold()
        self._draw()

    def _only(self, state: str) -> None:
        self._state = state
        self._draw()

    def _by(self, sort: str) -> None:
        self._down = not self._down if sort == self._sort else sort == "created"
        self._sort = sort
        self._draw()

    def _shown(self) -> list[Tally]:
        found = [one for one in self._tallies if self._fits(one)]
        return sorted(found, key=_SORTS[self._sort][1], reverse=self._down)

    def _fits(self, one: Tally) -> bool:
        states = {"open": not _complete(one), "done": _complete(one), "failed": one.failed > 0}
        return self._text in f"{one.run.id} {one.run.name}".casefold() and states.get(
            self._state, True
        )

    def _draw(self) -> None:
        self._table.clear()
        shown = self._shown()
        with self._table:
            if not shown:
                fragment(rendered("no_runs.html.j2", any=bool(self._tallies)))
                return
            with (
                Native("div", classes="wide", role="region", aria_label="Runs", tabindex="0"),
                Native("table", classes="list stacked sorted"),
            ):
                self._head()
                with Native("tbody"):
                    for one in shown:
                        self._row(one)

    def _head(self) -> None:
        with Native("thead"), Native("tr"):
            with Native("th", scope="col"):
                Native("span", "Tick", "unseen")
            for key, (title, _) in _SORTS.items():
                way = "descending" if self._down else "ascending"
                order, kind = way if key == self._sort else "none", "n" if key == "cells" else ""
                with Native("th", classes=kind, scope="col", aria_sort=order):
                    arrow = (" ↓" if self._down else " ↑") if key == self._sort else ""
                    head = Native("button", title + arrow, type="button")
                    head.on("click", lambda key=key: self._by(key))
            Native("th", "Take along", scope="col")

    def _row(self, one: Tally) -> None:
        run = one.run
        with Native("tr"):
            with Native("td"):
                box = checkbox("", run.id in self._ticked, lambda on: self._tick(run.id, on))
                box.put(aria_label=f"Tick {run.id}")
            Native("td", f"{run.created:%Y-%m-%d %H:%M}")
            with Native("th", scope="row"):
                Native("a", run.name, href=f"/ui/runs/{run.id}")
                Native("span", run.id, "hint", style="display:block")
            # Nobody knows how many will be asked for one by one, as a server's clients do.
            Native("td", f"{run.cells:,}" if run.cells else "as asked", "n")
            share = min(one.done / run.cells, 1.0) if run.cells else 1.0
            with Native("td"):
                words = f"{one.done:,}" + (f" of {run.cells:,}" if run.cells else "")
                Native(
                    "div",
                    classes="meter",
                    role="img",
                    aria_label=words,
                    innerHTML=f'<i style="width:{share:.1%}"></i>',
                )
                Native("span", words, "hint")
            with Native(
                "td",
            ):
                Native("span", f"{one.failed:,}", "tag warn" if one.failed else "hint")
            with Native("td"):
                for kind in ("csv", "jsonl"):
                    name = kind.upper()
                    link = Native("a", name, href=f"/ui/exports/{run.id}.{kind}", download="")
                    link.put(aria_label=f"{name} of {run.id}")
                    Native("span", " ")

    def _tick(self, run: str, on: bool) -> None:  # noqa: FBT001
        (self._ticked.add if on else self._ticked.discard)(run)
        self._buttons()

    def _buttons(self) -> None:
        self._compare.put(disabled=len(self._ticked) != 2)  # noqa: PLR2004  a pair
        self._delete.put(disabled=not self._ticked)

    async def _contrast(self) -> None:
        store = self._store
        if store is None:
            return
        order = {one.run.id: one.run.created for one in self._tallies}
        pair = sorted(self._ticked, key=order.__getitem__)
        with sheet("Two runs compared"):
            place = Native("div")
            with place:
                Native("p", "Pairing the items …", "state busy", role="status")
        try:
            found = await asyncio.to_thread(compare_runs, store, Question(runs=pair))
            html = rendered("contrasts.html.j2", **contrast_values(found))
        except Exception as error:  # noqa: BLE001  it is told on the sheet
            html = rendered("oops.html.j2", text=in_words(error))
        place.clear()
        with place:
            fragment(html)

    def _ask(self) -> None:
        store = self._store
        if store is None:
            return
        names = sorted(self._ticked)
        with sheet("Delete what these runs hold?") as dialog:
            Native("p", "The content is removed for good; the runs keep their places in the chain.")
            with Native("ul"):
                for name in names:
                    Native("li", name)

            async def delete() -> None:
                dialog.close()
                with told():
                    self._visitor.must("admin")
                    count = 0
                    for name in names:
                        count += await asyncio.to_thread(store.prune, name, self._visitor.name)
                    self._ticked.clear()
                    self._buttons()
                    await self._read()
                    notify(f"{count:,} decisions were erased.")

            with Native("div", classes="tools", style="margin-top:1rem"):
                button("Delete for good", delete, "danger")
                button("Keep them", dialog.close)


def contrast_values(found: list[Any]) -> dict[str, Any]:
    """What the template of a comparison shows."""
    return {
        "answer": answer(found),
        "lines": found,
        "number": number,
        "ends": ends,
        "p_words": p_words,
    }


def _complete(one: Tally) -> bool:
    return one.done + one.failed + one.erased >= one.run.cells
