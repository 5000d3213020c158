"""Progress on standard error: downloads, and decisions of a batch."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from alignkit.cli.printable import printable
from alignkit.models.weights import Progress as Fetched

_SECONDS_BETWEEN_LINES = 10.0


def terminal_width() -> int | None:
    """How many cells a line of the terminal has; None where output goes to a file or a program."""
    console = Console()
    return console.width if console.is_terminal else None


class Working:
    """Shows at a terminal, in a line on standard error, that something goes on; a context manager.

    What prints results builds on it: stop `_status` before printing, else two lines share one.
    """

    def __init__(self, doing: str) -> None:
        """Begin with the line `doing`."""
        self._status = Console(stderr=True).status(doing)

    def say(self, doing: str) -> None:
        """Show the line `doing` from now on."""
        self._status.update(doing)

    def note(self, lines: Iterable[str]) -> None:
        """Print `lines` on standard error, where they stay."""
        self._status.stop()
        for line in lines:
            click.echo(printable(line), err=True)
        self._status.start()

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._status.stop()


class Downloads:
    """Shows a bar while weights are fetched; where there is no terminal, a line now and then.

    A context manager; call it with each `Progress` that a download reports.
    """

    def __init__(self) -> None:
        """Draw on standard error."""
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._next_line = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def __call__(self, fetched: Fetched) -> None:
        """Show how far the download is."""
        if self._console.is_terminal:
            self._draw(fetched)
        else:
            self._say(fetched)

    def _draw(self, fetched: Fetched) -> None:
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
                TimeRemainingColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.start()
            self._task = self._progress.add_task(fetched.what, total=None)
        if self._task is not None:
            self._progress.update(
                self._task,
                description=fetched.what,
                completed=fetched.done,
                total=fetched.total or None,
            )

    def _say(self, fetched: Fetched) -> None:
        now = time.monotonic()
        if now >= self._next_line:
            self._next_line = now + _SECONDS_BETWEEN_LINES
            total = f" of {fetched.total / 1e6:.0f}" if fetched.total else ""
            click.echo(f"{fetched.what}: {fetched.done / 1e6:.0f}{total} MB", err=True)
