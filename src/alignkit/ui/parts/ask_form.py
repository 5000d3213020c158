"""What is asked, under which profile, of which model, and how much is done for the answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import ValidationError

from alignkit.errors import AlignkitError
from alignkit.ui.asked import MOST_DRAFTS, MOST_REVISIONS, Asked, examples
from alignkit.ui.documents import Documents, added, without
from alignkit.ui.frame import fragment
from alignkit.ui.native import Native, button, checkbox, select, text_field
from alignkit.ui.parts.dialogs import told
from alignkit.ui.parts.options import PLAIN, model_options, profile_options
from alignkit.ui.parts.picking import file_field
from alignkit.ui.parts.told_by import told_by_html
from alignkit.ui.place import Place
from alignkit.writing.sources import SUFFIXES

_SAME = ""
"""Stands for the model that writes, among judges."""
_FACTS = (
    "The answers may take facts from these alone, and each claim is checked against them. They "
    "stay with this page and are in no link."
)


class AskForm:
    """Shows what is asked, and lets it be changed; says so to `on_change`."""

    def __init__(self, place: Place, asked: Asked, on_change: Callable[[Asked], Any]) -> None:
        """Begin with `asked`."""
        self.asked = asked
        self.documents: Documents = ()
        self._place, self._on_change = place, on_change
        self._fields = Native("div", classes="stack")
        with Native("div", classes="tools", role="group", aria_label="Examples"):
            Native("span", "Try:", "hint")
            for one in examples(place):
                button(one.q, partial(self._take, one), "quiet")
        self._draw()

    def _draw(self) -> None:
        asked = self.asked
        self._fields.clear()
        with self._fields:
            text_field("Request", asked.q, lambda text: self._put(q=text), lines=3)
            with Native("div", classes="row choices"):
                self._profile()
                self._models()
                self._amounts()
            checkbox(
                "Also answer without the profile", asked.beside, lambda on: self._put(beside=on)
            )
            with Native("details", open=bool(self.documents)):
                Native("summary", "Documents")
                Native("p", _FACTS, "hint")
                label = "Pick text files, or drop them here"
                file_field(label, self._add, SUFFIXES, multiple=True)
                self._listed = Native("ul", classes="picked", aria_label="Documents")
            with Native("details"):
                Native("summary", "The profile in words")
                self._told = fragment("", "in")
        self._list()
        self._tell()

    def _add(self, name: str, text: str) -> None:
        with told():
            self.documents = added(self.documents, name, text)
            self._list()

    def _drop(self, name: str) -> None:
        self.documents = without(self.documents, name)
        self._list()

    def _list(self) -> None:
        self._listed.clear()
        with self._listed:
            for name in (one.file for one in self.documents):
                with Native("li"):
                    Native("span", name, dir="auto")
                    button(f"Take out {name}", partial(self._drop, name), "quiet icon", "close")

    def _profile(self) -> None:
        options = profile_options(self._place)

        def changed(name: str) -> None:
            self._put(profile=None if name == PLAIN else name)
            self._tell()

        select("Profile", options, self.asked.profile or PLAIN, changed)

    def _models(self) -> None:
        options = model_options(self._place)
        first = self._place.models[0]
        select(
            "Model",
            options,
            self.asked.model or first,
            lambda name: self._put(model=None if name == first else name),
        )
        select(
            "Judge",
            {_SAME: "The model that writes"} | options,
            self.asked.judge or _SAME,
            lambda name: self._put(judge=name or None),
        )

    def _amounts(self) -> None:
        for label, name, least, most in (
            ("New drafts", "drafts", 1, MOST_DRAFTS),
            ("Revisions, at most", "revisions", 0, MOST_REVISIONS),
        ):
            numbers = {str(n): str(n) for n in range(least, most + 1)}
            value = str(getattr(self.asked, name))
            select(label, numbers, value, partial(self._count, name))

    def _count(self, name: str, number: str) -> None:
        self._put(**{name: number})

    def _tell(self) -> None:
        """Show what the chosen profile becomes."""
        self._told.content = ""
        if self.asked.profile is None:
            self._told.content = "<p>Only the request.</p>"
            return
        library = self._place.workbench.library
        try:
            self._told.content = told_by_html(library.profiles[self.asked.profile], library)
        except AlignkitError:  # is said when it is asked for
            return

    def _put(self, **changed: object) -> None:
        """Take what was changed, as far as it can be asked: anybody may have sent it."""
        try:
            self.asked = Asked.model_validate({**self.asked.model_dump(), **changed})
        except ValidationError:
            return
        self._on_change(self.asked)

    def _take(self, example: Asked) -> None:
        """Let the form hold an example, with all else as it is chosen."""
        self.asked = self.asked.model_copy(update={"q": example.q, "profile": example.profile})
        self._draw()
        self._on_change(self.asked)
