"""From a verdict to an outcome: decided, or escalated with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.case import Case, Verdict
from alignkit.schema import Threshold
from alignkit.stats.probability import Floats, confidence, normalise

_TIE = 1e-12
"""Probabilities nearer to each other than this are equal but for rounding."""


@dataclass(frozen=True)
class Conclusion:
    """How a decision ends."""

    choice: str | None
    reason: str | None
    probabilities: Floats
    """(n_choices,), those that a boundary forbids at 0."""
    confidence: float


def conclude(
    case: Case,
    verdict: Verdict,
    forbidden: Mapping[str, str],
    threshold: Threshold | None = None,
) -> Conclusion:
    """The end of `case`: `forbidden` maps choices to the boundary that rules them out.

    `threshold` is the confidence that was learned for the profile's error rate, if one was.
    """
    ids = case.scenario.choice_ids
    allowed = np.array([choice not in forbidden for choice in ids])
    if not allowed.any():
        broken = ", ".join(sorted(set(forbidden.values())))
        reason = f"every choice breaks a boundary ({broken})"
        return Conclusion(None, reason, verdict.probabilities, 0.0)
    open_shares = np.where(allowed, verdict.probabilities, 0.0)
    # Where all of the probability was on forbidden choices, nothing tells the others apart.
    shares = normalise(open_shares if open_shares.sum() > 0 else allowed.astype(np.float64))
    certainty = confidence(shares)
    doubt = _tied(shares) if verdict.ranking is None else None
    doubt = doubt or _unsure(case, certainty, threshold)
    ranking = (int(shares.argmax()),) if verdict.ranking is None else verdict.ranking
    best = next(index for index in ranking if allowed[index])
    return Conclusion(None if doubt else ids[best], doubt, shares, certainty)


def _tied(shares: Floats) -> str | None:
    """Why a person should decide where two choices are equally likely, or None."""
    order = np.sort(shares)
    return "the likeliest choices are exactly tied" if order[-1] - order[-2] <= _TIE else None


def _unsure(case: Case, certainty: float, threshold: Threshold | None) -> str | None:
    """Why a person should decide where the profile wants more certainty, or None."""
    escalate = case.profile.escalate if case.profile else None
    if escalate is None:
        return None
    if escalate.min_confidence is not None:
        if certainty < escalate.min_confidence:
            return f"confidence {certainty:.2f} is below the profile's {escalate.min_confidence:g}"
        return None
    if threshold is None:
        return (
            f"the profile asks for an error rate of at most {escalate.error_rate:g}, which cannot "
            "be promised without a calibration of this model, decider and profile "
            "(align calibrate)"
        )
    if certainty < threshold.confidence:
        mine, least = _told_apart(certainty, threshold.confidence)
        return (
            f"confidence {mine} is below {least}, from which on the error rate is at most "
            f"{threshold.error_rate:g} with certainty {threshold.certainty:g}"
        )
    return None


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Both with two digits, or with as many as tell them apart."""
    pairs = ((f"{one:.{digits}f}", f"{other:.{digits}f}") for digits in range(2, 17))
    return next((pair for pair in pairs if pair[0] != pair[1]), (str(one), str(other)))
