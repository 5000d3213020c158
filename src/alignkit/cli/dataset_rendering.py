"""Data sets for people at a terminal: the list of formats, and the report of a check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alignkit.cli.printable import printable
from alignkit.evaluate.shortcuts import Score, Shortcuts
from alignkit.service import DatasetReport, Format

_MOST = 8
"""Lines of a kind that are printed of many; `--json` has them all."""
_MOST_TAGS = 6
_MOST_PARTS = 4
"""Rules about a part of the items that are shown of an attribute."""
_FAINT = "bright_black"


def print_formats(found: Sequence[Format], data: Path | None) -> None:
    """Print the formats, a block each, and where published files are looked for."""
    console = Console()
    for one in found:
        marks = [*(["found"] if one.found else []), *(["twins"] if one.twins else [])]
        line = Text(one.name, style="bold")
        line.append(f"  {', '.join(marks)}" if marks else "", style="green")
        console.print(line)
        console.print(Text(f"    {one.measures}"))
        console.print(Text(f"    {one.source}. Licence: {one.licence}.", style=_FAINT))
        if one.place:
            console.print(Text(f"    {one.found or one.place}", style=_FAINT), soft_wrap=True)
    where = f"Published files are looked for in {data}." if data else "ALIGN_DATA names no folder."
    console.print(Text(where, style=_FAINT), soft_wrap=True)


def print_report(report: DatasetReport) -> None:
    """Print a check: what was read, what it holds, what it gives away, what to mind."""
    console = Console()
    console.print(Text(printable(report.source), style="bold"), soft_wrap=True)
    for line in _counts(report):
        console.print(Text(printable(line)))
    for line in _some(report.skipped, "skipped items"):
        console.print(Text(f"  {printable(line)}", style="yellow"), soft_wrap=True)
    if any(one.items for one in report.attributes):
        console.print()
        console.print(_balance(report))
        for one in (found for found in report.attributes if not found.scale):
            console.print()
            console.print(Text(one.attribute, style="bold"), soft_wrap=True)
            console.print(_shortcuts(one))
        if any(one.scale for one in report.attributes):
            console.print(Text("The choices are steps of a scale: judge means, not right answers."))
    console.print()
    for line in _repeated(report):
        console.print(Text(printable(line)), soft_wrap=True)
    for line in report.warnings:
        console.print(Text.assemble(("warning: ", "bold yellow"), printable(line)))


def _counts(report: DatasetReport) -> Iterator[str]:
    sizes = ", ".join(f"{size} ({count})" for size, count in report.choices.items())
    twins = " with twins" if report.twins else ""
    yield (
        f"items read: {report.items}{twins}; skipped: {len(report.skipped)}; groups: "
        f"{report.groups}; choices (items): {sizes or 'none'}"
    )
    for what, counts in (("source", report.sources), ("licence", report.licences)):
        yield f"{what}: {_listed(counts)}"
    yield from (f"{name}: {_listed(counts)}" for name, counts in report.tags.items())


def _listed(counts: Mapping[str, int]) -> str:
    """What there is, with how many items where it is more than one."""
    if len(counts) == 1:
        return next(iter(counts))
    shown = [f"{text} {count}" for text, count in list(counts.items())[:_MOST_TAGS]]
    more = len(counts) - _MOST_TAGS
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") if shown else "none"


def _some(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:_MOST]
    if len(lines) > _MOST:
        yield f"{len(lines) - _MOST} more {what} (--json lists them)"


def _balance(report: DatasetReport) -> Table:
    """In which part of the items each place is right."""
    table = _table("attribute", "labelled", "differ", "level", "right at place", "best constant")
    for one in report.attributes:
        name = (one.attribute, str(report.labelled[one.attribute]), str(one.items))
        for level, shares in one.places.items():
            cells = "  ".join(f"{share:.0%}" for share in shares)
            best = one.best(level)
            constant = f"{best.rule} {best.share:.0%}" if best else ""
            table.add_row(*map(Text, (*name, level, cells, constant)))
            name = ("", "", "")
    return table


def _shortcuts(one: Shortcuts) -> Table:
    table = _table("always", "items", "high", "low", "chance", "")
    for high, low in _pairs(one):
        mark = "far" if high.far or low.far else ""
        chance = f"{high.chance:.0%}"
        if abs(high.chance - low.chance) > 0.005:  # noqa: PLR2004  else they print alike
            chance += f", {low.chance:.0%}"
        cells = (high.rule, str(high.items), _share(high), _share(low), chance)
        table.add_row(*map(Text, cells), Text(mark), style="yellow" if mark else "")
    return table


def _pairs(one: Shortcuts) -> list[tuple[Score, Score]]:
    """Each rule that is shown, at both levels: those about every item, then what gains most."""
    rules: dict[str, dict[str, Score]] = {}
    for score in one.scores:
        rules.setdefault(score.rule, {})[score.level] = score
    both = [(found["high"], found["low"]) for found in rules.values() if len(found) > 1]
    whole = [pair for pair in both if pair[0].items == one.items]
    part = [pair for pair in both if pair[0].items < one.items]
    part.sort(key=lambda pair: -max(pair[0].gain, pair[1].gain))
    return [*whole, *part[:_MOST_PARTS]]


def _share(score: Score) -> str:
    low, high = score.interval
    return f"{score.share:.0%} [{low:.0%}, {high:.0%}]"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in {"high", "low", "chance"})
    return table


def _repeated(report: DatasetReport) -> Iterator[str]:
    equal = [f"equal: {', '.join(ids)}" for ids in report.repeats.equal]
    near = [f"nearly equal: {one.one}, {one.other}" for one in report.repeats.near]
    yield from _some(equal, "equal items")
    yield from _some(near, "pairs that are nearly equal")
    if not equal and not near:
        yield "No items are equal, or nearly equal without being a group."
