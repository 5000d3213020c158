"""Which levels somebody wants of several attributes at once, and how much each counts to them.

Somebody compares two things whose levels of k attributes are known. What is learnt is a target and
a weight per attribute, by a model whose utility has a peak:

    utility(x) = -sum over attributes of weight * (x - target)^2
    P(first is preferred) = 1 / (1 + exp(utility(second) - utility(first)))

The first line is the ideal point of Coombs (1964, A Theory of Data) in the weighted form of Carroll
(1972, Individual differences and multidimensional scaling); the second is the model of Bradley and
Terry (1952, doi:10.2307/2334029). Weights are in units of the person's noise, so they say as well
how consistent somebody is. "Equal" counts as half a preference either way, which is the likelihood
of Davidson (1970, doi:10.2307/2283595) where ties are rare.

Beforehand every target from 0 to 1 is equally likely and the logarithm of a weight is normal. In
the coordinates z with target = Phi(z), and (log weight - centre) / spread, that is a standard
normal distribution. Afterwards the top is found, and the curvature there gives Laplace's
approximation. Where little is known the true distribution is not near a normal one (the target of
something that hardly counts can be anything), so draws from it are made by elliptical slice
sampling (Murray, Adams and MacKay, 2010, arXiv:1001.0175), in turns around the prior and around a
normal distribution, at first Laplace's approximation, then one that is fitted to many chains side
by side (Nishihara, Murray and Adams, 2014, arXiv:1210.7477).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alignkit.stats.arrays import Ints
from alignkit.stats.distributions import shortest_interval
from alignkit.stats.intervals import Interval
from alignkit.stats.probability import Floats
from alignkit.stats.wanted_level import GRID

WEIGHT_CENTRE, WEIGHT_SPREAD = 6.0, 1.5
"""Median of a weight beforehand, and standard deviation of its logarithm. In 95 of 100 cases it is
0.3 to 110: from "hardly noticed" to "a tenth off the target is preferred to two tenths, 27 : 1"."""
CHAINS, KEPT = 250, 8
"""So many chains are drawn side by side, and so many draws of each are kept."""
_UNTIL_KEPT = 20
"""Rounds before those that are kept; chains begin at draws of Laplace's approximation."""
_LOOKS = (4, 8, 16)
"""Rounds before which the normal distribution is fitted anew to where chains are by then; all of
them before the first draw that is kept, so that what is kept comes from one rule."""
_WIDER = 1.5
"""Standard deviations of that distribution are taken so much larger: chains reach all tails."""
_NOTHING = 1e-9


@dataclass(frozen=True, eq=False)
class Compared:
    """Comparisons of two things each."""

    first: Floats
    """(n, k): levels from 0 to 1; nan where one is not known, and then this attribute has no part
    in this comparison."""
    second: Floats
    """(n, k)."""
    preferred: Floats
    """(n,): 1 where the first was preferred, 0 where the second was, 0.5 where they were equal."""
    weights: Floats
    """(n,): so many equal comparisons each counts as, at least 0."""

    def __len__(self) -> int:
        return len(self.preferred)

    def swapped(self) -> Compared:
        """The same, each pair in the other order."""
        return Compared(self.second, self.first, 1 - self.preferred, self.weights)

    def of(self, columns: Ints) -> Compared:
        """The same, with some of the attributes only."""
        first, second = self.first[:, columns], self.second[:, columns]
        return Compared(first, second, self.preferred, self.weights)


@dataclass(frozen=True, eq=False)
class Wishes:
    """What is known of the targets and weights of somebody."""

    targets: Floats
    """(draws, k): equally likely targets, 0 to 1."""
    weights: Floats
    """(draws, k): the weights that go with them, above 0."""
    top: Floats
    """(2k,): the likeliest coordinates, those of targets first."""
    information: Floats
    """(2k, 2k): what the comparisons say about coordinates at the top (Fisher information)."""

    def gaps(self, first: Floats, second: Floats) -> Floats:
        """Utility of the first less that of the second, (draws, n), for levels (n, k) of each."""
        return _gaps(self.targets, self.weights, *_differences(first, second))

    def estimate(self) -> Floats:
        """The mean of each target (k,)."""
        return np.asarray(self.targets.mean(axis=0))

    def interval(self, attribute: int, level: float) -> Interval:
        """The shortest interval that holds a target with probability `level`, in steps of 0.01."""
        places = np.rint(self.targets[:, attribute] * (len(GRID) - 1)).astype(np.int64)
        shares = np.bincount(places, minlength=len(GRID)) / len(places)
        return Interval(*shortest_interval(GRID, shares, level))

    def weight_interval(self, attribute: int, level: float) -> Interval:
        """Ends between which a weight lies with probability `level`, as likely below as above."""
        ends = np.quantile(self.weights[:, attribute], [(1 - level) / 2, (1 + level) / 2])
        return Interval(float(ends[0]), float(ends[1]))


