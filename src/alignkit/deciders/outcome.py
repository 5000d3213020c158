"""From a verdict to an outcome: decided, or escalated with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.case import Case, Verdict
from alignkit.schema import Escalation
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


def conclude(case: Case, verdict: Verdict, forbidden: Mapping[str, str]) -> Conclusion:
    """The end of `case`: `forbidden` maps choices to the boundary that rules them out."""
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
    doubt = _doubt(case, shares, certainty, ranked=verdict.ranking is not None)
    ranking = (int(shares.argmax()),) if verdict.ranking is None else verdict.ranking
    best = next(index for index in ranking if allowed[index])
    return Conclusion(None if doubt else ids[best], doubt, shares, certainty)


def _doubt(case: Case, shares: Floats, certainty: float, *, ranked: bool) -> str | None:
    """Why a person should decide, or None."""
    escalate = case.profile.escalate if case.profile else None
    if not ranked:
        order = np.sort(shares)
        if order[-1] - order[-2] <= _TIE:
            return "the likeliest choices are exactly tied"
    return _below(escalate, certainty) if escalate else None


def _below(escalate: Escalation, certainty: float) -> str | None:
    if escalate.min_confidence is None:
        return (
            f"the profile asks for an error rate of at most {escalate.error_rate:g}, which cannot "
            "be promised without a calibration of this model and decider"
        )
    if certainty < escalate.min_confidence:
        return f"confidence {certainty:.2f} is below the profile's {escalate.min_confidence:g}"
    return None
