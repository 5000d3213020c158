"""Less of a report, where all of it would be too large for one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from alignkit.report.run.blocks import Bars, Block, Charts, DotGroup, DotPlot, Matrix, Section
from alignkit.report.wording import counted

_MOST_BLOCKS = 40
"""So many plots at most are in a section that is cut."""
_CHARTS = 20
"""A chart takes as much room as so many rows."""


def cut(sections: Sequence[Section], most: int) -> tuple[Section, ...]:
    """`sections` with at most `most` rows in each table and plot, which say what was left out.

    Args:
        sections: in full.
        most: at least 0.
    """
    return tuple(_section(one, most) for one in sections)


def _section(one: Section, most: int) -> Section:
    blocks = one.blocks[: min(_MOST_BLOCKS, most + 1)]
    more = len(one.blocks) - len(blocks)
    lead = one.lead
    if more:
        lead += f" {counted(more, 'more plot')} are left out here: `align report --format csv`."
    return replace(one, lead=lead, blocks=tuple(_block(block, most) for block in blocks))


def _block(block: Block, most: int) -> Block:
    table = replace(block.table, rows=block.table.rows[:most])
    left = len(block.table.rows) - len(table.rows)
    drawn = _drawn(block, most)
    if drawn is block and not left:
        return block
    hint = (
        f"{block.hint} Only the first {most:,} of {counted(len(block.table.rows), 'row')} are here "
        "and in the file: `align report --format csv` has all."
    ).lstrip()
    return replace(drawn, table=table, hint=hint)


def _drawn(block: Block, most: int) -> Block:
    """`block` with fewer rows drawn; the same object where none is too many."""
    if isinstance(block, DotPlot):
        total = sum(len(group.dots) for group in block.groups)
        return replace(block, groups=_groups(block.groups, most)) if total > most else block
    if isinstance(block, Charts):
        places = most // _CHARTS
        few = len(block.charts) <= places and len(block.key) <= most
        return block if few else replace(block, charts=block.charts[:places], key=block.key[:most])
    if isinstance(block, Matrix):
        if max(len(block.rows), len(block.columns)) <= most:
            return block
        rows = tuple((name, squares[:most]) for name, squares in block.rows[:most])
        return replace(block, columns=block.columns[:most], rows=rows)
    if isinstance(block, Bars) and len(block.rows) > most:
        return replace(block, rows=block.rows[:most])
    return block


def _groups(groups: Sequence[DotGroup], most: int) -> tuple[DotGroup, ...]:
    kept: list[DotGroup] = []
    for group in groups:
        dots = group.dots[:most]
        most -= len(dots)
        if dots:
            kept.append(replace(group, dots=dots))
    return tuple(kept)
