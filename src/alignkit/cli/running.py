"""What `align run` shows: how it begins, how far it is, how it ended."""

from __future__ import annotations

import time
from typing import Any

import click
from rich.console import Console

from alignkit.cli.progress import Working
from alignkit.evaluate.progress import Ended, Progress
from alignkit.evaluate.standing import Stock
from alignkit.service.experiments.preparing import Prepared
from alignkit.service.experiments.running import Begun, Event

_BETWEEN = 10.0
"""Seconds between lines where there is no terminal."""
_FIRST = 2.0
"""Seconds before the first of them."""
_MINUTE, _HOUR = 60, 3600
_TENS = 10
_CODES = {"complete": 0, "budget": 0, "stopped": 130}
_PART_FAILED = 5


class Board(Working):
    """Shows a run: a line that changes at a terminal, a line now and then elsewhere."""

    def __init__(self, *, as_json: bool) -> None:
        """Draw on standard error; the summary goes to standard output, as JSON if wanted."""
        super().__init__("running ...")
        self._as_json = as_json
        self._terminal = Console(stderr=True).is_terminal
        self._next = time.monotonic() + _FIRST
        self._run = ""
        self._ended: Ended | None = None
        self._last = ""
        self._stopping = ""

    def show(self, event: Event) -> None:
        """Show what happened."""
        if isinstance(event, Begun):
            self._begin(event)
        elif isinstance(event, Ended):
            self._ended = event
        else:
            self._progress(event)

    def say(self, text: str) -> None:
        """A line above the one that changes."""
        if self._terminal:
            self._status.stop()
        click.echo(text, err=True)
        if self._terminal and self._ended is None:
            self._status.start()

    def stopping(self) -> None:
        """Say that the run is about to stop."""
        self._stopping = "stopping ... "
        self.say("Finishing what is under way; Ctrl-C again stops at once.")

    def finish(self) -> int:
        """Sum up; gives the exit code."""
        self._status.stop()
        if self._ended is None:
            return _CODES["stopped"]
        ended = self._ended
        if self._as_json:
            import json

            click.echo(json.dumps(summary(self._run, ended)))
        else:
            click.echo(told(self._run, ended))
        code = _CODES[ended.ending]
        return _PART_FAILED if code == 0 and ended.progress.failed else code

    def _begin(self, begun: Begun) -> None:
        self._run = begun.run.id
        verb = "goes on" if begun.resumed else "begins"
        self.say(f"Run {begun.run.id} {verb}: {begun.run.cells:,} cells.")
        for note in begun.notes:
            self.say(note)

    def _progress(self, progress: Progress) -> None:
        line = self._stopping + line_of(progress)
        if self._terminal:
            self._status.update(line)
            return
        now = time.monotonic()
        if now >= self._next and line != self._last:
            self._next, self._last = now + _BETWEEN, line
            click.echo(line, err=True)


def line_of(progress: Progress) -> str:
    """Where a run stands, in one line."""
    parts = [f"{progress.done:,} of {progress.total:,} done"]
    if progress.known:
        parts.append(f"{progress.known:,} of them known")
    if progress.erased:
        parts.append(f"{progress.erased:,} erased")
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    parts += [f"{speed(progress.rate)}/s", f"{progress.tokens_rate:,.0f} tokens/s"]
    if progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if progress.money:
        parts.append(f"{progress.money:.4f} spent")
    return ", ".join(parts)


def speed(rate: float) -> str:
    """Decisions a second for people, with two digits where they are few.

    >>> speed(0.04), speed(3.72), speed(1234.5)
    ('0.04', '3.7', '1,234')
    """
    return f"{rate:,.0f}" if rate >= _TENS else f"{rate:.2g}"


def duration(seconds: float) -> str:
    """A time for people: `45 s`, `12 min`, `3 h 20 min`.

    >>> duration(12000)
    '3 h 20 min'
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    minutes = round(seconds / _MINUTE)
    return f"{minutes // 60} h {minutes % 60} min"


def told(run: str, ended: Ended) -> str:
    """What a run came to, for people."""
    progress = ended.progress
    made = progress.done - progress.known
    lines = [
        f"Run {run}: {progress.done:,} of {progress.total:,} cells have a decision.",
        f"{made:,} made now in {duration(progress.seconds)}, {progress.known:,} known before.",
    ]
    if progress.erased:
        lines.append(f"{progress.erased:,} were erased and are not made again; --new makes them.")
    if progress.escalated:
        lines.append(f"{progress.escalated:,} are left to a person.")
    if progress.failed:
        lines.append(f"{progress.failed:,} failed; the same command tries them again.")
    usage = progress.usage
    cost = f", {progress.money:.4f} spent" if progress.money else ""
    lines.append(
        f"{usage.calls:,} calls, {usage.tokens_submitted:,} tokens submitted, "
        f"{usage.tokens_evaluated:,} evaluated, {usage.tokens_generated:,} generated{cost}."
    )
    if ended.ending == "budget":
        lines.append(f"The budget is used up ({ended.said}); the same command goes on.")
    elif ended.ending == "stopped":
        lines.append("Stopped; the same command goes on.")
    return "\n".join(lines)


def summary(run: str, ended: Ended) -> dict[str, Any]:
    """What a run came to, for programs."""
    progress = ended.progress
    return {
        "run": run,
        "ended": ended.ending,
        "limit": ended.said or None,
        "cells": progress.total,
        "done": progress.done,
        "known": progress.known,
        "erased": progress.erased,
        "escalated": progress.escalated,
        "failed": progress.failed,
        "seconds": round(progress.seconds, 3),
        "money": progress.money,
        "usage": progress.usage.model_dump(mode="json"),
    }


def show_dry(found: Prepared, stock: Stock, *, as_json: bool) -> None:
    """What a run would do."""
    total, known, erased = found.totals.cells, stock.known, stock.erased
    if as_json:
        import json

        parts = [
            {"dataset": dataset, "decider": decider, "model": model, "cells": cells}
            for (dataset, decider, model), cells in found.totals.by_part.items()
        ]
        counts = {
            "cells": total,
            "known": known,
            "erased": erased,
            "parts": parts,
            "skipped": found.skipped,
        }
        click.echo(json.dumps(counts))
        return
    for (dataset, decider, model), cells in found.totals.by_part.items():
        click.echo(f"{dataset}  {decider}  {model}  {cells:,} cells")
    for name, rows in found.skipped.items():
        click.echo(f"{name}: {len(rows):,} items cannot be read, the first: {rows[0]}", err=True)
    gone = f"{erased:,} erased, " if erased else ""
    left = total - known - erased
    click.echo(f"{total:,} cells, {known:,} of them known, {gone}{left:,} to decide.")
