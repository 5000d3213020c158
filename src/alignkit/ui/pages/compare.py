"""The first page: one scenario, decided in several ways side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from markupsafe import Markup
from nicegui import background_tasks, ui

from alignkit.errors import AlignkitError
from alignkit.report import Column, Comparison
from alignkit.report.page import comparison_page
from alignkit.schema import Scenario
from alignkit.service.trying import Way
from alignkit.ui.current import here
from alignkit.ui.example import first_view
from alignkit.ui.frame import fragment, frame
from alignkit.ui.native import Native, button, checkbox
from alignkit.ui.parts.dialogs import notify, sheet, told
from alignkit.ui.parts.record_view import record_html
from alignkit.ui.parts.results import table
from alignkit.ui.parts.scenario_panel import ScenarioPanel
from alignkit.ui.parts.sharing import not_opened, share
from alignkit.ui.parts.side import Side, titles
from alignkit.ui.parts.way_card import Asks, WayCard
from alignkit.ui.place import Place
from alignkit.ui.state import MOST_WAYS, View, packed, unpacked
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import visitor


@ui.page("/")
def compare(view: str = "") -> None:
    """Columns to fill; `view` is what a share link holds."""
    place = here()
    with frame("Compare decisions", ""):
        page = ComparePage(place)
        try:
            page.open(unpacked(view) if view else first_view(place.workbench), shared=bool(view))
        except AlignkitError as error:
            page.open(first_view(place.workbench), problem=str(error))


class ComparePage:
    """Holds the columns and draws them."""

    def __init__(self, place: Place) -> None:
        """Draw nothing yet."""
        self.place, self.visitor, self._client = place, visitor(), ui.context.client
        self.sides: list[Side] = []
        self.cards: list[WayCard] = []
        self.differences = False

    @property
    def scenario(self) -> Scenario:
        """What is decided."""
        return self._panel.scenario

    def open(self, view: View, *, shared: bool = False, problem: str = "") -> None:
        """Show `view`; columns that were decided before are there at once.

        Raises:
            UnknownName: there is no such scenario here.
        """
        scenario = view.scenario
        if isinstance(scenario, str):
            scenario = self.place.workbench.library.scenarios[scenario]
        if problem:
            not_opened(problem)
        if shared:
            Native("h1", "Decisions side by side", style="margin-bottom:.75rem")
        else:
            fragment(rendered("welcome.html.j2"))
        self.differences = view.differences
        self.sides = [Side(self.place, self.visitor, way, view.shipped) for way in view.ways]
        self._panel = ScenarioPanel(scenario, self._rewritten)
        self._tools()
        with Native("div", classes="sides"):
            self._inner = Native("div", classes="inner")
            with self._inner:
                self._heads = Native("div", classes="heads")
                self._results = fragment("")
        open_ = [side for side in self.sides if not side.recall(scenario)]
        self._draw()
        self._paint_first(scenario, welcome=not shared)
        waiting = [side for side in open_ if side.state == "idle"]
        if shared and waiting:
            self._run_when_connected(waiting)

    def _paint_first(self, scenario: Scenario, *, welcome: bool) -> None:
        """Put the decisions into the page itself too, so that they are seen before scripts run."""
        ui.add_body_html(
            rendered(
                "first.html.j2",
                scenario=scenario,
                short=True,
                welcome=welcome,
                columns=len(self.sides),
                table=Markup(self._results.content),  # noqa: S704  our template made it
            )
        )

    def _tools(self) -> None:
        with Native("div", classes="tools", style="margin-top:.75rem"):
            self._all = button("Decide all", lambda: self._run(self.sides), image="play")
            self._more = button("Add a column", self._add, image="plus")
            checkbox("Mark differences", self.differences, self._mark)
            Native("span", classes="grow")
            button("Share", self._share, image="link")
            button("Save as a page", self._save, image="save")

    # Drawing

    def _draw(self) -> None:
        """Everything that depends on how many columns there are."""
        self._inner.style(f"--n:{len(self.sides)}")
        self._heads.clear()
        asks = Asks(
            self._changed, self._moved, self._decide, self._copy, self._remove, self._evidence
        )
        with self._heads:
            fragment(rendered("corner.html.j2"), "corner")
            self.cards = [WayCard(side, asks) for side in self.sides]
        for card, title in zip(self.cards, titles(self.sides), strict=True):
            card.draw(title, removable=len(self.sides) > 1, copyable=self._room)
        self._more.put(disabled=not self._room)
        self._show()

    @property
    def _room(self) -> bool:
        return len(self.sides) < MOST_WAYS

    def _show(self) -> None:
        """The columns as they stand."""
        names = titles(self.sides)
        shown = [side.shown(name) for side, name in zip(self.sides, names, strict=True)]
        self._results.content = table(self.scenario, shown, marking=self.differences)
        for card in self.cards:
            card.tell()
        undecided = any(side.record is None for side in self.sides)
        self._all.classes(add="primary" if undecided else "", remove="" if undecided else "primary")

    def _redraw(self, side: Side) -> None:
        """The head of `side`, and the titles of all."""
        for card, title in zip(self.cards, titles(self.sides), strict=True):
            if card.side is side:
                card.draw(title, removable=len(self.sides) > 1, copyable=self._room)
            else:
                card.rename(title)

    # What a user does

    def _rewritten(self, _: Scenario) -> None:
        shipped = any(side.from_shipped for side in self.sides)
        for side in self.sides:
            side.change(side.way)
            side.recall(self.scenario)
        if shipped:  # their heads name the models of the records
            self._draw()
        else:
            self._show()
        self._address()

    def _changed(self, side: Side) -> None:
        side.recall(self.scenario)
        self._redraw(side)
        self._show()
        self._address()

    def _moved(self, side: Side) -> None:
        del side
        self._show()
        self._address()

    def _mark(self, wanted: bool) -> None:  # noqa: FBT001
        self.differences = wanted
        self._show()
        self._address()

    def _add(self) -> None:
        used = {side.way.profile for side in self.sides}
        free = (name for name in self.place.workbench.library.profiles if name not in used)
        self._put(len(self.sides), Way(profile=next(free, None)))

    def _copy(self, side: Side) -> None:
        self._put(self.sides.index(side) + 1, side.way, from_shipped=side.from_shipped)

    def _put(self, at: int, way: Way, *, from_shipped: bool = False) -> None:
        if self._room:
            side = Side(self.place, self.visitor, way, from_shipped)
            side.recall(self.scenario)
            self.sides.insert(at, side)
            self._draw()
            self._address()

    def _remove(self, side: Side) -> None:
        self.sides.remove(side)
        self._draw()
        self._address()

    async def _decide(self, side: Side) -> None:
        await self._run([side])

    async def _run(self, sides: Iterable[Side]) -> None:
        """Decide columns, each shown as soon as it is there."""
        scenario = self.scenario
        await asyncio.gather(*(self._run_one(side, scenario) for side in list(sides)))
        self._address()

    async def _run_one(self, side: Side, scenario: Scenario) -> None:
        deciding = asyncio.ensure_future(side.decide(scenario))
        await asyncio.sleep(0)
        self._show()
        await deciding
        if side in self.sides:
            if scenario != self.scenario:  # it was rewritten meanwhile
                side.change(side.way)
            self._redraw(side)
            self._show()

    def _run_when_connected(self, sides: list[Side]) -> None:
        """Decide what a link asks for, once somebody really looks at it."""
        client = ui.context.client

        async def run() -> None:
            await client.connected()
            with client:
                await self._run(sides)

        background_tasks.create(run())

    # Taking it along

    def view(self) -> View:
        """The comparison as it was put together."""
        scenario, shelf = self.scenario, self.place.workbench.library.scenarios
        named = scenario.id in shelf and shelf[scenario.id] == scenario
        return View(
            scenario=scenario.id if named else scenario,
            ways=tuple(side.way for side in self.sides),
            differences=self.differences,
            shipped=any(side.from_shipped for side in self.sides),
        )

    def _address(self) -> None:
        """Keep the browser's address in step, so that it is a share link at any time."""
        try:
            address = f"/ui/?view={packed(self.view())}"
        except AlignkitError:
            address = "/ui/"
        with self._client:  # what was used may have been drawn anew, and is no more
            ui.navigate.history.replace(address)

    def _share(self) -> None:
        with told():
            letters = packed(self.view())
            share(
                f"/ui/?view={letters}",
                "The link holds scenario, columns and targets. Who opens it here sees the same; "
                "what the server does not remember is decided again.",
            )

    def _save(self) -> None:
        with told():
            names = titles(self.sides)
            columns = tuple(
                Column(name, side.record)
                for side, name in zip(self.sides, names, strict=True)
                if side.record is not None
            )
            if not columns:
                notify("Nothing is decided yet.")
                return
            page = comparison_page([Comparison(self.scenario, columns)])
            ui.download.content(page, f"{self.scenario.id[:60]}.html")

    def _evidence(self, side: Side) -> None:
        if side.record is not None:
            with told(), sheet("Evidence"):
                fragment(record_html(side.record, in_full=False))
