"""One run: its cells, found page by page in the database, and its figures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui

from alignkit.errors import AlignkitError
from alignkit.schema import Run
from alignkit.service import replay
from alignkit.service.browsing import FIELDS, drawn, values_of
from alignkit.service.trying import Way
from alignkit.store import Held, Store, Wanted
from alignkit.ui.frame import fragment
from alignkit.ui.native import Native, button, checkbox, select, text_field
from alignkit.ui.parts.dialogs import in_words, sheet
from alignkit.ui.parts.plots_view import PlotsView
from alignkit.ui.parts.record_view import record_html
from alignkit.ui.place import Place
from alignkit.ui.state import View, packed
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import visitor

_PAGE = 50
_EVERY = 3.0
"""Seconds between two looks at a run that is under way."""
_COLUMNS = ("Scenario", "Profile", "Method", "Model", "Outcome", "Choice", "Confidence", "")


class RunView:
    """Draws a run."""

    def __init__(self, store: Store, run: Run, place: Place) -> None:
        """Draw nothing yet."""
        self._store, self._run, self._place = store, run, place
        self._wanted = Wanted()
        self._begins: list[int | None] = [None]
        self._after: int | None = None
        self._search = 0
        self._values: dict[str, list[str]] = {field: [] for field in FIELDS}

    async def open(self) -> None:
        """Draw everything; records and figures come as they are found."""
        run = self._run
        with Native("div", classes="tools"):
            Native("h1", run.name)
            Native("span", classes="grow")
            Native("a", "All runs", "btn quiet", href="/ui/runs")
            Native("a", "Report as a page", "btn", href=f"/ui/reports/{run.id}", download="")
        Native("p", f"{run.id}, begun {run.created:%Y-%m-%d %H:%M %Z}", "hint")
        self._progress = Native("p", "", "hint", role="status")
        with Native("section", classes="stack", style="margin-top:1.25rem", aria_label="Figures"):
            Native("h2", "What it shows")
            self._figures = Native("div", classes="plots")
            with self._figures:
                button("Draw the figures", self._draw_figures)
        with Native("section", classes="stack", style="margin-top:2rem", aria_label="Decisions"):
            self._title = Native("h2", "Decisions", id="decisions")
            self._filters = Native("div", classes="row")
            self._table = Native("div")
            with Native("div", classes="tools"):
                self._back = button("Previous", self._previous)
                self._more = button("Next", self._next)
                self._says = Native("span", "", "hint", role="status")
        ui.timer(0.01, self._begin, once=True)

    async def _begin(self) -> None:
        values = await asyncio.to_thread(values_of, self._store, self._run.id, self._run.cells)
        self._draw_filters(values)
        await self._find()
        await self._follow()

    async def _follow(self) -> None:
        """Say how far the run is, until it is complete."""
        client = ui.context.client
        while not client.is_deleted:
            made = await asyncio.to_thread(self._store.entries, self._run.id)
            share = f"{made:,} decisions are stored"
            if self._run.cells:  # nobody knows how many clients will ask for
                share += f"; the run has {self._run.cells:,} cells"
            self._progress.say(f"{share}.")
            if made >= self._run.cells:
                return
            await asyncio.sleep(_EVERY)

    def _draw_filters(self, values: dict[str, list[str]]) -> None:
        self._filters.clear()
        with self._filters:
            text_field("Search", self._wanted.text, self._typed, kind="search", wait=0.4)
            for field in FIELDS:
                if len(values[field]) > 1 or getattr(self._wanted, field):
                    title = {"decider": "Method", "dataset": "Data set"}.get(field, field.title())
                    options = {"": "All"} | {value: value for value in values[field]}
                    chosen = getattr(self._wanted, field)
                    options.setdefault(chosen, chosen)
                    select(title, options, chosen, partial(self._choose, field))
            checkbox("Newest first", self._wanted.newest_first, self._turn)
        self._values = values

    async def _choose(self, field: str, value: str) -> None:
        await self._want(**{field: value})

    async def _typed(self, text: str) -> None:
        await self._want(text=text.strip())

    async def _turn(self, on: bool) -> None:  # noqa: FBT001
        await self._want(newest_first=on)

    async def _want(self, **change: Any) -> None:  # noqa: ANN401  fields of Wanted
        self._wanted = replace(self._wanted, **change)
        self._begins = [None]
        await self._find()

    async def only(self, **change: Any) -> None:  # noqa: ANN401  fields of Wanted
        """Show the decisions behind a figure: those with these fields of `Wanted`."""
        self._wanted = replace(Wanted(), **change)
        self._begins = [None]
        self._draw_filters(self._values)
        ui.run_javascript("document.getElementById('decisions').scrollIntoView()")
        await self._find()

    async def _previous(self) -> None:
        if len(self._begins) > 1:
            self._begins.pop()
            await self._find()

    async def _next(self) -> None:
        if self._after is not None:
            self._begins.append(self._after)
            await self._find()

    async def _find(self) -> None:
        """One page, in stretches, so that the page stays alive; a newer search ends this one."""
        self._search += 1
        mine, start = self._search, self._begins[-1]
        found: list[tuple[int, Held]] = []
        while len(found) < _PAGE:
            looked = await asyncio.to_thread(
                self._store.look, self._run.id, self._wanted, start, _PAGE - len(found)
            )
            if mine != self._search:
                return
            found += looked.found
            start = self._after = looked.reached
            if start is None:
                break
            if len(found) < _PAGE:
                seen = self._run.cells - start if self._wanted.newest_first else start
                self._says.say(f"Looked at {seen:,} of {self._run.cells:,} …")
        self._draw(found)

    def _draw(self, found: list[tuple[int, Held]]) -> None:
        self._back.put(disabled=len(self._begins) == 1)
        self._more.put(disabled=self._after is None)
        place = (
            "" if len(self._begins) == 1 and self._after is None else f", page {len(self._begins)}"
        )
        self._says.say(f"{len(found)} shown{place}")
        self._table.clear()
        with self._table:
            if not found:
                fragment(rendered("nothing_found.html.j2"))
                return
            with (
                Native("div", classes="wide", role="region", aria_label="Decisions", tabindex="0"),
                Native("table", classes="list stacked"),
            ):
                with Native("thead"), Native("tr"):
                    for title in _COLUMNS:
                        kind = "n" if title == "Confidence" else ""
                        Native("th", title or "Record", kind, scope="col")
                with Native("tbody"):
                    for _, held in found:
                        self._row(held)

    def _row(self, held: Held) -> None:
        cell, result = held.cell, held.result
        outcome = result.outcome if result else "erased"
        with Native("tr"):
            Native("th", cell.scenario, scope="row", dir="auto")
            for text in (cell.profile or "none", cell.decider, cell.model):
                Native("td", text)
            with Native("td"):
                kind = {"decided": "good", "failed": "warn", "escalated": "warn"}.get(outcome, "")
                Native("span", outcome, f"tag {kind}")
            Native("td", (result.choice if result else None) or "", dir="auto")
            Native("td", f"{result.confidence:.2f}" if result else "", "n")
            with Native("td"):
                if result:
                    id_ = result.decision
                    shown = button("Open", lambda: self._record(id_), "quiet")
                    shown.put(aria_label=f"Open the record of {cell.scenario}, {cell.profile}")

    async def _record(self, decision: str) -> None:
        try:
            record = await asyncio.to_thread(self._store.record, decision)
        except AlignkitError as error:
            with sheet("Record"):
                fragment(rendered("oops.html.j2", text=str(error)))
            return
        with sheet("Record"):
            with Native("div", classes="tools"):
                again = button("Replay", lambda: run(), "primary", "play")  # noqa: PLW0108  it comes later
                view = View(
                    scenario=record.scenario,
                    ways=(Way(), Way(profile=record.profile)) if record.profile else (Way(),),
                )
                try:
                    Native("a", "Open in Compare", "btn", href=f"/ui/?view={packed(view)}")
                except AlignkitError:
                    Native("span", "Too long for a link to Compare.", "hint")
            result = Native("div", role="status")
            fragment(record_html(record))

        async def run() -> None:
            again.put(disabled=True)
            result.clear()
            with result:
                Native("p", "Deciding again …", "state busy")
            try:
                visitor().must("decide")
                if record.model.backend != "none":
                    self._place.offered(record.decision.model)
                made = await replay(record, self._place.workbench)
                html = rendered("replay.html.j2", replay=made)
            except Exception as error:  # noqa: BLE001  it is told on the sheet
                html = rendered("oops.html.j2", text=in_words(error))
            result.clear()
            with result:
                fragment(html)
            again.put(disabled=False)

    async def _draw_figures(self) -> None:
        self._figures.clear()
        with self._figures:
            Native("p", "Computing the figures …", "state busy", role="status")
        try:
            found = await asyncio.to_thread(
                drawn, self._store, self._run.id, self._place.workbench.library
            )
        except Exception as error:  # noqa: BLE001  it is told in their place
            self._figures.clear()
            with self._figures:
                fragment(rendered("oops.html.j2", text=in_words(error)))
            return
        self._figures.clear()
        with self._figures:
            PlotsView(found, self.only).draw()
