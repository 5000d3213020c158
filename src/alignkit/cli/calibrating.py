"""What `align calibrate` prints: how far it is, a table, thresholds, the page."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.report.reliability import guarantee_words, reliability_page, threshold_words
from alignkit.schema import Attribute, AttributeCalibration, Calibration, Threshold
from alignkit.service import write_text
from alignkit.service.calibration.calibrating import Learned, Step
from alignkit.service.calibration.kept import label_of

_MISSED = 1
"""Exit code where no threshold keeps an error rate: a negative verdict."""


class Results(Working):
    """Shows how far the learning is, then what was learned; a context manager."""

    def __init__(self, *, as_json: bool) -> None:
        """Print JSON lines, or a table for people."""
        super().__init__("calibrating ...")
        self._as_json = as_json
        self._console = Console()
        self._start = time.monotonic()
        self._learned: Learned | None = None

    def show(self, step: Step) -> None:
        """Say how far it is, and keep what was learned."""
        rate = step.done / max(time.monotonic() - self._start, 1e-9)
        self._status.update(f"calibrating ... {step.done} of {step.total} decisions, {rate:.2g}/s")
        self._learned = step.learned

    def finish(self, report: Path | None, attributes: Mapping[str, Attribute]) -> int:
        """Print what was learned, write the page if it is wanted; gives the exit code."""
        self._status.stop()
        learned = self._learned
        if learned is None:
            raise ValueError("nothing was learned")
        if self._as_json:
            _print_json(learned)
        else:
            self._print(learned)
        if report is not None:
            titles = {name: attributes[name].title for name in learned.attributes}
            update = {"attributes": learned.attributes, "thresholds": learned.thresholds}
            now = learned.calibration.model_copy(update=update)
            write_text(report, reliability_page(now, learned.label, titles))
            click.echo(f"The page: {printable(str(report))}", err=self._as_json)
        for note in learned.notes:
            click.echo(printable(note), err=True)
        return _MISSED if learned.missed else 0

    def _print(self, learned: Learned) -> None:
        self._console.print(_table(learned.attributes))
        for one in learned.thresholds:
            click.echo(f"Profile {one.name} {threshold_words(one)}\n{guarantee_words(one)}")
        for name, why in learned.missed.items():
            click.echo(f"Profile {name} leaves every decision to a person, because {why}.")
        if learned.ensemble is not None:
            click.echo(f"The weights that fit best: {learned.ensemble}")
        click.echo(f"Kept in {printable(str(learned.path))}")


def show_known(path: Path, found: Calibration, *, as_json: bool) -> None:
    """Print what is kept in the file `path`."""
    if as_json:
        kept = found.model_dump(mode="json", include={"created", "model", "decider"})
        more = {
            "attributes": list(found.attributes),
            "profiles": [t.name for t in found.thresholds],
        }
        click.echo(json.dumps({"file": str(path), **kept, **more}, ensure_ascii=False))
        return
    click.echo(printable(str(path)))
    click.echo(f"  {label_of(found.decider)}, {found.model.name}, {found.created:%Y-%m-%d}")
    for name, one in found.attributes.items():
        click.echo(f"  {name}: {_brief(one)}")
    for threshold in found.thresholds:
        click.echo(f"  profile {threshold.name}: {_promise(threshold)}")


def _brief(one: AttributeCalibration) -> str:
    return f"{one.kind} from {one.scenarios} scenarios of {printable(one.source)}"


def _promise(one: Threshold) -> str:
    return (
        f"decides from a confidence of {one.confidence:.3f} on, for an error rate of "
        f"{one.error_rate:g} with certainty {one.certainty:g}"
    )


def _table(found: Mapping[str, AttributeCalibration]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("attribute", overflow="fold")
    for name in ("scenarios", "kind", "temp.", "direction", "Brier", "ECE"):
        left = name in {"kind", "direction"}
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    for name, one in found.items():
        pairs = (
            (one.before.brier, one.after.brier),
            (one.before.calibration_error, one.after.calibration_error),
        )
        table.add_row(
            Text(name),
            str(one.scenarios),
            one.kind,
            f"{one.temperature:.2f}",
            direction(one),
            *(f"{before:.3f} -> {after:.3f}" for before, after in pairs),
        )
    return table


def direction(found: AttributeCalibration) -> str:
    """Which way estimates are mapped, in a word."""
    if found.estimates is None:
        return "-"
    return "rising" if found.estimates.rising else "falling"


def _print_json(learned: Learned) -> None:
    """One object for each attribute and each profile, and one for what was kept."""
    for name, one in learned.attributes.items():
        facts = {"attribute": name, "direction": direction(one), **one.model_dump(mode="json")}
        click.echo(json.dumps(facts, ensure_ascii=False))
    for promise in learned.thresholds:
        facts = {"profile": promise.name, "abstention": promise.abstention}
        given = promise.model_dump(mode="json", exclude={"name", "profile"})
        click.echo(json.dumps({**facts, **given, "reason": None}, ensure_ascii=False))
    for name, why in learned.missed.items():
        click.echo(json.dumps({"profile": name, "confidence": None, "reason": why}))
    kept = {"file": str(learned.path), "decider": learned.label, "ensemble": learned.ensemble}
    click.echo(json.dumps({**kept, "model": learned.calibration.model.name}, ensure_ascii=False))
