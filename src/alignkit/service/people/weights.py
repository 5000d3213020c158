"""How a person or a group weighs an attribute against another one, from what they chose."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from alignkit.schema import LogitEffects, Target
from alignkit.service.people.fits import EFFECTS, Fit, FitPlan
from alignkit.service.people.past_choices import Past, Shown, informative
from alignkit.stats.conditional_logit import Faced, fit_effects
from alignkit.stats.probability import Floats

_SAME = 1e-9


def fit_weight(past: Past, name: str, plan: FitPlan) -> Fit:
    """What `past` says of how the attribute `name` is weighed against `plan.against`.

    The effects are those of a conditional logit model with a small ridge. Levels are scaled by
    their standard deviation and not centred, so that the alignment functions `logit` (which looks
    at differences of levels) and `multinomial_logit` (which looks at levels) read them alike.
    Choices of several people are fitted as if they were one person's.

    Args:
        past: with one informative choice at least.
        name: of the attribute.
        plan: what it is weighed against, and how sure the interval is.
    """
    kept = informative(past, (name, plan.against))
    scales = _scales([one for _, one in kept])
    faced = [Faced(_features(one.levels, scales), one.taken, choice.weight) for choice, one in kept]
    found = fit_effects(faced)
    without = fit_effects([Faced(one.features[:, 1:], one.taken, one.weight) for one in faced])
    weight, error = float(found.values[0]), float(found.errors[0])
    reach = NormalDist().inv_cdf((1 + plan.level) / 2) * error
    return Fit(
        attribute=name,
        estimate=weight,
        interval=(weight - reach, weight + reach),
        informative=len(kept),
        people=len({choice.person for choice, _ in kept}),
        gain=found.log_evidence - without.log_evidence,
        target=Target(logit=_effects(found.values, scales)),
        errors=dict(zip(EFFECTS, found.errors.tolist(), strict=True)),
    )


def _scales(seen: Sequence[Shown]) -> Floats:
    """Standard deviations (2,) of both attributes over all options; 1 where there is none."""
    found = np.concatenate([one.levels for one in seen]).std(axis=0)
    return np.where(found > _SAME, found, 1.0)


def _features(levels: Floats, scales: Floats) -> Floats:
    """Both attributes by their scale, and which option has most of the other: (n_options, 3)."""
    most = levels[:, 1] >= levels[:, 1].max() - _SAME
    return np.column_stack([levels / scales, most])


def _effects(values: Floats, scales: Floats) -> LogitEffects:
    weight, other, intercept = np.round(values, 4).tolist()
    own, others = np.round(scales, 4).tolist()
    return LogitEffects(
        weight=weight,
        intercept=intercept,
        other_weight=other,
        scale=(0.0, own),
        other_scale=(0.0, others),
    )
