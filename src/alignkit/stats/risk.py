"""When to decide and when to escalate, with a guarantee on the errors.

Learn then Test (Angelopoulos et al., 2021, arXiv:2110.01052): each threshold of a grid is a
hypothesis, "of the decisions with at least this confidence more than `error_rate` are wrong", and a
threshold is used only after its hypothesis was rejected, in a way that rejects any true one with
probability at most 1 - `certainty`.

- One threshold: of k calibration examples at or above it, the number of wrong ones is binomial
  with the true error rate among decisions made, whatever k happens to be. So
  P(Bin(k, error_rate) <= wrong ones) is a valid p-value, exact and without assumptions about how
  confidence and errors relate.
- All of them: the order is fixed beforehand, from the most cautious down, and a rejection lends its
  level to the next test (the fallback procedure: Wiens, 2003, doi:10.1002/pst.64; Wiens and
  Dmitrienko, 2005, doi:10.1080/10543400500265660). With one start this is fixed-sequence testing
  at the full level. It needs no correction for the size of the grid, which Bonferroni and Holm do,
  and rejects everything that Bonferroni over its starts does and more.

The catch of going down is the first test: a start so cautious that hardly anything lies above it
cannot be rejected, and ends all. Where a start is good depends on the scale of the confidences.
To look it up in the calibration examples would void the proof, so `spaced_grid` reads it off other
scenarios, which need no labels; `DEFAULT_GRID` knows nothing and hedges with five starts, a fifth
of the level each. `make simulate` checks the guarantee and prints how much either grid decides.

The guarantee holds for decisions on scenarios drawn like the calibration examples, if these are
independent (`one_per_cluster`) and had no part in fitting the confidence, for instance its
temperature.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alignkit.stats.arrays import Bools, Ints
from alignkit.stats.probability import Floats
from alignkit.stats.too_few import TooFewExamples

_ROUNDING = 1e-9
"""Two ways to compute a power differ by less, relatively."""
_SPACING = 1.1
"""Each threshold of a spaced grid keeps this many times as many as the one before."""


class NoThreshold(ValueError):
    """No threshold of the grid could be shown to be safe enough."""


@dataclass(frozen=True)
class Grid:
    """Thresholds in the order in which they are tested, fixed without the calibration examples."""

    thresholds: tuple[float, ...]
    """Of the confidence, from the most cautious down."""
    starts: tuple[int, ...] = (0,)
    """Positions where testing may start; they share the level evenly."""

    def __post_init__(self) -> None:
        if not self.thresholds or any(a <= b for a, b in pairwise(self.thresholds)):
            raise ValueError("thresholds must fall")
        if not self.starts or not set(self.starts) <= set(range(len(self.thresholds))):
            raise ValueError("starts must be positions of thresholds")
        if len(set(self.starts)) < len(self.starts):
            raise ValueError("starts must differ")


DEFAULT_GRID = Grid(
    thresholds=tuple(percent / 100 for percent in range(99, -1, -1)), starts=(9, 29, 49, 69, 89)
)
"""From 0.99 to 0 in steps of 0.01, with starts at 0.9, 0.7, 0.5, 0.3 and 0.1."""


@dataclass(frozen=True)
class Threshold:
    """Decide where the confidence is at least `value`, escalate the rest."""

    value: float
    error_rate: float
    """At most this share of the decisions made is wrong, ..."""
    certainty: float
    """... with at least this probability over the draw of the calibration examples."""
    examples: int
    kept: int
    """Examples at or above the threshold."""
    errors: int
    """Wrong ones among these."""
    bound: float
    """The exact upper bound (Clopper and Pearson, one-sided, at `certainty`) on the share of wrong
    decisions, as though this threshold had been the only candidate. At most `error_rate`."""

    @property
    def abstention(self) -> float:
        """The share of the examples that would be escalated, 0 to 1."""
        return 1 - self.kept / self.examples


def examples_needed(error_rate: float, certainty: float, starts: int = 1) -> int:
    """The least number of examples above a threshold, all right, that can show it to be safe.

    (1 - error_rate)^n is to be at most (1 - certainty) / starts. 0.1 and 0.9 take 22.

    Raises:
        ValueError: a rate is not between 0 and 1, or there is no start.
    """
    _check_rates(error_rate, certainty)
    if starts < 1:
        raise ValueError("there must be at least 1 start")
    count = math.log((1 - certainty) / starts) / math.log(1 - error_rate)
    return math.ceil(count * (1 - _ROUNDING))


def spaced_grid(confidence: Floats, examples: int, error_rate: float, certainty: float) -> Grid:
    """A grid with a single start for `examples` calibration examples, from other confidences.

    The start is to keep twice the examples needed and a tenth of all, so that an error or two among
    them don't end the search; each further threshold keeps a tenth more, down to 0.

    Args:
        confidence: of decisions on other scenarios of the same kind, (n,), n at least 1, each 0 to
            1. No labels are needed. They must not be the calibration examples.
        examples: how many calibration examples there will be, at least 1.
        error_rate: as for `learn_threshold`.
        certainty: as for `learn_threshold`.

    Raises:
        ValueError: there is no confidence or no example, or a number is out of its range.
    """
    _check_confidence(confidence)
    if examples < 1:
        raise ValueError("there must be at least 1 example")
    first = 2 * examples_needed(error_rate, certainty) / examples + 0.1
    steps = max(0, math.ceil(-math.log(first) / math.log(_SPACING)))
    shares = first * _SPACING ** np.arange(steps)
    thresholds = np.unique([0.0, *np.quantile(confidence, 1 - shares)])
    return Grid(tuple(thresholds[::-1].tolist()))


def learn_threshold(
    confidence: Floats,
    wrong: Bools,
    error_rate: float,
    certainty: float,
    grid: Grid = DEFAULT_GRID,
) -> Threshold:
    """The lowest threshold of `grid` that is safe, which is the one that escalates least.

    With probability at least `certainty` over the draw of the examples, of the decisions with at
    least this confidence at most `error_rate` are wrong, or NoThreshold is raised. See the module
    for why, and for what has to hold.

    Args:
        confidence: of the decisions on the calibration examples, (n,), each 0 to 1.
        wrong: whether each was wrong, (n,).
        error_rate: between 0 and 1.
        certainty: between 0 and 1.
        grid: fixed without these examples.

    Raises:
        TooFewExamples: even if none were wrong, nothing could be shown.
        NoThreshold: nothing could be shown with these.
        ValueError: the lengths differ, or a number is out of its range.
    """
    from scipy import special

    starts = len(grid.starts)
    needed = examples_needed(error_rate, certainty, starts)
    if len(confidence) != len(wrong):
        raise ValueError(f"{len(confidence)} confidences do not fit {len(wrong)} outcomes")
    if len(confidence) < needed:
        raise TooFewExamples(needed, len(confidence))
    _check_confidence(confidence)
    kept, errors = _above(confidence, wrong, grid)
    p_values = special.bdtr(errors, kept, error_rate)
    safe = _rejected(p_values, grid.starts, (1 - certainty) / starts)
    if not safe:
        raise NoThreshold(
            f"no threshold keeps errors at {error_rate:g} or less with certainty {certainty:g}: "
            f"{int(wrong.sum())} of {len(wrong)} examples are wrong"
        )
    last = safe[-1]
    return Threshold(
        value=grid.thresholds[last],
        error_rate=error_rate,
        certainty=certainty,
        examples=len(confidence),
        kept=int(kept[last]),
        errors=int(errors[last]),
        bound=float(special.betaincinv(errors[last] + 1, kept[last] - errors[last], certainty)),
    )


def _above(confidence: Floats, wrong: Bools, grid: Grid) -> tuple[Ints, Ints]:
    """For each threshold: how many examples are at or above it, and how many of them wrong."""
    order = np.argsort(confidence)
    below = np.searchsorted(confidence[order], grid.thresholds, side="left")
    wrong_below = np.append(0, wrong[order].cumsum())
    return len(wrong) - below, wrong_below[-1] - wrong_below[below]


def _rejected(p_values: Floats, starts: Sequence[int], share: float) -> list[int]:
    """The positions that the fallback procedure rejects, where each start brings `share`."""
    rejected, level = [], 0.0
    for position, p_value in enumerate(p_values):
        level += share if position in starts else 0.0
        if level and p_value <= level * (1 + _ROUNDING):
            rejected.append(position)
        else:
            level = 0.0
    return rejected


def _check_rates(error_rate: float, certainty: float) -> None:
    if not 0 < error_rate < 1 or not 0 < certainty < 1:
        raise ValueError("error_rate and certainty must lie between 0 and 1")


def _check_confidence(confidence: Floats) -> None:
    if not len(confidence) or not np.all((confidence >= 0) & (confidence <= 1)):
        raise ValueError("confidences must lie in 0 to 1")
