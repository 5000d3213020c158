"""Why a run cannot show an effect or a loss: what it would take that it does not have."""

from __future__ import annotations

from collections.abc import Sequence

from alignkit.evaluate.metrics.kinds import CORRECTNESS, Formats, is_capability
from alignkit.evaluate.metrics.pairs import Pair, truths_of
from alignkit.evaluate.metrics.plain import Plain, is_control
from alignkit.evaluate.metrics.steered import Steered, steered


def no_effect(pairs: Sequence[Pair], plain: Sequence[Pair]) -> str:
    """What `pairs`, decisions under profiles, lack for an effect or a gain over `plain`."""
    asked = [pair for pair in pairs if pair[0].profile is not None]
    if not asked:
        return "no decision under a profile"
    if all(result.outcome == "failed" for _, result in asked):
        return f"no decision that did not fail, of {len(asked):,}"
    return _no_pairs(steered(asked), Plain(plain))


def _no_pairs(wishes: Sequence[Steered], known: Plain) -> str:
    """What `wishes`, decisions on scenarios with true values, lack to be held against others."""
    if not wishes:
        return "no scenario with true values of what is wanted"
    if all(one.result.outcome == "failed" for one in wishes):
        return f"no decision that did not fail, of {len(wishes):,} with true values"
    if len({one.level for one in wishes}) > 1:
        return "no scenario that was decided at two levels of an attribute"
    if not any(known.beside(one.cell) for one in wishes):
        return "no second level of an attribute, nor a plain model's decision on the same scenarios"
    return "too few scenarios for an interval"


def no_loss(pairs: Sequence[Pair], plain: Sequence[Pair], formats: Formats) -> str:
    """What `pairs`, decisions under profiles, lack for a loss of accuracy against `plain`."""
    asked = [pair for pair in pairs if pair[0].profile is not None]
    if not asked:
        return "no decision under a profile"
    if all(is_control(cell) for cell, _ in asked):
        return "no decider that follows a profile"
    right = [
        pair for pair in asked if is_capability(pair[0], formats) and truths_of(*pair, CORRECTNESS)
    ]
    if not right:
        return "no question with a right answer under a profile"
    known = Plain(plain)
    if not any(known.beside(cell) for cell, _ in right):
        return "no decision of the plain model on the same questions"
    return "fewer than two questions that both answered"
