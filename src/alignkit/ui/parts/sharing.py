"""Links that open a page as somebody sees it now."""

from __future__ import annotations

from nicegui import ui

from alignkit.ui.native import Native, button
from alignkit.ui.parts.dialogs import notify, sheet


def share(path: str, hint: str) -> None:
    """Show the link to a `path` of this server, to be copied; `hint` says what it holds."""
    url = ui.context.client.request.url
    link = f"{url.scheme}://{url.netloc}{path}"
    with sheet("Share this view"):
        Native("p", hint, "hint")
        field = Native("textarea", link, "field", rows=4, readonly=True)
        field.put(aria_label="Link to this view", id="share-link")
        copy = button("Copy the link", lambda: notify("Copied."), "primary")
        copy.put(data_copy=link)


def not_opened(problem: str) -> None:
    """Say that a link could not be opened, and why."""
    with Native("div", classes="oops", role="alert"):
        Native("strong", "The link could not be opened.")
        Native("p", f"{problem} This is what a first visit shows.")
