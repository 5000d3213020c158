"""What `align stress` prints: a table for people, or JSON lines; and the exit code it comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.cli.rendering import bar
from alignkit.errors import DataError, ModelError
from alignkit.schema import Decision
from alignkit.service import StressReport, Unchanged, Varied, write_record
from alignkit.stress import Figures, KindFigures, Stability, Trial

_NEGATIVE, _PART_FAILED = 1, 5
_MOST_REASONS = 4
"""Reasons or scenarios that are printed of many; `--json` has them all."""
_BAR = 8
"""Cells of a bar, so that the table fits 80 columns."""
_SEEN = 0.005
"""Smaller distances are printed as 0.00."""


class Stressing(Working):
    """Prints trials as they come, and the report; a context manager.

    At a terminal a line on standard error shows how far it is.
    """

    def __init__(self, *, as_json: bool, single: bool, records: Path | None) -> None:
        """Print JSON lines or a table; keep records in `records`; a `single` fault is an error."""
        super().__init__("deciding ...")
        self._as_json = as_json
        self._single = single
        self._records = records
        self._scenario, self._total, self._done = "", 0, 0
        self._bad_items = 0

    def show(self, step: Unchanged | Varied) -> None:
        """Print one decision, and keep its record.

        Raises:
            AlignkitError: the only scenario there is cannot be decided as it stands.
        """
        if isinstance(step, Unchanged):
            self._begin(step)
        else:
            self._done += 1
            self._print("variant", step.trial.model_dump(mode="json"))
        record = step.decided.record if isinstance(step, Unchanged) else step.record
        if record is not None and self._records is not None:
            write_record(self._records, record)
        place = f"{self._done} of {self._total}"
        self._status.update(Text(f"{printable(self._scenario)}: {place} variants ..."))

    def _begin(self, step: Unchanged) -> None:
        if self._single and step.decided.error is not None:
            raise step.decided.error
        self._bad_items += step.decided.error is not None
        decision = step.decided.decision
        self._scenario, self._total, self._done = decision.scenario, step.count, 0
        self._print("unchanged", _unchanged(decision) | {"variants": step.count})

    def _print(self, what: str, fields: Mapping[str, object]) -> None:
        if self._as_json:
            self._status.stop()  # else its line and ours would share one
            click.echo(json.dumps({"type": what, **fields}, ensure_ascii=False))
            self._status.start()

    def finish(self, report: StressReport, least: float | None) -> int:
        """Print the report; gives the exit code, 1 where `least` is not reached."""
        self._status.stop()
        if not report.scenarios and not report.unmeasured:
            raise DataError("There was nothing to decide.")
        if self._as_json:
            self._print_lines(report)
        else:
            _print_report(report)
        for scenario, reason in report.unmeasured.items():
            click.echo(f"align: {printable(f'{scenario}: not measured: {reason}')}", err=True)
        if not report.scenarios and not self._bad_items:
            return ModelError.exit_code  # the model did its part in none of them
        return _code(report, least)

    def _print_lines(self, report: StressReport) -> None:
        for one in report.kinds:
            line = {"type": "kind", **one.model_dump(mode="json")}
            click.echo(json.dumps(line, ensure_ascii=False))
        rest = report.model_dump(mode="json", exclude={"kinds", "overall"})
        overall = {"type": "overall", **rest, **report.overall.model_dump(mode="json")}
        click.echo(json.dumps(overall, ensure_ascii=False))


def _unchanged(decision: Decision) -> dict[str, object]:
    return {
        "scenario": decision.scenario,
        "outcome": decision.outcome,
        "choice": decision.choice,
        "probabilities": decision.probabilities,
        "decision": decision.id,
        "reason": decision.reason,
    }


def _code(report: StressReport, least: float | None) -> int:
    overall = report.overall
    if least is not None:
        share = overall.stability.share if overall.stability else None
        if share is None or share < least:
            is_ = "There was no choice to keep" if share is None else f"Stability is {share:.2f}"
            click.echo(f"align: {is_}, and {least:g} is asked for.", err=True)
            return _NEGATIVE
    failed = overall.failed + overall.held_failed + len(report.unmeasured)
    return _PART_FAILED if failed else 0


def _print_report(report: StressReport) -> None:
    console = Console()
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("kind", "tried", "kept the choice", "95 % interval"):
        table.add_column(heading, no_wrap=True)
    table.add_column("otherwise", overflow="fold")
    table.add_column("moved:\nmean, largest", no_wrap=True)
    for one in report.kinds:
        table.add_row(*_cells(one.kind, one))
    table.add_row(*_cells("all", report.overall), style="bold")
    console.print(table)
    for one in report.kinds:
        for line in _lines(one, several=report.scenarios > 1):
            console.print(Text(printable(line)), soft_wrap=True)
    who = f"{report.profile or 'no profile'}, {report.decider}, {report.model}"
    writer = f"; rewrites by {report.rewriter}, seed {report.seed}" if report.rewriter else ""
    count = f"{report.scenarios} scenario{'s' * (report.scenarios != 1)}"
    console.print(Text(f"{count}; {who}{writer}", style="bright_black"), soft_wrap=True)


def _cells(name: str, one: Figures) -> Sequence[Text]:
    tried = one.tried + one.held
    moved = "-"
    if one.mean_distance is not None and one.largest_distance is not None:
        moved = f"{one.mean_distance:.2f}, {one.largest_distance:.2f}"
    cells = (name, str(tried), _kept(one.stability), _interval(one.stability), _rest(one), moved)
    return [Text(cell) for cell in cells]


def _kept(stability: Stability | None) -> str:
    return "-" if stability is None else f"{bar(stability.share, _BAR)} {stability.share:.2f}"


def _interval(stability: Stability | None) -> str:
    return "-" if stability is None else f"{stability.low:.2f} to {stability.high:.2f}"


def _rest(one: Figures) -> str:
    """What became of those that did not keep the choice."""
    counts = {
        "changed": one.changed,
        "escalated": one.escalated,
        "failed": one.failed + one.held_failed,
        "released": one.released,
        "still escalated": one.held - one.released - one.held_failed,
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "-"


def _lines(one: KindFigures, *, several: bool) -> Iterator[str]:
    """What is to be said about one kind below the table."""
    worst = one.worst
    if worst is not None and (worst.fate != "kept" or (worst.distance or 0.0) >= _SEEN):
        yield f"{one.kind}, at worst: {worst_in_words(worst)}"
    if one.aimed:
        yield f"{one.kind}: {one.followed} of {one.aimed} that asked for another choice got it"
    yield from _listed(f"{one.kind}, failed", one.failures)
    yield from _listed(f"{one.kind}, rewrite not used", one.rejected)
    for note, scenarios in one.notes.items():
        yield f"{one.kind}: {note}" + (f" ({_some(scenarios)})" if several else "")


def _listed(what: str, reasons: Sequence[str]) -> Iterator[str]:
    yield from (f"{what}: {reason}" for reason in reasons[:_MOST_REASONS])
    if len(reasons) > _MOST_REASONS:
        yield f"{what}: {len(reasons) - _MOST_REASONS} more (--json lists them)"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_REASONS])
    more = len(names) - _MOST_REASONS
    return f"{shown} and {more} more" if more > 0 else shown


def worst_in_words(trial: Trial) -> str:
    """The variant, what was decided on it, and how far the probabilities moved."""
    became = {
        "kept": f"kept {trial.choice}",
        "changed": f"{trial.choice} instead of {trial.before}",
        "escalated": "escalated",
        "released": f"{trial.choice}, which was escalated before",
    }
    moved = f"moved by {trial.distance:.2f}" if trial.distance is not None else "failed"
    return f"{trial.scenario}, {trial.change}: {became.get(trial.fate, 'failed')}; {moved}"
