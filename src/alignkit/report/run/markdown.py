"""A report as Markdown: verdicts, then every table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alignkit.report.run.blocks import Section, Table, Value
from alignkit.report.run.findings import Findings
from alignkit.report.run.numbers import number
from alignkit.report.run.verdicts import cautions, headline, nothing, verdicts

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")
_MOST_ROWS = 200
_MARKS = {"yes": "shown", "no": "not so", "open": "cannot tell", "note": "note"}


def report_markdown(found: Findings, sections: Sequence[Section]) -> str:
    """The report as Markdown text; what comes from scenarios and models is escaped."""
    run = found.run
    parts = [
        f"# Report: {escaped(run.name)}",
        escaped(headline(found)),
        f"Run {escaped(run.id)}, made {run.created:%Y-%m-%d %H:%M %Z}.",
        *(f"> **Caution.** {escaped(text)}" for text in cautions(found)),
        "## What the run shows",
        "\n".join(f"- **{_MARKS[one.tone]}**: {escaped(one.text)}" for one in verdicts(found))
        or nothing(sections),
    ]
    for section in sections:
        parts += [f"## {escaped(section.title)}", escaped(section.lead)]
        for block in section.blocks:
            parts += [f"### {escaped(block.title)}", escaped(block.hint), _table(block.table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    """`text` so that Markdown shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _table(table: Table) -> str:
    lines = [
        "| " + " | ".join(escaped(name.replace("_", " ")) for name in table.columns) + " |",
        "|" + " --- |" * len(table.columns),
        *(
            "| " + " | ".join(_cell(value) for value in row) + " |"
            for row in table.rows[:_MOST_ROWS]
        ),
    ]
    more = len(table.rows) - _MOST_ROWS
    return "\n".join(lines) + (f"\n\n{more:,} more rows: `--format csv`." if more > 0 else "")


def _cell(value: Value) -> str:
    if isinstance(value, float):
        return number(value, digits=3)
    return "" if value is None else escaped(str(value))
