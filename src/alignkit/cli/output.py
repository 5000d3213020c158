"""What `align decide` prints: a card, rows, or JSON lines; and the exit code it comes to."""

from __future__ import annotations

import time
from collections import Counter

import click
from rich.console import Console

from alignkit.cli.printable import printable
from alignkit.cli.progress import Working
from alignkit.cli.rendering import Rows, card
from alignkit.errors import DataError, ModelError
from alignkit.library import Library
from alignkit.schema import Usage
from alignkit.service import Decided
from alignkit.service.checking import oddities
from alignkit.service.inputs import Item

_PART_FAILED = 5


class Printer(Working):
    """Prints decisions as they come and keeps count; a context manager.

    At a terminal a line on standard error shows that the model works, and how far it is.
    """

    def __init__(self, library: Library, *, as_json: bool, single: bool) -> None:
        """Print JSON lines, or for people: a card for a `single` decision, rows for many.

        The attributes of the `library` are those that values can be of.
        """
        super().__init__("deciding ...")
        self._library = library
        self._warned: set[str] = set()
        self._as_json = as_json
        self._single = single
        self._console = Console()
        self._rows = Rows(self._console)
        self._outcomes: Counter[str] = Counter()
        self._bad_items = 0
        self._usage = Usage()
        self._start = time.monotonic()

    def warn(self, item: Item) -> None:
        """Print what is odd about `item`; a name only once."""
        if item.scenario is None or item.document is None:
            return
        for oddity in oddities(item.document, item.scenario, self._library):
            if oddity.name not in self._warned:
                self._warned.add(oddity.name)
                self._status.stop()
                line = " ".join(filter(None, (oddity.message, oddity.hint)))
                click.echo(f"warning: {printable(line)}", err=True)

    def show(self, decided: Decided) -> None:
        """Print one decision, now.

        Raises:
            AlignkitError: the only scenario there is cannot be decided as it stands.
        """
        if self._single and decided.error is not None:
            raise decided.error
        self._status.stop()  # else its line and ours would share one
        self._print(decided)
        self._outcomes[decided.decision.outcome] += 1
        self._bad_items += decided.error is not None
        self._usage += decided.decision.usage
        if not self._single:
            self._status.update(f"deciding ... {self._counts()}, {self._rate():.2g}/s")
            self._status.start()

    def _print(self, decided: Decided) -> None:
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

    def finish(self) -> int:
        """Sum up on standard error; gives the exit code."""
        self._status.stop()
        failed = self._outcomes["failed"]
        if self._single:
            return ModelError.exit_code if failed else 0
        if not self._outcomes:
            raise DataError("There was nothing to decide.")
        usage, seconds = self._usage, time.monotonic() - self._start
        tokens = f"{usage.tokens_evaluated} of {usage.tokens_submitted} tokens evaluated"
        click.echo(f"{self._counts()} in {seconds:.1f} s; {tokens}.", err=True)
        if failed == self._outcomes.total() and not self._bad_items:
            return ModelError.exit_code  # the model did its part in none of them
        return _PART_FAILED if failed else 0

    def _counts(self) -> str:
        return ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.items())

    def _rate(self) -> float:
        return self._outcomes.total() / max(time.monotonic() - self._start, 1e-9)
