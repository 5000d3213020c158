"""What following a profile brings over the plain model, by what the profile itself wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, figure, figure_of, mean_of
from alignkit.evaluate.metrics.pairs import Method, Pair, grouped, method_of
from alignkit.evaluate.metrics.plain import borrowed
from alignkit.evaluate.metrics.steered import Steered, steered


@dataclass(frozen=True)
class Gain:
    """How much nearer to what a profile wants decisions come under it."""

    method: Method
    profile: str
    plain: Figure
    """Alignment score of the plain model on the same items, judged by the profile's wishes."""
    under: Figure
    """Alignment score under the profile."""
    gain: Figure
    """Difference on the same items, -1 to 1, higher is better, 0 is none."""


def gains(pairs: Sequence[Pair]) -> list[Gain]:
    """A line for each method and profile whose items the plain model decided, too."""
    plain = [pair for pair in pairs if pair[0].profile is None]
    asked = [pair for pair in pairs if pair[0].profile is not None]
    parts = grouped(asked, lambda pair: (method_of(pair[0]), pair[0].profile or ""))
    lines = [_gain(*key, part, plain) for key, part in sorted(parts.items())]
    return [line for line in lines if line is not None]


def _gain(method: Method, profile: str, part: Sequence[Pair], plain: Sequence[Pair]) -> Gain | None:
    before = grouped(steered(borrowed(plain, part)), _key)
    both = [
        (one.closeness, mean_of([other.closeness for other in before[_key(one)]]))
        for one in steered(part)
        if _key(one) in before
    ]
    if not both:
        return None
    groups = [one.group for one, _ in both]
    differences = np.array([one.value - other.value for one, other in both])
    return Gain(
        method,
        profile,
        figure_of([other for _, other in both]),
        figure_of([one for one, _ in both]),
        figure(differences, groups, "paired"),
    )


def _key(one: Steered) -> tuple[str, str, int, str]:
    return (*one.item, one.attribute)
