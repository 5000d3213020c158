"""A report as one page for a browser: a single file that loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Callable

from alignkit.report.environment import template
from alignkit.report.run.budget import cut
from alignkit.report.run.drawing import SIDE, STRIP
from alignkit.report.run.embedding import MOST_TEXT, embedded
from alignkit.report.run.findings import Findings
from alignkit.report.run.items import MOST_RECORDS, Items
from alignkit.report.run.numbers import number
from alignkit.report.run.sections.every import sections_of
from alignkit.report.run.tabular import table_link
from alignkit.report.run.verdicts import cautions, headline, nothing, verdicts
from alignkit.schema import Record

MOST_BYTES = 6_000_000
"""No report is larger."""
_FEWER: tuple[tuple[float, int | None], ...] = (
    *((1.0, None), (0.5, None), (0.2, None), (0.2, 1_000), (0.1, 300)),
    *((0.0, 300), (0.0, 100), (0.0, 30), (0.0, 0)),
)
"""Shares of the usual text of records, and rows of tables and plots (None for all), that are tried
until a report is small enough."""


def report_page(
    found: Findings, find: Callable[[str], Record | None], *, most: int = MOST_RECORDS
) -> str:
    """One self-contained HTML page, at most 6 MB; every text is shown as text, whatever it says.

    Args:
        found: all figures of the run.
        find: gives the record of a decision, None where none was kept.
        most: so many records at most are in it.
    """
    items = Items(found.pairs)
    whole = sections_of(found, items)
    html = ""
    for share, rows in _FEWER:
        sections = whole if rows is None else cut(whole, rows)
        records = embedded(items.chosen(), find, most=most, most_bytes=int(MOST_TEXT * share))
        html = template("run/report.html.j2").render(
            found=found,
            run=found.run,
            headline=headline(found),
            cautions=cautions(found),
            verdicts=verdicts(found),
            nothing=nothing(whole),
            sections=sections,
            lists=items.lists,
            lists_left_out=items.left_out,
            records=records,
            csv=table_link,
            number=number,
            side=SIDE,
            strip=STRIP,
        )
        if len(html.encode("utf-8", errors="replace")) <= MOST_BYTES:
            break
    return html
