"""Maps from what a method estimates to what is true: levels of an attribute, 0 to 1.

Other than probabilities, estimates may have to be turned round: a model that reads an attribute
upside down orders choices the wrong way, and a few labelled examples say so. Two numbers, offset
and slope on the log-odds scale, need few examples; a step map follows any rising or falling curve
and needs many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.stats.calibration import fit_isotonic
from alignkit.stats.probability import Floats

PRIOR_SD = 2.5
"""Standard deviation of offset and slope beforehand, as is usual for logistic regressions (Gelman
et al., 2008, doi:10.1214/08-AOAS191). Levels that are told apart without error have no finite
slope without it."""
EDGE = 0.001
"""Estimates nearer to 0 or 1 count as this far from it, so that their log-odds are finite."""
MOST_POINTS = 51
"""Points of a map, at most."""

_STEPS = 100
_HALVINGS = 40
_SMALL = 1e-12


@dataclass(frozen=True, eq=False)
class Curve:
    """A map from estimates to levels: straight lines between points."""

    raw: Floats
    """(n_points,): estimates, rising from 0 to 1."""
    level: Floats
    """(n_points,): what they stand for, 0 to 1, only rising or only falling."""

    def __call__(self, raw: Floats) -> Floats:
        """The levels that estimates, of any shape, stand for."""
        return np.interp(raw, self.raw, self.level)


def fit_levels(
    raw: Floats, truth: Floats, weights: Floats, kind: Literal["temperature", "isotonic"]
) -> Curve:
    """The map from estimates to true levels, of the kind that there are enough examples for.

    Args:
        raw: estimates, (n,); what lies outside 0 to 1 counts as 0 or 1.
        truth: true levels, (n,), each 0 to 1.
        weights: how many examples each counts as, above 0, (n,).
        kind: "temperature" for few examples (two numbers), "isotonic" for many.

    Raises:
        ValueError: there is no example, the lengths differ, or a number is out of its range.
    """
    _check(raw, truth, weights)
    inside = np.clip(raw, 0, 1)
    fit = logistic_curve if kind == "temperature" else monotone_curve
    return fit(inside, truth, weights)


def logistic_curve(raw: Floats, truth: Floats, weights: Floats) -> Curve:
    """The map logistic(offset + slope * logit(raw)), as a table of `MOST_POINTS` points.

    The points are evenly spaced in log-odds, so that straight lines between them are off by less
    than 0.03 for slopes up to 5, and by less than 0.001 for slopes around 1.
    """
    offset, slope = fit_logistic(raw, truth, weights)
    edge = _log_odds(np.array([1.0]))[0]
    odds = np.linspace(-edge, edge, MOST_POINTS)
    points = _logistic(odds)
    points[[0, -1]] = 0.0, 1.0
    return Curve(points, _logistic(offset + slope * odds))


def fit_logistic(raw: Floats, truth: Floats, weights: Floats) -> tuple[float, float]:
    """Offset and slope that make level = logistic(offset + slope * logit(raw)) fit best.

    The recalibration of Cox (1958, doi:10.1093/biomet/45.3-4.562), for levels that need not be 0
    or 1 by the Bernoulli likelihood of fractions (Papke and Wooldridge, 1996, Journal of Applied
    Econometrics 11). Beforehand the offset is normal around 0 and the slope around 1, each with
    `PRIOR_SD`: without examples an estimate means what it says. The loss is convex; Newton's
    steps, halved where they overshoot, reach its minimum. A negative slope turns the attribute
    round.

    Args:
        raw: estimates, (n,), each 0 to 1.
        truth: true levels, (n,), each 0 to 1.
        weights: above 0, (n,).
    """
    features = np.stack([np.ones(len(raw)), _log_odds(raw)], axis=1)
    centre = np.array([0.0, 1.0])
    found, value = centre, _loss(centre, features, truth, weights)
    for _ in range(_STEPS):
        levels = _logistic(features @ found)
        gradient = features.T @ (weights * (levels - truth)) + (found - centre) / PRIOR_SD**2
        spread = weights * levels * (1 - levels)
        hessian = (features.T * spread) @ features + np.eye(2) / PRIOR_SD**2
        step = np.linalg.solve(hessian, gradient)
        if float(gradient @ step) < _SMALL:
            break
        for halving in range(_HALVINGS):
            tried = found - step / 2**halving
            loss = _loss(tried, features, truth, weights)
            if loss <= value:
                break
        found, value = tried, loss
    return float(found[0]), float(found[1])


def monotone_curve(raw: Floats, truth: Floats, weights: Floats) -> Curve:
    """The rising or the falling map with the smaller squared error, smoothed as `fit_isotonic`.

    Args:
        raw: estimates, (n,), each 0 to 1.
        truth: true levels, (n,), each 0 to 1.
        weights: above 0, (n,).
    """
    curves = []
    for turned in (False, True):
        given = 1 - raw if turned else raw
        steps = fit_isotonic(given, truth, weights)
        points = np.unique(np.concatenate([[0.0], _thinned(np.array(steps.x)), [1.0]]))
        levels = steps(points)
        curve = Curve(1 - points[::-1], levels[::-1]) if turned else Curve(points, levels)
        curves.append((float((weights * (curve(raw) - truth) ** 2).sum()), turned, curve))
    return min(curves, key=lambda one: one[:2])[2]


def _thinned(points: Floats) -> Floats:
    """At most so many of `points` that both ends of the axis have room beside them."""
    most = MOST_POINTS - 2
    if len(points) <= most:
        return points
    return points[np.linspace(0, len(points) - 1, most).round().astype(np.intp)]


def _loss(found: Floats, features: Floats, truth: Floats, weights: Floats) -> float:
    scores = features @ found
    fit = weights * (np.logaddexp(0, scores) - truth * scores)
    apart = found - np.array([0.0, 1.0])
    return float(fit.sum() + (apart**2).sum() / (2 * PRIOR_SD**2))


def _log_odds(raw: Floats) -> Floats:
    inside = np.clip(raw, EDGE, 1 - EDGE)
    return np.asarray(np.log(inside / (1 - inside)))


def _logistic(scores: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0, -scores)))


def _check(raw: Floats, truth: Floats, weights: Floats) -> None:
    if not len(raw) == len(truth) == len(weights) or not len(raw):
        raise ValueError(
            f"{len(raw)} estimates, {len(truth)} levels and {len(weights)} weights do not fit"
        )
    if not np.all(np.isfinite(raw)):
        raise ValueError("estimates must be finite")
    if not np.all((truth >= 0) & (truth <= 1)):
        raise ValueError("levels must lie in 0 to 1")
    if not np.all(weights > 0):
        raise ValueError("weights must be above 0")
