"""How a person or a group weighs an attribute against a competing one, as a fitted logit model.

Each choice has a utility, and probabilities are the softmax of the utilities (McFadden, 1974,
Conditional logit analysis of qualitative choice behavior). The predecessor (align-system) gives the
intercept to the choices listed before the last. Here it goes to the choice with the most of the
competing attribute, so that the order of listing does not matter.
"""

from __future__ import annotations

import numpy as np

from alignkit.alignment.function import Alignment, Sight
from alignkit.errors import UsageError
from alignkit.schema import LogitEffects
from alignkit.stats.probability import Floats

_SAME = 1e-12
"""Levels nearer than this are equal; the rest is rounding."""


def logit_utilities(levels: Floats, other: Floats, effects: LogitEffects) -> Floats:
    """The utility of each choice up to a common constant: (n_choices,).

        utility = weight * z(level) + other_weight * z(other), and the intercept where other is
        largest, with z(x) = (x - mean) / sd by `scale` and `other_scale`.

    The predecessor takes differences to the last choice, whose utility is 0. That subtracts the
    same number from every utility, which a softmax does not see, so only the intercept departs
    from it. Choices that share the largest `other` share the intercept; if all do, it is without
    effect.

    Args:
        levels: of the attribute, (n_choices,).
        other: levels of the competing attribute, (n_choices,).
        effects: with scales of levels.
    """
    return _slopes(levels, other, effects) + effects.intercept * _most(other)


def paired_utilities(levels: Floats, other: Floats, effects: LogitEffects) -> Floats:
    """The utilities of two choices up to a common constant: (2,).

    Let a be the choice with more of the competing attribute and b the other one. Then

        logit P(a) = intercept + weight * z(level of a - level of b)
                     + other_weight * z(other of a - other of b)

    with `scale` and `other_scale` as means and standard deviations of these differences, as the
    predecessor's model for two choices has them. (It has the level of the first choice instead of
    the difference, which is the same where the second shows none of the attribute.) Where both
    have equally much of the competing attribute there is no a, and only the slopes count: the mean
    of both readings.

    Args:
        levels: of the attribute, (2,).
        other: levels of the competing attribute, (2,).
        effects: with scales of differences.
    """
    (mean, sd), (other_mean, other_sd) = effects.scale, effects.other_scale
    constant = (
        effects.intercept
        - effects.weight * mean / sd
        - effects.other_weight * other_mean / other_sd
    )
    return _slopes(levels, other, effects) + constant * _most(other)


def _slopes(levels: Floats, other: Floats, effects: LogitEffects) -> Floats:
    (mean, sd), (other_mean, other_sd) = effects.scale, effects.other_scale
    return np.asarray(
        effects.weight * (levels - mean) / sd
        + effects.other_weight * (other - other_mean) / other_sd
    )


def _most(other: Floats) -> Floats:
    """1 where `other` is largest, else 0."""
    return np.where(other >= other.max() - _SAME, 1.0, 0.0)


def _effects(sight: Sight) -> LogitEffects:
    if sight.target.logit is None:
        raise UsageError(f"The target of {sight.name!r} gives no effects.", "Give it logit.")
    return sight.target.logit


def _paired(sight: Sight) -> Floats:
    return -paired_utilities(sight.levels, sight.other, _effects(sight))


def _multinomial(sight: Sight) -> Floats:
    return -logit_utilities(sight.levels, sight.other, _effects(sight))


LOGIT = Alignment(
    "logit", _paired, kinds=("logit",), temperature=1.0, choices=2, reads=("against",)
)
MULTINOMIAL_LOGIT = Alignment(
    "multinomial_logit", _multinomial, kinds=("logit",), temperature=1.0, reads=("against",)
)
