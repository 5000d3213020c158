"""The figures of a report on a page, with a way from each to the decisions behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from alignkit.report.run.blocks import Block, DotPlot, Section
from alignkit.report.run.drawing import SIDE, STRIP
from alignkit.report.run.items import ItemList
from alignkit.report.run.numbers import number
from alignkit.service.browsing import Drawn
from alignkit.ui.frame import fragment
from alignkit.ui.native import Native, text_field
from alignkit.ui.parts.dialogs import told
from alignkit.ui.templating import rendered

Only = Callable[..., Awaitable[None]]
_LINK = """(e) => {
  const link = e.target.closest('a[href^="#"]');
  if (link) { e.preventDefault(); emit(link.getAttribute('href').slice(1)); }
}"""
_MOST_ROWS = 200


class PlotsView:
    """Draws `found`; a click on the items behind a figure asks `only` for them."""

    def __init__(self, found: Drawn, only: Only) -> None:
        """Draw nothing yet."""
        self._found, self._only = found, only
        self._sections: list[Section] = list(found.sections)  # type: ignore[arg-type]
        self._lists: dict[str, ItemList] = {one.anchor: one for one in found.lists}  # type: ignore[attr-defined, misc]
        self._at, self._text = 0, ""

    def draw(self) -> None:
        """Draw it where elements are made now."""
        Native("p", self._found.headline, "lead")
        if not self._sections:
            Native("p", "The run has nothing that figures could be made of.", "hint")
            return
        with Native("div", classes="tabs", role="tablist", aria_label="Sections"):
            self._tabs = []
            for at, section in enumerate(self._sections):
                tab = Native("button", section.title, type="button", role="tab")
                tab.on("click", lambda at=at: self._turn(at))
                self._tabs.append(tab)
        text_field("Only rows with", "", self._narrow, kind="search")
        self._body = fragment("")
        self._body.on("click", self._clicked, js_handler=_LINK)
        self._turn(0)

    def _turn(self, at: int) -> None:
        self._at = at
        for place, tab in enumerate(self._tabs):
            tab.put(aria_selected=str(place == at).lower())
        self._show()

    def _narrow(self, text: str) -> None:
        self._text = text.casefold().strip()
        self._show()

    def _show(self) -> None:
        section = self._sections[self._at]
        blocks = [narrowed(block, self._text) for block in section.blocks]
        html = rendered(
            "figures.html.j2",
            section=section,
            blocks=blocks,
            number=number,
            side=SIDE,
            strip=STRIP,
            most=_MOST_ROWS,
        )
        self._body.content = html.replace('class="hidden"', 'class="unseen"')

    async def _clicked(self, event: Any) -> None:  # noqa: ANN401  what the browser sends
        behind = self._lists.get(str(event.args))
        if behind is not None:
            with told():
                await self._only(
                    dataset=behind.dataset,
                    profile=behind.profile or "none",
                    decider=behind.method.decider,
                    model=behind.method.model,
                )


def narrowed(block: Block, text: str) -> Block:
    """Of a dot plot the rows that hold `text`, and of any block the rows of its table that do."""
    if not text:
        return block
    rows = tuple(row for row in block.table.rows if _holds(text, *map(str, row)))
    if isinstance(block, DotPlot):
        groups = tuple(
            replace(
                group,
                dots=tuple(
                    dot for dot in group.dots if _holds(text, group.title, dot.label, dot.note)
                ),
            )
            for group in block.groups
        )
        block = replace(block, groups=groups)
    return replace(block, table=replace(block.table, rows=rows))


def _holds(text: str, *parts: str) -> bool:
    return any(text in part.casefold() for part in parts)