def fit_wishes(compared: Compared, rng: np.random.Generator) -> Wishes:
    """What `compared` says of targets and weights; without comparisons, what holds beforehand.

    Args:
        compared: of k attributes, at least one.
        rng: for the draws; the top does not depend on it.
    """
    top = _top(compared)
    information = _information(compared, top)
    targets, weights = _wishes(_drawn(compared, top, information, rng))
    return Wishes(targets, weights, top, information)


def log_evidence(compared: Compared) -> float:
    """Logarithm of the probability of all that was preferred, averaged over the prior.

    It is Laplace's approximation around the top (MacKay, 2003, Information Theory, chapter 27).
    With few comparisons it is too low, by 0.3 to 0.8 an attribute where that was integrated; so
    `gains` say too little rather than too much. Without attributes all is drawn blindly.
    """
    if not compared.first.shape[1]:
        return -float(compared.weights.sum()) * float(np.log(2))
    top = _top(compared)
    _, logdet = np.linalg.slogdet(np.eye(len(top)) + _information(compared, top))
    return float(_log_likelihood(compared, top[None])[0] - (top @ top + logdet) / 2)


def gains(compared: Compared) -> Floats:
    """Logarithm of how many times likelier the preferences are with each attribute (k,).

    That is the Bayes factor of the model with all attributes against the one without it.
    """
    size = compared.first.shape[1]
    every = log_evidence(compared)
    others = [np.delete(np.arange(size), column) for column in range(size)]
    return np.array([every - log_evidence(compared.of(kept)) for kept in others])


def expected_information(wishes: Wishes, first: Floats, second: Floats) -> Floats:
    """How much an answer to each of n possible comparisons is expected to tell (n,), in bits.

    It is the mutual information of the answer and all targets and weights: the entropy of the
    answer as it is foreseen, less the entropy that would be left if targets and weights were known
    (Houlsby et al., 2011, Bayesian active learning for classification and preference learning,
    arXiv:1112.5745, equation 2).

    Args:
        wishes: what is known so far.
        first: levels (n, k) of one thing of each comparison.
        second: levels (n, k) of the other.
    """
    from scipy.special import expit

    likely = expit(wishes.gaps(first, second))
    told = _entropy(likely.mean(axis=0)) - _entropy(likely).mean(axis=0)
    return np.asarray(np.maximum(told, 0.0))


def more_to_halve(compared: Compared, wishes: Wishes, level: float, most: int = 10_000) -> Floats:
    """How many more comparisons of the same kind would halve the interval of each target (k,).

    The information of the comparisons so far is taken to grow in proportion to their number, each
    counted by its weight, and intervals are those of Laplace's approximation. Infinite where not
    even `most` more would do.

    Args:
        compared: at least one comparison with a weight above 0.
        wishes: fitted to them.
        level: of the intervals.
        most: where to stop counting.
    """
    from scipy.optimize import brentq

    size, count = compared.first.shape[1], float(compared.weights.sum())

    def widths(more: float) -> Floats:
        return _widths(wishes, 1 + more / count, level)

    now, at_most = widths(0.0), widths(float(most))

    def needed(attribute: int) -> float:
        def over(more: float) -> float:
            return float(widths(more)[attribute] - now[attribute] / 2)

        if at_most[attribute] > now[attribute] / 2:
            return np.inf
        return float(np.ceil(brentq(over, 0.0, float(most), xtol=0.5)))

    return np.array([needed(attribute) for attribute in range(size)])


def _widths(wishes: Wishes, times: float, level: float) -> Floats:
    """Widths (k,) of intervals of targets, had there been so many times the comparisons."""
    from scipy.special import ndtr, ndtri

    size = len(wishes.top) // 2
    covariance = np.linalg.inv(np.eye(2 * size) + times * wishes.information)
    reach = ndtri((1 + level) / 2) * np.sqrt(np.diag(covariance)[:size])
    middle = wishes.top[:size]
    return np.asarray(ndtr(middle + reach) - ndtr(middle - reach))


