"""An answer as it comes: how far it is, the text, and what can be done with it."""

from __future__ import annotations

from nicegui import ui

from alignkit.ui.frame import fragment
from alignkit.ui.native import Native, button
from alignkit.ui.parts.answer_side import AnswerSide
from alignkit.ui.parts.answer_view import answer_html, stage_words, state_words
from alignkit.ui.parts.dialogs import notify


class AnswerCard:
    """Draws `side` where elements are made now."""

    def __init__(self, side: AnswerSide) -> None:
        """Draw it, as far as it is."""
        self.side = side
        with Native("section", classes="panel stack", aria_label=side.title):
            Native("h2", side.title)
            self._state = Native("p", "", "state", role="status")
            self._stages = Native("ol", classes="stages", aria_label="Done")
            self._answer = fragment("")
            self._tools = Native("div", classes="tools")
            with self._tools:
                self._copy = button("Copy", lambda: notify("Copied."), image="copy")
                self._copy.put(aria_label=f"Copy the answer: {side.title}")
                load = button("Download JSON", self._download, image="save")
                load.put(aria_label=f"Download JSON: {side.title}")
        self.tell()

    def tell(self) -> None:
        """Show how far it is."""
        side = self.side
        words, kind = state_words(side)
        self._state.say(words)
        self._state.classes(replace=f"state {kind}")
        self._pass(len(side.stages) - 1 if side.state == "running" else 0)
        self._answer.content = answer_html(side)
        self._tools.set_visibility(side.reply is not None)
        if side.reply is not None:
            self._copy.put(data_copy=side.text)
            self._copy.set_visibility(side.text is not None)

    def _pass(self, done: int) -> None:
        """Show the first stages as done; none where there is nothing to wait for."""
        shown = len(self._stages.default_slot.children)
        if shown > max(done, 0):
            self._stages.clear()
            shown = 0
        with self._stages:
            for stage in self.side.stages[shown : max(done, 0)]:
                Native("li", stage_words(stage))
        self._stages.set_visibility(done > 0)

    def _download(self) -> None:
        reply = self.side.reply
        if reply is not None:
            ui.download.content(reply.model_dump_json(indent=2), f"reply-{reply.id[:12]}.json")
