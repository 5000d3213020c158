"""What `align decide` prints: a card, rows, or JSON lines; and the exit code it comes to."""

from __future__ import annotations

import time
from collections import Counter

import click
from rich.console import Console

from alignkit.cli.rendering import Rows, card
from alignkit.errors import DataError, ModelError
from alignkit.schema import Usage
from alignkit.service import Decided

_PART_FAILED = 5


class Printer:
    """Prints decisions as they come and keeps count."""

    def __init__(self, *, as_json: bool, single: bool) -> None:
        """Print JSON lines, or for people: a card for a `single` decision, rows for many."""
        self._as_json = as_json
        self._single = single
        self._console = Console()
        self._rows = Rows(self._console)
        self._outcomes: Counter[str] = Counter()
        self._usage = Usage()
        self._start = time.monotonic()

    def show(self, decided: Decided) -> None:
        """Print one decision, now.

        Raises:
            AlignkitError: the only scenario there is cannot be decided as it stands.
        """
        if self._single and decided.error is not None:
            raise decided.error
        decision = decided.decision
        if self._as_json:
            click.echo(decision.model_dump_json())
        elif self._single and decided.record is not None:
            record = decided.record
            self._console.print(card(record.scenario, decision, record.attributes))
        else:
            if not self._outcomes:
                self._rows.header()
            self._rows.row(decision, decided.item.scenario)
        self._outcomes[decision.outcome] += 1
        self._usage += decision.usage

    def finish(self) -> int:
        """Sum up on standard error; gives the exit code."""
        failed = self._outcomes["failed"]
        if self._single:
            return ModelError.exit_code if failed else 0
        if not self._outcomes:
            raise DataError("There was nothing to decide.")
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.items())
        usage, seconds = self._usage, time.monotonic() - self._start
        click.echo(
            f"{counts} in {seconds:.1f} s; {usage.tokens_evaluated} of {usage.tokens_submitted} "
            "tokens evaluated.",
            err=True,
        )
        return _PART_FAILED if failed else 0
