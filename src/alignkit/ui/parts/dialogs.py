"""Messages that come and go, and sheets that lie over the page."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from alignkit.errors import AlignkitError
from alignkit.ui.native import Native, button

_LOG = logging.getLogger("alignkit.ui")


@contextmanager
def told() -> Iterator[None]:
    """Show what goes wrong inside instead of failing."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  the page has to go on
        notify(in_words(error), bad=True)


def in_words(error: Exception) -> str:
    """What a user is told: our own errors as they are; of others a number that the log has too."""
    if isinstance(error, AlignkitError):
        return str(error)
    number = secrets.token_hex(4)
    _LOG.error("failed", exc_info=error, extra={"request_id": number})
    return f"Something went wrong here. The server's log has it under {number}."


def notify(text: str, *, bad: bool = False) -> None:
    """A message at the foot of the page."""
    ui.notify(
        text,
        position="bottom",
        timeout=12_000 if bad else 4_000,
        close_button="Close" if bad else False,
        classes="told",
    )


@contextmanager
def sheet(title: str) -> Iterator[ui.dialog]:
    """A sheet over the page with what is made inside, opened at the end."""
    with ui.dialog() as dialog, Native("div", classes="sheet"):
        dialog.props["aria-label"] = title
        with Native("div", classes="head"):
            Native("h2", title)
            button("Close", dialog.close, "quiet icon", "close")
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()
