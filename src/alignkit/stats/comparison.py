"""Whether a difference is more than chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.stats.arrays import Ints, Labels
from alignkit.stats.clusters import members
from alignkit.stats.intervals import Mean, clustered_mean
from alignkit.stats.probability import Floats

FLIPS = 9_999
"""Random sign flips where not all can be tried: the smallest p-value is 1 / (FLIPS + 1)."""
LEAST_EXPECTED = 5
"""A cell of a goodness-of-fit test expects this many (Cochran, 1954, doi:10.2307/3001616)."""


@dataclass(frozen=True)
class PairedDifference:
    """How much better one method is than another on the same items."""

    difference: Mean
    p_value: float
    """That chance alone makes a difference as large, in either direction."""
    exact: bool
    """Whether all sign flips were tried, rather than `FLIPS` random ones."""


@dataclass(frozen=True)
class GoodnessOfFit:
    """Pearson's test of counts against probabilities, after pooling."""

    statistic: float
    degrees: int
    p_value: float


def paired_difference(
    a: Floats, b: Floats, clusters: Labels, rng: np.random.Generator, level: float = 0.95
) -> PairedDifference:
    """The mean of `a` - `b` over the same items, its interval, and the p-value of no difference.

    The p-value is that of a sign-flip permutation test: were the methods alike, each cluster's
    sum of differences could as well have had the other sign (Fisher, 1935, section 21; whole
    clusters, because their items are alike). All 2^G flips of G clusters are tried when they are at
    most `FLIPS` (13 clusters), else random ones, counting the sample itself (Phipson and Smyth,
    2010, doi:10.2202/1544-6115.1585). With G clusters no p-value is under 2 / 2^G. The interval is
    that of `clustered_mean`, so near its ends the two can disagree.

    Args:
        a: the results of one method, (n,), finite.
        b: those of the other on the same items, (n,).
        clusters: the label of each item, (n,), with at least 2 different ones.
        rng: where random flips come from.
        level: of the interval, between 0 and 1.

    Raises:
        ValueError: the lengths differ, there is one cluster, or `level` is not in 0 to 1.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} results do not fit {len(b)}")
    mean = clustered_mean(a - b, clusters, level)
    return PairedDifference(
        mean, sign_flips(cluster_sums(a - b, clusters), rng), exact=2**mean.clusters <= FLIPS
    )


def cluster_sums(values: Floats, clusters: Labels) -> Floats:
    """The sum of the `values` (n,) of each cluster, (n_clusters,)."""
    return np.array([values[positions].sum() for positions in members(clusters)])


def sign_flips(sums: Floats, rng: np.random.Generator) -> float:
    """The two-sided p-value of `sums` (n_clusters,) that could as well have had the other signs.

    All flips of signs are tried where they are at most `FLIPS`, else random ones; it is at least
    2 / 2^n_clusters.
    """
    from scipy import stats

    test = stats.permutation_test(
        (sums,),
        np.sum,
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        batch=1000,
        rng=rng,
    )
    return float(test.pvalue)


def holm(p_values: Floats) -> Floats:
    """P-values (n,) adjusted so that the smallest of all can be judged like a single one: (n,).

    Rejecting those at most x makes any false rejection at most x likely, however the tests depend
    on each other (Holm, 1979, jstor.org/stable/4615733). Never smaller than before; at most 1.

    Raises:
        ValueError: a p-value is outside 0 to 1.
    """
    if not np.all((p_values >= 0) & (p_values <= 1)):
        raise ValueError("p-values must lie in 0 to 1")
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(scaled))
    return adjusted


def chi_square_fit(counts: Ints, probabilities: Floats) -> GoodnessOfFit:
    """Pearson's chi-square test that `counts` come from `probabilities`.

    Cells that expect fewer than `LEAST_EXPECTED` become one, together with the next smallest while
    that is still too small. Which cells are pooled depends on what is expected and not on what was
    counted, so the test keeps its level. When a single cell remains nothing can be said: p = 1. A
    count where the probability is 0 refutes the probabilities at once: p = 0.

    Args:
        counts: how often each answer was seen, (n,), whole and at least 0.
        probabilities: of the answers, (n,), summing to 1.

    Raises:
        ValueError: the lengths differ, a count or probability is negative, or the probabilities do
            not sum to 1.
    """
    from scipy import stats

    _check_cells(counts, probabilities)
    if np.any(counts[probabilities == 0] > 0):
        return GoodnessOfFit(float("inf"), 0, 0.0)
    expected = counts.sum() * probabilities / probabilities.sum()
    observed, expected = _pooled(counts.astype(np.float64), expected)
    if len(observed) == 1:
        return GoodnessOfFit(0.0, 0, 1.0)
    test = stats.chisquare(observed, expected)
    return GoodnessOfFit(float(test.statistic), len(observed) - 1, float(test.pvalue))


def _check_cells(counts: Ints, probabilities: Floats) -> None:
    if len(counts) != len(probabilities):
        raise ValueError(f"{len(counts)} counts do not fit {len(probabilities)} probabilities")
    if np.any(counts < 0) or np.any(probabilities < 0):
        raise ValueError("counts and probabilities must be at least 0")
    if abs(probabilities.sum() - 1) > 1e-9:  # noqa: PLR2004  rounding
        raise ValueError("the probabilities must sum to 1")


def _pooled(counts: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Counts and expectations with the cells that expect too few made one."""
    order = np.argsort(expected, kind="stable")
    counts, expected = counts[order], expected[order]
    small = int((expected < LEAST_EXPECTED).sum())
    enough = int(np.searchsorted(expected.cumsum(), LEAST_EXPECTED)) + 1
    first = max(small, enough)
    return (
        np.append(counts[first:], counts[:first].sum()),
        np.append(expected[first:], expected[:first].sum()),
    )
