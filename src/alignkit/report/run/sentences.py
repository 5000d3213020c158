"""What verdicts are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from alignkit.evaluate.metrics.figure import Figure
from alignkit.evaluate.metrics.pairs import Method
from alignkit.report.run.findings import Findings
from alignkit.report.run.sections.shared import label

Tone = Literal["yes", "no", "open", "note"]
NAMED = 6
"""More things than these are only counted in a sentence."""
_TINY = 1e-9
"""Nearer than this is equal."""
_FEWEST = 5
"""An interval of no width says something from so many groups on."""


@dataclass(frozen=True)
class Verdict:
    """One sentence, where the figures behind it are, and how it came out."""

    tone: Tone
    """yes: shown. no: shown not to be so, or lost. open: cannot be told. note: how to read it."""
    text: str
    anchor: str
    """Of the section with the figures."""


def named(parts: Sequence[str]) -> str:
    """The first of `parts`, and how many more there are."""
    more = len(parts) - NAMED
    return "; ".join(parts[:NAMED]) + (f"; and {more:,} more" if more > 0 else "")


def first_of(lines: Sequence[Verdict], what: str) -> Iterator[Verdict]:
    """The first of `lines`, and how many more there are of `what`."""
    yield from lines[:NAMED]
    more = len(lines) - NAMED
    if more > 0:
        yield Verdict("note", f"And {more:,} more of {what}: the table has all.", lines[0].anchor)


def by(found: Findings, method: Method) -> str:
    """What is put behind a name where the run has several methods: "by METHOD"."""
    who = label(found, method)
    return f" by {who}" if who else ""


def held_against(found: Figure, level: float) -> Literal["above", "below", "equal", "open"]:
    """Where the whole interval of `found` lies; an interval of no width needs some groups."""
    ends = found.interval
    if ends is None:
        return "open"
    if ends.high - ends.low < _TINY and abs(found.value - level) < _TINY:
        return "equal"
    if ends.high - ends.low < _TINY and found.groups < _FEWEST:
        return "open"
    if ends.low > level + _TINY:
        return "above"
    return "below" if ends.high < level - _TINY else "open"
