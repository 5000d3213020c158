"""What `align injections` prints."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.schema.injection import InjectionSet
from alignkit.stats.share import Share
from alignkit.writing.resisting import Arm, Resistance, Tried

_ALL = "all"


class Trying(Working):
    """Shows at a terminal how far the attempts are; a context manager."""

    def __init__(self, total: int) -> None:
        """Of so many attempts, both sides counted."""
        super().__init__("trying ...")
        self._total = total
        self._counts: Counter[str] = Counter()
        self._start = time.monotonic()

    def tell(self, tried: Tried) -> None:
        """One more was tried."""
        self._counts["failed" if tried.reply.failure else "tried"] += 1
        minutes = (time.monotonic() - self._start) / 60
        failed = f", {self._counts['failed']} failed" if self._counts["failed"] else ""
        done = f"{self._counts.total()} of {self._total}{failed}"
        self._status.update(f"trying ... {done}, {minutes:.0f} min")


def show_attempts(sets: Sequence[InjectionSet], *, as_json: bool) -> None:
    """A row, or a JSON object, for each attempt."""
    if as_json:
        for one in sets:
            for attempt in one.injections:
                fields = attempt.model_dump(mode="json", exclude_none=True)
                click.echo(json.dumps({"set": one.name, **fields}, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("set", "attempt", "technique", "language", "would"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"set", "attempt"})
    for one in sets:
        for attempt in one.injections:
            cells = (one.name, attempt.id, attempt.technique, attempt.language, attempt.aim)
            table.add_row(*(Text(printable(cell)) for cell in cells))
    Console().print(table)


def show_resistance(found: Resistance, *, as_json: bool) -> None:
    """A row, or a JSON object, for each set and for all of them."""
    lines = {**found.by_way, _ALL: (found.plain, found.guarded)}
    if as_json:
        for way, (plain, guarded) in lines.items():
            fields = {"set": way, "plain": _fields(plain), "guarded": _fields(guarded)}
            more = {"difference": _difference(found)} if way == _ALL else {}
            click.echo(json.dumps({**fields, **more}))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("set", no_wrap=True)
    for heading in ("tried", "obeyed", "guarded", "task done", "withheld"):
        table.add_column(heading, justify="right", no_wrap=True)
    for way, (plain, guarded) in lines.items():
        cells = (_share(plain.success), _share(guarded.success))
        tasks = f"{_value(plain.task)} / {_value(guarded.task)}"
        table.add_row(way, str(len(plain.tried)), *cells, tasks, _value(guarded.withheld))
    Console().print(table)
    click.echo(
        "Shares of answered attempts, 95 % intervals; task done: plainly / behind the guard."
    )
    _sum_up(found)


def _sum_up(found: Resistance) -> None:
    one = found.difference
    if one is not None:
        ends = f"{one.interval.low:+.2f} to {one.interval.high:+.2f}"
        sure = f"({ends}), p = {one.p_value:.4f}, {one.items} pairs"
        click.echo(f"Behind the guard less plainly: {one.difference:+.2f} {sure}.")
    for arm in (found.plain, found.guarded):
        failed = [tried.reply.failure for tried in arm.tried if tried.reply.failure]
        if failed:
            why = printable(failed[0])
            click.echo(f"{arm.name}: {len(failed)} failed, the first: {why}", err=True)


def _fields(arm: Arm) -> dict[str, object]:
    return {
        "tried": len(arm.tried),
        "failed": len(arm.tried) - len(arm.answered),
        "succeeded": [one.injection.id for one in arm.answered if one.succeeded],
        "success": _ends(arm.success),
        "task": _ends(arm.task),
        "withheld": _ends(arm.withheld),
    }


def _ends(share: Share | None) -> dict[str, float] | None:
    if share is None:
        return None
    return {"value": share.value, "low": share.interval.low, "high": share.interval.high}


def _difference(found: Resistance) -> dict[str, float] | None:
    one = found.difference
    if one is None:
        return None
    return {
        "value": one.difference,
        "low": one.interval.low,
        "high": one.interval.high,
        "p_value": one.p_value,
        "pairs": one.items,
    }


def _share(share: Share | None) -> str:
    if share is None:
        return "-"
    return f"{share.value:.2f} ({share.interval.low:.2f}-{share.interval.high:.2f})"


def _value(share: Share | None) -> str:
    return "-" if share is None else f"{share.value:.2f}"
