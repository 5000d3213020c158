"""Where the marks of small plots go: numbers in, numbers out.

Along the axis positions are in percent of its length, so that a plot fits any width without its
marks being stretched; across it they are in pixels of a strip that is `HEIGHT` high.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.schema import Estimate, Target

HEIGHT = 18
"""Height of a dot plot in pixels."""
_TALLEST, _SHORTEST = 12.0, 3.0
_BINS = 40
"""Samples are counted in steps of 1/40, half of what a dot covers."""


@dataclass(frozen=True)
class Span:
    """A stretch of the axis."""

    start: float
    """Percent of the axis."""
    end: float
    """Percent of the axis, at least `start`."""

    @property
    def width(self) -> float:
        """Percent of the axis."""
        return round(self.end - self.start, 2)


@dataclass(frozen=True)
class Dot:
    """An estimate: its mean, and one standard deviation to either side."""

    at: float
    """Percent of the axis."""
    whisker: Span
    """Cut off at the ends of the axis."""


@dataclass(frozen=True)
class Tick:
    """A line across the axis."""

    at: float
    """Percent of the axis."""
    height: float = HEIGHT
    """Pixels."""

    @property
    def top(self) -> float:
        """Pixels from the top of the strip; the line stands on its bottom."""
        return round(HEIGHT - self.height, 2)


@dataclass(frozen=True)
class Wanted:
    """What a profile wants, as marks: a tick for a level, a band for a range, bars for samples."""

    level: Tick | None = None
    band: Span | None = None
    samples: tuple[Tick, ...] = ()


@dataclass(frozen=True)
class Plot:
    """One strip of a dot plot."""

    dot: Dot | None
    wanted: Wanted


def percent(level: float) -> float:
    """Where `level` (0 to 1) lies on the axis; what is outside goes to the nearer end."""
    return round(100 * min(max(level, 0.0), 1.0), 2)


def bar(share: float) -> Span:
    """A bar from 0 to a probability."""
    return Span(0.0, percent(share))


def dot(estimate: Estimate) -> Dot:
    """The mark of an estimate."""
    low, high = estimate.mean - estimate.sd, estimate.mean + estimate.sd
    return Dot(percent(estimate.mean), Span(percent(low), percent(high)))


def wanted(target: Target | None) -> Wanted:
    """The marks of a target; none where nothing is wanted."""
    if target is None:
        return Wanted()
    if target.range is not None:
        low, high = target.range
        return Wanted(band=Span(percent(low), percent(high)))
    if target.samples is not None:
        return Wanted(samples=histogram(target.samples))
    return Wanted(level=Tick(percent(target.level)))


def histogram(samples: Sequence[float]) -> tuple[Tick, ...]:
    """How often each level occurs among `samples`, as thin bars; the most frequent is tallest."""
    counts = sorted(Counter(round(min(max(s, 0.0), 1.0) * _BINS) for s in samples).items())
    most = max((count for _, count in counts), default=1)
    return tuple(
        Tick(percent(place / _BINS), round(max(_SHORTEST, _TALLEST * count / most), 2))
        for place, count in counts
    )
