"""How far probabilities can be believed, and what leaving doubtful decisions to people saves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, Scored, figure
from alignkit.evaluate.metrics.kinds import ALWAYS_HIGH
from alignkit.evaluate.metrics.pairs import Method, Pair, grouped, method_of, right_for, truths_of
from alignkit.evaluate.metrics.steered import steered
from alignkit.schema.run import Result
from alignkit.stats.scoring import Bin, expected_calibration_error, reliability
from alignkit.stats.selective import risk_coverage

_POINTS = 50
"""A risk-coverage curve is drawn through so many points."""


@dataclass(frozen=True)
class Judgement:
    """A decision of which it is known whether it is right."""

    result: Result
    scored: Scored
    method: Method

    @property
    def sure(self) -> float:
        """The probability of the likeliest choice, 0 to 1."""
        return min(max(self.result.probabilities.values(), default=0.0), 1.0)


@dataclass(frozen=True)
class Calibration:
    """How well the probability of the likeliest choice foretells that it is right."""

    method: Method
    brier: Figure
    """Mean squared difference from 1 (right) or 0 (wrong): 0 to 1, lower is better. Chance is what
    a fair die gets that knows its odds."""
    error: float
    """Expected calibration error: the mean distance of stated from observed share over ten bins
    of equal width, 0 to 1, lower is better; chance alone makes it more than 0."""
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class RiskCoverage:
    """What share of decisions is wrong when only the most confident ones are made."""

    method: Method
    points: tuple[tuple[float, float], ...]
    """Coverage (share decided, above 0 to 1) and risk (share of these that is wrong)."""
    area: float
    """Under the curve: 0 to 1, lower is better; the plain error rate where confidence says
    nothing."""
    risk: Figure
    """With everything decided: share of wrong ones, 0 to 1, lower is better."""
    decided: int
    """Decisions that were made."""
    escalated: int
    """Decisions that were left to people."""
    kept_risk: float | None
    """Share of wrong ones among those that were made; None where there are none."""


def judgements(pairs: Sequence[Pair]) -> list[Judgement]:
    """Every decision with probabilities of which a profile or the data say what is right."""
    found = [
        Judgement(one.result, one.right, one.method)
        for one in steered(pairs)
        if one.right is not None and one.attribute not in ALWAYS_HIGH and one.result.probabilities
    ]
    for cell, result in pairs:
        for name in ALWAYS_HIGH:
            truths = truths_of(cell, result, name) if result.probabilities else None
            if truths is not None:
                scored = right_for(cell, result, truths)
                found.append(Judgement(result, scored, method_of(cell)))
    return found


def calibrations(judged: Sequence[Judgement]) -> list[Calibration]:
    """A line for each method."""
    return [
        _calibration(method, ours)
        for method, ours in sorted(grouped(judged, lambda one: one.method).items())
    ]


def risk_coverages(judged: Sequence[Judgement]) -> list[RiskCoverage]:
    """A line for each method."""
    return [
        _risk(method, ours)
        for method, ours in sorted(grouped(judged, lambda one: one.method).items())
    ]


def _calibration(method: Method, judged: Sequence[Judgement]) -> Calibration:
    sure = np.array([one.sure for one in judged])
    # Of equally likely choices the first is drawn here, as half a truth is none.
    right = np.array([_first_is_right(one) for one in judged])
    die = [sum(one.scored.worth.values()) / len(one.scored.worth) for one in judged]
    brier = figure((sure - right) ** 2, [one.scored.group for one in judged], "share")
    chance = float(np.mean([share * (1 - share) for share in die]))
    return Calibration(
        method,
        Figure(brier.value, brier.interval, brier.n, brier.groups, chance, None, brier.error),
        expected_calibration_error(sure, right),
        reliability(sure, right),
    )


def _first_is_right(one: Judgement) -> bool:
    likely = one.result.probabilities
    return one.scored.worth.get(max(likely, key=lambda key: likely[key]), 0.0) == 1


def _risk(method: Method, judged: Sequence[Judgement]) -> RiskCoverage:
    wrong = np.array([1 - one.scored.value for one in judged])
    made = np.array([one.result.outcome == "decided" for one in judged])
    curve = risk_coverage(np.array([one.result.confidence for one in judged]), wrong)
    shown = np.unique(np.linspace(0, len(curve.risk) - 1, _POINTS).round().astype(int))
    return RiskCoverage(
        method,
        tuple((float(curve.coverage[i]), float(curve.risk[i])) for i in shown),
        curve.area,
        figure(wrong, [one.scored.group for one in judged], "share"),
        int(made.sum()),
        int((~made).sum()),
        float(wrong[made].mean()) if made.any() else None,
    )
