"""What all pages have in common: the way from one to the other, colours, and where to begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from markupsafe import Markup
from nicegui import ui

from alignkit.ui.leaving import leave_in_time
from alignkit.ui.native import Native, icon

_PAGES = (
    ("", "Compare"),
    ("ask", "Ask"),
    ("profiles", "Profiles"),
    ("runs", "Runs"),
    ("review", "Review"),
)
_HEAD = (
    '<meta name="referrer" content="same-origin">'
    '<link rel="stylesheet" href="/ui/assets/pages.css?v={0}">'
    '<link rel="stylesheet" href="/ui/report.css?v={0}">'
    '<script src="/ui/assets/pages.js?v={0}" defer></script>'
).format(version("alignkit"))
_BRAND = Markup('<img src="/ui/assets/align.svg" alt="" width="22" height="22"> ALIGN')


@contextmanager
def frame(title: str, here: str) -> Iterator[None]:
    """The page `title` around what is made inside; `here` is its path."""
    ui.add_head_html(_HEAD)
    ui.page_title(f"{title} · ALIGN")
    leave_in_time()
    Native("a", "Skip to the content", "skip", href="#content")
    with Native("header", classes="top"), Native("div", classes="bar"):
        Native("a", classes="brand", href="/ui/", innerHTML=str(_BRAND))
        with Native("nav", aria_label="Pages"):
            for path, name in _PAGES:
                current = "page" if path == here else None
                Native("a", name, href=f"/ui/{path}", aria_current=current)
        Native(
            "button",
            classes="btn quiet icon",
            type="button",
            aria_label="Light or dark colours",
            data_theme_button="",
            innerHTML=str(icon("theme")),
        )
    with Native("main", classes="page", id="content", tabindex="-1"):
        yield


def fragment(html: str, classes: str = "") -> ui.html:
    """HTML that one of our templates made, in which every text is escaped."""
    made = ui.html(html, sanitize=False)
    return made.classes(classes) if classes else made
