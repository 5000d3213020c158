"""Ask: a request answered in words under a profile, beside what the plain model answers."""

from __future__ import annotations

import asyncio
from functools import partial

from nicegui import background_tasks, ui

from alignkit.errors import AlignkitError
from alignkit.service.asking import request_from
from alignkit.ui.asked import PATH, Asked, asked_from, examples
from alignkit.ui.current import here
from alignkit.ui.documents import Documents
from alignkit.ui.frame import fragment, frame
from alignkit.ui.left import when_left
from alignkit.ui.native import Native, button
from alignkit.ui.parts.answer_card import AnswerCard
from alignkit.ui.parts.answer_side import AnswerSide, quality, sides
from alignkit.ui.parts.answer_view import criteria_html, drafts_html
from alignkit.ui.parts.ask_form import AskForm
from alignkit.ui.parts.dialogs import told
from alignkit.ui.parts.sharing import not_opened, share
from alignkit.ui.place import Place
from alignkit.ui.templating import rendered
from alignkit.ui.visitor import visitor
from alignkit.writing.sources import Sources

_HINT = (
    "The link holds the request and how it is to be answered, not documents nor answers. Who opens "
    "it here presses Answer, and the model writes anew."
)


@ui.page("/ask")
def ask(  # noqa: PLR0913, PLR0917  what a link holds
    q: str = "",
    profile: str = "",
    model: str = "",
    judge: str = "",
    drafts: str = "",
    revisions: str = "",
    beside: str = "",
) -> None:
    """A request to write; the arguments are what a share link holds."""
    place = here()
    given = {
        "q": q,
        "profile": profile,
        "model": model,
        "judge": judge,
        "drafts": drafts,
        "revisions": revisions,
        "beside": beside,
    }
    with frame("Ask", "ask"):
        fragment(rendered("ask_welcome.html.j2"))
        asked = examples(place)[0]
        if any(given.values()):
            try:
                asked = asked_from(given, place)
            except AlignkitError as error:
                not_opened(str(error))
        AskPage(place).open(asked)


class AskPage:
    """A form, and below it what came of it."""

    def __init__(self, place: Place) -> None:
        """Draw nothing yet."""
        self._place, self._visitor, self._client = place, visitor(), ui.context.client
        self._sides: list[AnswerSide] = []
        self._cards: list[AnswerCard] = []
        self._work: asyncio.Task[None] | None = None

    def open(self, asked: Asked) -> None:
        """Draw the form with `asked` in it."""
        with Native("section", classes="panel stack ask", aria_label="What is asked"):
            self._form = AskForm(self._place, asked, self._address)
            with Native("div", classes="tools"):
                self._go = button("Answer", self._begin, "primary", "play")
                self._stop = button("Stop", self._cancel, image="close")
                self._stop.set_visibility(False)
                Native("span", classes="grow")
                button("Share", self._share, image="link")
            self._says = Native("p", "", "says", role="alert")
        self._results = Native("section", classes="answers", aria_label="Answers")
        with self._results:
            fragment(rendered("no_answers.html.j2"))
        when_left(self._client, self._cancel)

    # Asking

    def _begin(self) -> None:
        """Ask for what stands in the form."""
        if self._work is not None:
            return
        asked = self._form.asked
        try:
            request_from(asked.q)
            self._sides = sides(self._place, self._visitor, asked.checked(self._place))
        except AlignkitError as error:
            self._tell(str(error))
            return
        self._tell("")
        self._draw(asked)
        self._busy(busy=True)
        self._work = background_tasks.create(self._run(self._form.documents), name="ask")
        self._work.add_done_callback(self._ended)

    async def _run(self, documents: Documents) -> None:
        """Get all answers at once, each shown as soon as it is there."""
        # Many documents take a moment, in which others are answered.
        sources = await asyncio.to_thread(Sources, documents) if documents else None
        await asyncio.gather(
            *(card.side.answer(partial(self._show, card), sources) for card in self._cards)
        )

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._work = None
        for card in self._cards:
            card.side.leave()
            self._show(card)
        if not self._client.is_deleted:
            with self._client:
                self._busy(busy=False)

    def _cancel(self) -> None:
        """Stop what is under way; what is there already stays."""
        if self._work is not None:
            self._work.cancel()

    def _busy(self, *, busy: bool) -> None:
        self._go.put(disabled=busy)
        self._stop.set_visibility(busy)

    # Drawing

    def _draw(self, asked: Asked) -> None:
        """Everything below the form, as far as it is."""
        self._results.clear()
        with self._results:
            Native("p", asked.q, "question", dir="auto")
            even = " even" if len(self._sides) > 1 else ""
            with Native("div", classes=f"halves{even}"):
                self._cards = [AnswerCard(side) for side in self._sides]
            self._criteria = fragment("", "sides")
            self._drafts = fragment("")

    def _show(self, card: AnswerCard) -> None:
        """The answer of `card` as it stands, and what follows from it."""
        if self._client.is_deleted or card not in self._cards:
            return
        with self._client:
            card.tell()
            if card.side.reply is not None:
                library = self._place.workbench.library
                good = quality(self._sides)
                self._criteria.content = criteria_html(self._sides, library, good)
                self._drafts.content = drafts_html(self._sides, library)

    def _tell(self, problem: str) -> None:
        self._says.say(problem)
        self._says.classes(replace="says bad")

    # Taking it along

    def _address(self, asked: Asked) -> None:
        """Keep the browser's address in step, so that it is a share link at any time."""
        try:
            address = asked.address
        except AlignkitError:  # too long for a link
            address = PATH
        with self._client:
            ui.navigate.history.replace(address)

    def _share(self) -> None:
        with told():
            share(self._form.asked.address, _HINT)
