"""A promise of the statistics, and how often it is kept in samples from a known world."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from unittest.mock import patch

import numpy as np

from alignkit.stats import comparison
from alignkit.stats.intervals import Interval, clopper_pearson

SEED = 20261
SMALLEST_DRAWS = 40
FLIPS = 1999
"""Random sign flips of each test, rather than 9,999; of up to 10 clusters all flips are tried."""
_SURE = 0.9995
"""A promise is called broken only if that is as sure as this: there are many lines."""

Promise = Literal["about", "at least", "at most", "limit"]
"""limit: no promise; the line shows where a method ends."""


@dataclass(frozen=True)
class Study:
    """One line: what is drawn, and how often it should come out."""

    about: str
    """The function of `alignkit.stats` and the promise, which lines of one table share."""
    world: str
    """Where the samples come from."""
    once: Callable[[np.random.Generator], bool]
    """Draws a sample and says whether the interval holds the truth, or the test finds something."""
    stated: float
    """How often that should be so, 0 to 1."""
    promise: Promise = "about"
    draws: int = 3000
    slack: float = 0.01
    """How far the true rate may be off for `about`, beside the error of the simulation."""

    def run(self, share: float = 1.0) -> Line:
        """The line from a `share` of the draws. Its random numbers depend on its name alone."""
        draws = max(SMALLEST_DRAWS, round(self.draws * share))
        name = zlib.crc32(f"{self.about} {self.world}".encode())
        rng = np.random.default_rng([SEED, name])
        # A test by random flips is valid with any number of them.
        with patch.object(comparison, "FLIPS", FLIPS):
            return Line(self, sum(self.once(rng) for _ in range(draws)), draws)


@dataclass(frozen=True)
class Line:
    """What a study came to."""

    study: Study
    count: int
    draws: int

    @property
    def rate(self) -> float:
        """How often it was so, 0 to 1."""
        return self.count / self.draws

    @property
    def interval(self) -> Interval:
        """Of `rate`: exact, at 0.95."""
        return clopper_pearson(self.count, self.draws)

    @property
    def kept(self) -> bool:
        """Whether the promise may be true, for all that the simulation can tell."""
        if self.study.promise == "limit":
            return True
        sure = clopper_pearson(self.count, self.draws, _SURE)
        slack = self.study.slack if self.study.promise == "about" else 0.0
        enough = self.study.promise == "at most" or sure.high >= self.study.stated - slack
        little = self.study.promise == "at least" or sure.low <= self.study.stated + slack
        return enough and little

    def cells(self) -> tuple[str, str, str, str]:
        """What is printed of it: the world, the promise, the rate with its interval, the draws."""
        study, ends = self.study, self.interval
        slack = f" ± {study.slack:g}" if study.promise == "about" and study.slack else ""
        stated = f"{study.stated:.3f}"
        promise = {"about": f"{stated}{slack}", "limit": f"({stated})"}.get(
            study.promise, f"{study.promise} {stated}"
        )
        broken = "" if self.kept else " BROKEN"
        found = f"{self.rate:.3f} ({ends.low:.3f} to {ends.high:.3f}){broken}"
        return study.world, promise, found, str(self.draws)
