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
from alignkit.evaluate.judging.quality import Agreement, Quality
from alignkit.evaluate.judging.texts import HARMFUL, SUPPORTED, TRUER
from alignkit.schema import Reply
from alignkit.service.free_text import AnswerFigures, AnswerStep
from alignkit.service.judging import JudgeStep, Measured

_HEADINGS = ("about", "figure", "value", "from", "to", "chance", "texts", "groups")
_NAMES = 2
_NOTHING = "Nothing to compare: people said the same of all these texts, or the judge failed."
_CHECKS = {"claims": SUPPORTED, "harm": HARMFUL}
"""By check of drafts: what of it is measured."""


class JudgeBoard(Working):
    """Prints what is measured as it comes; a context manager."""

    def __init__(self, *, as_json: bool) -> None:
        """Print a JSON object a part, or tables for people."""
        super().__init__("judging ...")
        self._as_json = as_json
        self._console = Console()
        self._start = time.monotonic()

    def show(self, step: JudgeStep) -> None:
        """Print the part that is complete, if one is, and the progress."""
        if step.measured is not None:
            self._status.stop()
            self._print(step.measured)
            self._status.start()
        minutes = (time.monotonic() - self._start) / 60
        self._status.update(f"judging ... {step.done} of {step.total} texts, {minutes:.0f} min")

    def _print(self, found: Measured) -> None:
        if self._as_json:
            click.echo(found.model_dump_json(exclude={"key"}))
            return
        self._console.print(Text(f"{found.part} by {printable(found.model)}", style="bold"))
        self._console.print(Text(_about(found), style="bright_black"))
        self._console.print(_table(found.qualities) if found.qualities else _NOTHING)
        self._console.print()


class AnswerBoard(Working):
    """Shows at a terminal how far the comparison is; a context manager."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        super().__init__("answering ...")
        self._start = time.monotonic()

    def show(self, step: AnswerStep) -> None:
        """Show the progress."""
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
    if found.preferred is not None:
        ends = f"95 % {_number(found.low)} to {_number(found.high)}, p = {found.p_value:.4f}"
        share = f"{_number(found.preferred)} of {found.compared} answers ({ends})"
        click.echo(f"The one under the profile is found truer in {share}; 0.50 is no difference.")
        click.echo(f"The judge names the same answer in both orders in {_number(found.steady)}.")
    for line in quality_lines(quality, [TRUER]):
        click.echo(line)


def looked_at(reply: Reply) -> set[str]:
    """What the judge looked at in the drafts of `reply`, as figures of judges name it."""
    found = [one for draft in reply.drafts for one in draft.findings]
    return {one.about for one in found} | {
        _CHECKS[one.check] for one in found if one.check in _CHECKS
    }


def quality_lines(found: Sequence[Measured], about: Iterable[str]) -> list[str]:
    """A sentence for each figure that says how good a judge is at one of the things in `about`.

    Without any, what measures it.
    """
    wanted = set(about)
    lines = [
        f"{quality.about}: {_sentence(quality.figures[0])} ({_short(one.source)})"
        for one in found
        for quality in one.qualities
        if quality.about in wanted
    ]
    if not lines:
        return ["How well this model judges was not measured; `align bench judge` does."]
    return ["How well this model judges, held against people:", *(f"  {one}" for one in lines)]


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
        ends = (_number(one.low), _number(one.high))
        counts = (str(one.items), str(one.groups))
        figures = (_number(one.value), *ends, _number(one.chance))
        yield (printable(quality.about), one.name, *figures, *counts)


def _sentence(one: Agreement) -> str:
    ends = "" if one.low is None else f", 95 % {_number(one.low)} to {_number(one.high)}"
    return f"{one.name} {_number(one.value)}{ends}, {_number(one.chance)} by chance"


def _short(source: str) -> str:
    """The name of a data set without who published it and when."""
    return source.split(None, 1)[0].rstrip(",")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
