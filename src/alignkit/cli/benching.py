"""The table of methods, row by row as it is measured, and what is said below it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import click
from rich.console import Console
from rich.text import Text

from alignkit.cli.progress import Working
from alignkit.evaluate.by_attribute import AttributeFigures, by_attribute
from alignkit.evaluate.margins import Margin
from alignkit.service.benching import Row, Step


@dataclass(frozen=True)
class Columns:
    """The columns of a table: names first, then figures."""

    names: Mapping[str, int]
    """Headings with their widths."""
    figures: Mapping[str, int]

    def after(self, widths: Mapping[str, int]) -> Columns:
        """The same columns, those named in `widths` as wide as it says."""
        return Columns({**self.names, **widths}, self.figures)

    @property
    def heading(self) -> list[str]:
        """What stands in the first line."""
        return [*self.names, *self.figures]

    def row(self, cells: Sequence[str], room: int | None) -> str:
        """Names to the left, figures to the right; a long name moves what follows.

        Where that takes more than `room` cells, the figures have a line of their own.
        """
        left = [cell.ljust(width) for cell, width in zip(cells, self.names.values(), strict=False)]
        rest = cells[len(left) :]
        right = [cell.rjust(width) for cell, width in zip(rest, self.figures.values(), strict=True)]
        if room is None or len(" ".join([*left, *right])) <= room:
            return " ".join([*left, *right]).rstrip()
        return f"{' '.join(left).rstrip()}\n  {' '.join(right)}"


_WHO = {"decider": 34, "model": 20, "family": 16}
_ROWS = Columns(
    _WHO,
    {
        "items": 5,
        "high": 4,
        "low": 4,
        "macro": 5,
        "from": 4,
        "to": 4,
        "chance": 6,
        "constant": 8,
        "order": 5,
    }
    | {"auc": 5, "brier": 5, "open": 4, "calls": 5, "tokens": 6, "seconds": 7},
)
_ATTRIBUTES = Columns(
    _WHO | {"attribute": 32}, {"items": 6, "high": 5, "low": 5, "auc": 6, "from": 6, "to": 6}
)
_MARGINS = Columns(_WHO, {"clusters": 8, "margin": 7, "from": 7, "to": 7, "p": 7})


class Board(Working):
    """Prints each row when it is complete, and how far the measuring is; a context manager."""

    def __init__(
        self,
        *,
        as_json: bool,
        attributes: bool = False,
        names: Sequence[Collection[str]] = (),
        room: int | None = None,
    ) -> None:
        """Print JSON lines, or a table for people; below it the figures of all `attributes`.

        Columns are as wide as the `names` of deciders, models and families that will come. Rows
        that do not fit in a terminal of `room` cells take two lines; without one they stay whole.
        """
        super().__init__("measuring ...")
        self._who = _WHO | {
            heading: max(len(heading), *map(len, expected))
            for heading, expected in zip(_WHO, names, strict=False)
        }
        self._room = room
        self._as_json = as_json
        self._attributes = attributes
        self._rows: list[Row] = []
        self._console = Console(width=200, soft_wrap=True)
        self._start = time.monotonic()

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

    def end(self, against: str | None, margins: Sequence[Margin]) -> None:
        """Print what stands below the table; `against` is what the others were compared with."""
        self._status.stop()
        if against is not None and not margins:
            what = f"nothing to compare with {against}: that takes two scenarios of a family"
            click.echo(f"skipped: {what}, decided both ways", err=True)
        if self._as_json:
            self._json(map(_margin_fields, margins))
            return
        if self._attributes:
            found = [(row, by_attribute(row.judged)) for row in self._rows]
            lines = [_of_attribute(row, *one) for row, part in found for one in part.items()]
            self._table("By attribute", _ATTRIBUTES.after(self._who), lines)
        if margins:
            title = f"Right choices more than {margins[0].against}"
            self._table(title, _MARGINS.after(self._who), map(_margin_cells, margins))

    def _print(self, row: Row) -> None:
        self._rows.append(row)
        if self._as_json:
            self._json([_fields(row)])
            return
        if len(self._rows) == 1:
            self._heading(_ROWS.after(self._who))
        self._console.print(Text(_ROWS.after(self._who).row(_cells(row), self._room)))

    def _table(self, title: str, columns: Columns, lines: Iterable[Sequence[str]]) -> None:
        self._console.print()
        self._bold(title)
        self._heading(columns)
        for cells in lines:
            self._console.print(Text(columns.row(cells, self._room)))

    def _heading(self, columns: Columns) -> None:
        self._bold(columns.row(columns.heading, self._room))

    def _bold(self, line: str) -> None:
        self._console.print(Text(line, style="bold"))

    @staticmethod
    def _json(rows: Iterable[Mapping[str, object]]) -> None:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))


def _fields(row: Row) -> dict[str, object]:
    """The row as JSON has it, where a figure that is not a number is null."""
    return {
        "decider": row.decider,
        "model": row.model,
        "sha256": row.sha256,
        "family": row.family,
        **{name: _known(value) for name, value in asdict(row.figures).items()},
        "attributes": {
            name: _attribute_fields(found) for name, found in by_attribute(row.judged).items()
        },
    }


def _attribute_fields(found: AttributeFigures) -> dict[str, object]:
    interval = found.auc_interval
    return {
        "items": found.items,
        "high": _known(found.high),
        "low": _known(found.low),
        "auc": found.auc,
        "auc_low": interval.low if interval else None,
        "auc_high": interval.high if interval else None,
    }


def _margin_fields(margin: Margin) -> dict[str, object]:
    mean = margin.difference
    return {
        "decider": margin.decider,
        "against": margin.against,
        "model": margin.model,
        "family": margin.family,
        "families": list(margin.families),
        "clusters": mean.clusters,
        "margin": mean.value,
        "margin_low": mean.interval.low,
        "margin_high": mean.interval.high,
        "p_value": margin.p_value,
    }


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


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
        _short(found.macro_low),
        _short(found.macro_high),
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


def _of_attribute(row: Row, name: str, found: AttributeFigures) -> list[str]:
    interval = found.auc_interval
    return [
        row.decider,
        row.model,
        row.family,
        name,
        str(found.items),
        f"{found.high:.2f}",
        f"{found.low:.2f}",
        _share(found.auc),
        _share(interval.low if interval else None),
        _share(interval.high if interval else None),
    ]


def _margin_cells(margin: Margin) -> list[str]:
    mean = margin.difference
    signed = [f"{value:+.3f}" for value in (mean.value, mean.interval.low, mean.interval.high)]
    return [
        margin.decider,
        margin.model,
        margin.family or f"all {len(margin.families)} alike",
        str(mean.clusters),
        *signed,
        f"{margin.p_value:.4f}",
    ]
