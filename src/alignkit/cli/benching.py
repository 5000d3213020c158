"""The table of methods, row by row as it is measured."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict

import click
from rich.console import Console
from rich.text import Text

from alignkit.cli.progress import Working
from alignkit.service.benching import Row, Step

_HEADINGS = (
    ("decider", 34),
    ("model", 20),
    ("family", 16),
    ("items", 6),
    ("high", 5),
    ("low", 5),
    ("macro", 6),
    ("chance", 7),
    ("constant", 9),
    ("order", 6),
    ("auc", 6),
    ("brier", 6),
    ("open", 5),
    ("calls", 6),
    ("tokens", 7),
    ("seconds", 8),
)


class Board(Working):
    """Prints each row when it is complete, and how far the measuring is; a context manager."""

    def __init__(self, *, as_json: bool) -> None:
        """Print JSON lines, or a table for people."""
        super().__init__("measuring ...")
        self._as_json = as_json
        self._console = Console(width=200, soft_wrap=True)
        self._start = time.monotonic()
        self._headed = False

    def show(self, step: Step) -> None:
        """Print the step's row, if it completes one, and the progress."""
        if step.skipped is not None:
            self._status.stop()
            click.echo(f"skipped: {step.skipped}", err=True)
            self._status.start()
        if step.row is not None:
            self._status.stop()
            self._print(step.row)
            self._status.start()
        minutes = (time.monotonic() - self._start) / 60
        self._status.update(f"measuring ... {step.done} of {step.total}, {minutes:.0f} min")

    def _print(self, row: Row) -> None:
        if self._as_json:
            click.echo(json.dumps(_fields(row), ensure_ascii=False))
            return
        if not self._headed:
            self._headed = True
            self._console.print(Text(_line([name for name, _ in _HEADINGS]), style="bold"))
        self._console.print(Text(_line(_cells(row))))


def _fields(row: Row) -> dict[str, object]:
    """The row as JSON has it, where a figure that is not a number is null."""
    fields = {"decider": row.decider, "model": row.model, "sha256": row.sha256}
    figures = {name: _known(value) for name, value in asdict(row.figures).items()}
    return {**fields, "family": row.family, **figures}


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _share(value: float | None) -> str:
    known = _known(value)
    return "-" if known is None else f"{known:.3f}"


def _cells(row: Row) -> list[str]:
    found = row.figures
    return [
        row.decider,
        row.model,
        row.family,
        str(found.items),
        f"{found.high:.2f}",
        f"{found.low:.2f}",
        _share(found.macro),
        f"{found.chance:.2f}",
        f"{found.constant:.2f}",
        _share(found.order),
        _share(found.auc),
        _share(found.brier),
        str(found.undecided),
        f"{found.calls:.1f}",
        f"{found.tokens:.0f}",
        f"{found.seconds:.2f}",
    ]


def _line(cells: list[str]) -> str:
    parts = [
        cell.ljust(width) if place < 3 else cell.rjust(width)  # noqa: PLR2004  names, then figures
        for place, (cell, (_, width)) in enumerate(zip(cells, _HEADINGS, strict=True))
    ]
    return " ".join(parts).rstrip()
