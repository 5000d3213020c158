"""All studies, and what they came to as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.simulated import coverage, tests
from benchmarks.simulated.study import Line, Study

HEADS = ("what", "samples", "promised", "found", "draws")


def intervals() -> list[Study]:
    """Those about how often intervals hold the truth."""
    return _gathered(coverage.studies())


def every() -> list[Study]:
    """All studies: intervals, then tests."""
    return intervals() + _gathered(tests.studies())


def _gathered(studies: Iterable[Study]) -> list[Study]:
    """`studies`, those about the same thing together, in the order in which things come up."""
    found: dict[str, list[Study]] = {}
    for study in studies:
        found.setdefault(study.about, []).append(study)
    return [study for same in found.values() for study in same]


def count(number: int, share: float = 1.0) -> tuple[int, int]:
    """How often one of `every` came out, in how many draws: a `share` of its own."""
    found = every()[number].run(share)
    return found.count, found.draws


def rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    """The cells of each line under `HEADS`; what stands in the line above is not repeated."""
    found, before = [], ""
    for one in lines:
        about = one.study.about
        found.append(("" if about == before else f"`{about}`", *one.cells()))
        before = about
    return found


def markdown(lines: Sequence[Line]) -> str:
    """A table for a page."""
    cells = [HEADS, ("---",) * len(HEADS), *rows(lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def text(lines: Sequence[Line]) -> str:
    """A table for a terminal."""
    cells = [HEADS, *rows(lines)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )
