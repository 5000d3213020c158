"""Review: what the machine left for people, each case with all that is known of it."""

from __future__ import annotations

import asyncio

from nicegui import ui

from alignkit.errors import AlignkitError
from alignkit.service.reviews import (
    Verdict,
    case_of,
    give_verdict,
    waiting,
    would_have_chosen,
)
from alignkit.store import Reviewed, Store
from alignkit.ui.current import here
from alignkit.ui.frame import fragment, frame
from alignkit.ui.native import Native, button, text_field
from alignkit.ui.parts.dialogs import in_words, notify
from alignkit.ui.parts.record_view import record_html
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import Visitor, visitor

_MOST = 100
_NONE = ""

_PATIENCE = 30.0
"""Seconds that a store may take before the page is there."""


@ui.page("/review", response_timeout=_PATIENCE)
async def review(decision: str = "") -> None:
    """The queue; the decision whose id is or begins with `decision` opened."""
    with frame("Review", "review"):
        Native("h1", "Review")
        Native(
            "p",
            "Decisions that were too uncertain to be made by the machine wait here for a person. "
            "A verdict joins the record, counts in the reports, and calibrates later decisions.",
            "lead",
        )
        await ReviewPage(here().store, visitor()).open(decision)


class ReviewPage:
    """The queue beside the case that is open."""

    def __init__(self, store: Store | None, who: Visitor) -> None:
        """Draw nothing yet; verdicts are given by `who`."""
        self._store, self._who = store, who.name
        self._visitor = who
        self._queue: list[Reviewed] = []
        self._open = ""

    async def open(self, decision: str) -> None:
        """Draw the queue and a case."""
        if self._store is None:
            fragment(rendered("no_store.html.j2"))
            return
        if not (self._visitor.may("review") or self._visitor.may("read")):
            fragment(rendered("not_allowed.html.j2", what="see this queue", scope="review"))
            return
        with Native("div", classes="halves"):
            with Native("section", aria_label="Waiting"):
                self._count = Native("p", "Reading the queue …", "state busy", role="status")
                self._lines = Native("ul", classes="picklist", aria_label="Waiting decisions")
            self._case = Native("section", classes="stack", aria_label="The case")
        await self._read()
        first = decision or (self._queue[0].result.decision if self._queue else "")
        if first:
            await self._show(first)

    async def _read(self) -> None:
        store = self._store
        if store is None:
            return
        self._queue = await asyncio.to_thread(lambda: list(waiting(store, _MOST)))
        total = await asyncio.to_thread(store.reviews.count)
        more = f" (the {_MOST} oldest are listed)" if total > _MOST else ""
        self._count.say(f"{total:,} waiting{more}")
        self._count.classes(replace="state")
        self._list()
        if not self._queue:
            self._case.clear()
            with self._case:
                fragment(rendered("all_reviewed.html.j2"))

    def _list(self) -> None:
        self._lines.set_visibility(bool(self._queue))
        self._lines.clear()
        with self._lines:
            for one in self._queue:
                with Native("li"):
                    line = Native("button", one.cell.scenario, type="button")
                    id_ = one.result.decision
                    line.put(aria_pressed=str(id_ == self._open).lower())
                    line.on("click", lambda id_=id_: self._show(id_))
                    with line:
                        since = f"{one.since:%Y-%m-%d %H:%M}"
                        whose = one.cell.profile or "no profile"
                        Native("small", f"{whose} · {one.cell.decider}")
                        Native("small", f"since {since}")

    async def _show(self, decision: str) -> None:
        store = self._store
        if store is None:
            return
        self._case.clear()
        try:
            case = await asyncio.to_thread(case_of, store, decision)
        except AlignkitError as error:
            with self._case:
                fragment(rendered("oops.html.j2", text=str(error)))
            return
        place = case.place
        self._open = place.result.decision
        self._list()
        with self._case:
            Native("p", f"Left to a person: {place.result.reason or 'no reason was kept'}", "note")
            if case.record is not None:
                fragment(record_html(case.record))
                texts = {choice.id: choice.text for choice in case.record.scenario.choices}
            else:
                Native("p", "The store keeps no texts of this decision.", "hint")
                texts = {choice: choice for choice in place.result.probabilities}
            if place.review is not None:
                said = place.review
                Native("p", f"{said.by} decided: {said.choice or 'none is right'}.", "note calm")
                return
            self._form(texts, would_have_chosen(place.result))

    def _form(self, texts: dict[str, str], machine: str | None) -> None:
        chosen: list[str | None] = [None]
        note: list[str] = [""]
        with Native("fieldset", classes="panel stack"):
            Native("legend", "Your verdict", "label")
            options = {**texts, _NONE: "None of them is right (say why below)"}
            for choice, text in options.items():
                with Native("label", classes="check", style="display:flex;align-items:start"):
                    dot = Native("input", type="radio", name="verdict", value=choice)
                    dot.on("change", lambda choice=choice: chosen.__setitem__(0, choice))
                    Native("span", text, dir="auto")
            told = texts.get(machine or "", "")
            with Native("details"):
                Native("summary", "What the machine would have chosen")
                Native("p", told or "Nothing: the likeliest were tied.", dir="auto")
            text_field("Note", "", lambda text: note.__setitem__(0, text), lines=3)
            Native("p", f"Given by {self._who}.", "hint")
            says = Native("p", "", "says", aria_live="assertive")

            async def give() -> None:
                if chosen[0] is None:
                    says.say("Pick a choice first.")
                    says.classes(replace="says bad")
                    return
                wrong = await self._give(chosen[0] or None, note[0].strip() or None)
                if wrong:  # else another case stands here now
                    says.say(wrong)
                    says.classes(replace="says bad")

            button("Give this verdict", give, "primary")

    async def _give(self, choice: str | None, note: str | None) -> str:
        """Keep a verdict and go on to the next case; gives what went wrong, if anything did."""
        store = self._store
        if store is None:
            return ""
        try:
            self._visitor.must("review")
            verdict = Verdict(choice=choice, note=note, by=self._who)
            await asyncio.to_thread(give_verdict, store, self._open, verdict)
        except Exception as error:  # noqa: BLE001  it is told beside the button
            return in_words(error)
        notify("The verdict is kept.")
        await self._read()
        if self._queue:
            await self._show(self._queue[0].result.decision)
        return ""