def _differences(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Differences (n, k) of levels and of their squares; 0 where a level is not known."""
    apart, squares = first - second, first**2 - second**2
    return np.nan_to_num(apart, nan=0.0), np.nan_to_num(squares, nan=0.0)


def _gaps(targets: Floats, weights: Floats, apart: Floats, squares: Floats) -> Floats:
    """Differences of utility (draws, n): the peak is linear in weight and weight * target."""
    return np.asarray((2 * weights * targets) @ apart.T - weights @ squares.T)


def _wishes(coordinates: Floats) -> tuple[Floats, Floats]:
    """Targets and weights, each (draws, k), at coordinates (draws, 2k)."""
    from scipy.special import ndtr

    size = coordinates.shape[1] // 2
    weights = WEIGHT_CENTRE * np.exp(WEIGHT_SPREAD * coordinates[:, size:])
    return np.asarray(ndtr(coordinates[:, :size])), weights


def _log_likelihood(compared: Compared, coordinates: Floats) -> Floats:
    """Of all that was preferred (draws,), at coordinates (draws, 2k)."""
    gaps = _gaps(*_wishes(coordinates), *_differences(compared.first, compared.second))
    return np.asarray((gaps * compared.preferred - np.logaddexp(0, gaps)) @ compared.weights)


def _drawn(
    compared: Compared, top: Floats, information: Floats, rng: np.random.Generator
) -> Floats:
    """Draws (CHAINS * KEPT, 2k) of coordinates, from what is known after `compared`."""
    nowhere: Floats = np.zeros(len(top))
    plain: Floats = np.eye(len(top))
    centre, scale = top, _root(np.asarray(np.linalg.inv(plain + information), dtype=np.float64))

    def likelihood(found: Floats) -> Floats:
        return _log_likelihood(compared, found)

    def beside(found: Floats) -> Floats:
        """What is left of likelihood and prior over the normal distribution around `centre`."""
        standard = np.linalg.solve(scale, (found - centre).T)
        left = (standard**2).sum(axis=0) - (found**2).sum(axis=1)
        return np.asarray(likelihood(found) + left / 2)

    at = centre + rng.standard_normal((CHAINS, len(top))) @ scale.T
    kept = []
    for turn in range(_UNTIL_KEPT + KEPT):
        if turn in _LOOKS:
            centre, scale = at.mean(axis=0), _root(np.asarray(np.cov(at.T), dtype=np.float64))
        at = _sliced(at, beside, centre, scale, rng)
        at = _sliced(at, likelihood, nowhere, plain, rng)
        if turn >= _UNTIL_KEPT:
            kept.append(at)
    return np.concatenate(kept)


def _root(covariance: Floats) -> Floats:
    """A root of `covariance`, made wider."""
    return np.asarray(_WIDER * np.linalg.cholesky(covariance))


def _sliced(
    at: Floats,
    log_likelihood: Callable[[Floats], Floats],
    centre: Floats,
    scale: Floats,
    rng: np.random.Generator,
) -> Floats:
    """One step of elliptical slice sampling (figure 2 of the paper) of each of the chains `at`.

    Args:
        at: (chains, size).
        log_likelihood: of coordinates (chains, size), beside the normal distribution.
        centre: (size,) of that distribution.
        scale: (size, size), a root of its covariance.
        rng: for the draws.
    """
    chains, size = at.shape
    other = rng.standard_normal((chains, size)) @ scale.T
    height = log_likelihood(at) - rng.exponential(size=chains)
    angle: Floats = rng.uniform(0, 2 * np.pi, size=(chains,))
    low, high = angle - 2 * np.pi, angle.copy()
    found, left = at.copy(), np.arange(chains)
    while len(left):
        turned = angle[left, None]
        tried = centre + (at[left] - centre) * np.cos(turned) + other[left] * np.sin(turned)
        # Where rounding leaves nothing of the bracket, the chain stays: it is on its slice.
        inside = (log_likelihood(tried) > height[left]) | (high[left] - low[left] < _NOTHING)
        found[left[inside]] = tried[inside]
        left = left[~inside]
        below = angle[left] < 0
        low[left] = np.where(below, angle[left], low[left])
        high[left] = np.where(below, high[left], angle[left])
        angle[left] = rng.uniform(low[left], high[left])
    return found


def _top(compared: Compared) -> Floats:
    """The likeliest coordinates (2k,)."""
    from scipy.optimize import minimize

    def loss(coordinates: Floats) -> tuple[float, Floats]:
        gaps, slopes = _slopes(compared, coordinates)
        told = compared.preferred - _expit(gaps)
        value = coordinates @ coordinates / 2 - _log_likelihood(compared, coordinates[None])[0]
        return float(value), coordinates - slopes.T @ (compared.weights * told)

    start = np.zeros(2 * compared.first.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="BFGS").x)


def _information(compared: Compared, top: Floats) -> Floats:
    """Fisher information (2k, 2k) of the comparisons about the coordinates at `top`."""
    gaps, slopes = _slopes(compared, top)
    likely = _expit(gaps)
    return np.asarray((slopes.T * (compared.weights * likely * (1 - likely))) @ slopes)


def _slopes(compared: Compared, coordinates: Floats) -> tuple[Floats, Floats]:
    """Differences of utility (n,) at coordinates (2k,), and their derivatives (n, 2k)."""
    size = len(coordinates) // 2
    apart, squares = _differences(compared.first, compared.second)
    targets, weights = (found[0] for found in _wishes(coordinates[None]))
    each = weights * (2 * targets * apart - squares)
    density = np.exp(-(coordinates[:size] ** 2) / 2) / np.sqrt(2 * np.pi)
    return each.sum(axis=1), np.hstack([2 * weights * density * apart, WEIGHT_SPREAD * each])


def _expit(scores: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(scores))


def _entropy(likely: Floats) -> Floats:
    """Entropy in bits of yes or no with these probabilities of yes."""
    from scipy.special import entr

    return np.asarray((entr(likely) + entr(1 - likely)) / np.log(2))
