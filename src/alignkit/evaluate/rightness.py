"""Which choice counts as taken, and which ones are right: the rules that every figure shares."""

from __future__ import annotations

from collections.abc import Mapping

SAME = 1e-6
"""Probabilities nearer to each other than this are kept as equal."""


def taken(choice: str | None, probabilities: Mapping[str, float]) -> dict[str, float]:
    """By choice: how much it counts as taken, summing to 1; empty for a failed decision.

    That is the `choice` that was made. Of an escalated decision it is the likeliest one, and of
    several equally likely ones each in equal parts.
    """
    if choice is not None:
        return {choice: 1.0}
    top = max(probabilities.values(), default=0.0)
    tied = [key for key, share in probabilities.items() if share >= top - SAME]
    return {key: 1 / len(tied) for key in tied}


def extreme(truths: Mapping[str, float], *, high: bool) -> frozenset[str]:
    """The choices with the highest true value, or with the lowest.

    Args:
        truths: by choice, at least one.
        high: whether the highest is meant.
    """
    wanted = (max if high else min)(truths.values())
    return frozenset(choice for choice, truth in truths.items() if truth == wanted)
