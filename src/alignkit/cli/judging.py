"""The table of judges, part by part as it is measured, and the lines beside what they judged."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.errors import DataError
from alignkit.evaluate.judging.quality import Quality
from alignkit.evaluate.judging.texts import TRUER
from alignkit.service.free_text import AnswerFigures, AnswerStep
from alignkit.service.judge_words import number, quality_lines
from alignkit.service.judging import JudgeStep, Measured

_HEADINGS = ("about", "figure", "value", "from", "to", "chance", "texts", "groups")
_NAMES = 2
_NOTHING = "Nothing to compare: people said the same of all these texts, or the judge failed."


class JudgeBoard(Working):
    """Prints what is measured as it comes; a context manager."""

    def __init__(self, *, as_json: bool) -> None:
        """Print a JSON object a part, or tables for people."""
        super().__init__("judging ...")
        self._as_json = as_json
        self.answered = False
        """Whether any judge said anything."""
        self._console = Console()
        self._start = time.monotonic()

    def show(self, step: JudgeStep) -> None:
        """Print the part that is complete, if one is, and the progress."""
        if step.notes:
            self.note(step.notes)
        if step.measured is not None:
            self._status.stop()
            self._print(step.measured)
            self._status.start()
        minutes = (time.monotonic() - self._start) / 60
        self._status.update(f"judging ... {step.done} of {step.total} texts, {minutes:.0f} min")

    def _print(self, found: Measured) -> None:
        self.answered = self.answered or found.failed < found.texts
        if self._as_json:
            click.echo(found.model_dump_json(exclude={"key"}))
            return
        self._console.print(Text(f"{found.part} by {printable(found.model)}", style="bold"))
        self._console.print(Text(_about(found), style="bright_black"))
        self._console.print(_table(found.qualities) if found.qualities else _NOTHING)
        if found.failed:
            click.echo(f"{found.failed} failed, the first: {printable(found.failure)}", err=True)
        self._console.print()


class AnswerBoard(Working):
    """Shows at a terminal how far the comparison is; a context manager."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        super().__init__("answering ...")
        self._start = time.monotonic()

    def show(self, step: AnswerStep) -> None:
        """Show the progress."""
        if step.notes:
            self.note(step.notes)
        minutes = (time.monotonic() - self._start) / 60
        done = f"{step.done} of {step.total} questions"
        self._status.update(f"answering ... {done}, {minutes:.0f} min")


def show_answers(found: AnswerFigures | None, judged: Sequence[Measured], *, as_json: bool) -> None:
    """What free answers came to, and below it how good their judge is."""
    if found is None:
        raise DataError("There was no question to answer.")
    quality = [one for one in judged if one.part == "pairs"]
    if as_json:
        judges = [one.model_dump(mode="json", exclude={"key"}) for one in quality]
        click.echo(json.dumps({**found.model_dump(mode="json"), "judged_by": judges}))
        return
    click.echo(
        f"{found.questions} questions; not answered: plainly {found.plain_missing}, ", nl=False
    )
    click.echo(f"under {printable(found.profile)} {found.under_missing}; failed {found.failed}.")
    if found.failure:
        click.echo(f"The first failed because: {printable(found.failure)}", err=True)
    if found.preferred is not None:
        ends = f"95 % {number(found.low)} to {number(found.high)}, p = {found.p_value:.4f}"
        share = f"{number(found.preferred)} of {found.compared} answers ({ends})"
        click.echo(f"The one under the profile is found truer in {share}; 0.50 is no difference.")
        click.echo(f"The judge names the same answer in both orders in {number(found.steady)}.")
    show_quality(quality, [TRUER])


def show_quality(found: Sequence[Measured], about: Iterable[str]) -> None:
    """Print how good a judge is at the things in `about`, below what it judged."""
    for place, line in enumerate(quality_lines(found, about)):
        click.echo(f"  {line}" if place else line)


def _about(found: Measured) -> str:
    failed = f", {found.failed} failed" if found.failed else ""
    tokens = found.usage.tokens_evaluated / max(found.texts - found.failed, 1)
    return (
        f"{found.source}; {found.texts} texts{failed}; {tokens:.0f} tokens and "
        f"{found.usage.seconds / max(found.texts - found.failed, 1):.1f} s each"
    )


def _table(qualities: Iterable[Quality]) -> Table:
    table = Table(box=None, pad_edge=False)
    for place, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="left" if place < _NAMES else "right", overflow="fold")
    for quality in qualities:
        for cells in _rows(quality):
            table.add_row(*map(Text, cells))
    return table


def _rows(quality: Quality) -> Iterator[tuple[str, ...]]:
    for one in quality.figures:
        ends = (number(one.low), number(one.high))
        counts = (str(one.items), str(one.groups))
        figures = (number(one.value), *ends, number(one.chance))
        yield (printable(quality.about), one.name, *figures, *counts)
