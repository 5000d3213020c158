"""What `align compare` prints and writes."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from alignkit.cli.rendering import side_by_side
from alignkit.errors import ModelError
from alignkit.report import Column, Comparison
from alignkit.schema import Scenario
from alignkit.service import Ways, Workbench, compare, write_record, write_text

_PART_FAILED = 5


class Columns:
    """Decides, prints and keeps comparisons."""

    def __init__(self, workbench: Workbench, *, as_json: bool, records: Path | None) -> None:
        """Decide with `workbench`; print JSON lines or tables; keep records in `records`."""
        self._workbench = workbench
        self._as_json = as_json
        self._records = records
        self._console = Console()
        self._errors = Console(stderr=True)
        self._done: list[Comparison] = []

    async def show(self, scenario: Scenario, ways: Ways) -> None:
        """Decide `scenario` in all `ways` and print the comparison."""
        columns: list[Column] = []
        total = len(ways.profiles) * len(ways.deciders) * len(ways.models)
        with self._errors.status(_way(scenario, 1, total)) as status:
            async for column in compare(scenario, ways, self._workbench):
                columns.append(column)
                status.update(_way(scenario, len(columns) + 1, total))
                self._keep(column)
        comparison = Comparison(scenario=scenario, columns=tuple(columns))
        self._done.append(comparison)
        if not self._as_json:
            self._console.print(side_by_side(comparison, self._console.width))

    def finish(self, html: Path | None) -> int:
        """Write the page if it is wanted; gives the exit code."""
        if html is not None:
            from alignkit.report.page import comparison_page

            write_text(html, comparison_page(self._done))
            click.echo(f"The page: {html}", err=self._as_json)
        outcomes = [c.record.decision.outcome for one in self._done for c in one.columns]
        failed = outcomes.count("failed")
        if failed == len(outcomes):
            return ModelError.exit_code
        return _PART_FAILED if failed else 0

    def _keep(self, column: Column) -> None:
        if self._as_json:
            click.echo(column.record.decision.model_dump_json())
        if self._records is not None:
            write_record(self._records, column.record)


def _way(scenario: Scenario, number: int, total: int) -> Text:
    return Text(f"{scenario.id}: {number} of {total} ...")
