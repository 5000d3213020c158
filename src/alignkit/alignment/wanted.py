"""A target as a density, and estimates in the levels that it is given in."""

from __future__ import annotations

import numpy as np

from alignkit.alignment.function import Sight
from alignkit.alignment.kde import Kde
from alignkit.alignment.settings import AlignmentSettings
from alignkit.errors import InvalidSetting
from alignkit.schema import Target
from alignkit.stats.probability import Floats

_EVENLY = 101
"""So many levels stand for a range."""
_FLOOR = 1e-10
"""Added to the prior density, as the predecessor does, so that none divides by 0."""


def wanted_levels(target: Target) -> Floats:
    """The levels that `target` wants, equally often: (n_levels,), 0 to 1.

    The samples, the value, or levels spread evenly over the range.
    """
    if target.samples is not None:
        return np.asarray(target.samples, dtype=np.float64)
    if target.range is not None:
        return np.linspace(*target.range, _EVENLY)
    return np.asarray([target.level])


def wanted_density(name: str, target: Target, settings: AlignmentSettings) -> Kde:
    """The density of the levels that `target` wants of the attribute `name`.

    With the norm `prior`, a wanted level x counts in proportion to
    factor / (prior density at x) + 1 - factor: levels that are rarely on offer have to be taken
    more often when they are.

    Raises:
        InvalidSetting: the prior needs a pool that is not given.
    """
    levels = wanted_levels(target)
    if settings.norm != "prior":
        return Kde.of(levels, settings.bandwidth, settings.boundary)
    pool = Kde.of(_pool(name, settings), settings.bandwidth, settings.boundary)
    factor = settings.prior_factor
    weights = factor / (np.exp(pool.log_density(levels)) + _FLOOR) + 1 - factor
    return Kde.of(levels, settings.bandwidth, settings.boundary, weights)


def normed(sight: Sight) -> tuple[Floats, Floats]:
    """Levels and their standard deviations (n_choices,) in the norm of the target's samples.

    The norms `local` and `global` map the smallest and the largest level, of the item or of the
    pool, to 0 and 1. Where these are equal there is nothing to stretch, and levels stay as they
    are.

    Raises:
        InvalidSetting: the norm needs a pool that is not given.
    """
    norm = sight.settings.norm
    if norm == "local":
        return _stretched(sight, sight.levels)
    if norm == "global":
        return _stretched(sight, _pool(sight.name, sight.settings))
    return sight.levels, sight.sds


def _stretched(sight: Sight, pool: Floats) -> tuple[Floats, Floats]:
    low, high = pool.min(), pool.max()
    if low == high:
        return sight.levels, sight.sds
    width = high - low
    return np.clip((sight.levels - low) / width, 0, 1), sight.sds / width


def _pool(name: str, settings: AlignmentSettings) -> Floats:
    if name not in settings.pool:
        raise InvalidSetting(
            f"norm={settings.norm} needs levels of {name!r} over many items.",
            "Give them as pool, or use norm=raw or norm=local.",
        )
    return np.asarray(settings.pool[name], dtype=np.float64)
