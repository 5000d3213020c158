"""Weighted distance to the targets: the nearest choice is the likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.alignment.function import Alignment, Sight
from alignkit.alignment.weights import weighted_norm, weighted_sum
from alignkit.schema import Target
from alignkit.stats.probability import Floats, normalise


def target_distances(levels: Floats, target: Target) -> Floats:
    """How far `levels` (n_choices,), each 0 to 1, are from what `target` wants: (n_choices,).

    - value: the absolute difference.
    - range: 0 inside, else the difference to the nearer end.
    - samples: the mean absolute difference to the samples, less half the mean absolute difference
      among them. This is the continuous ranked probability score of the samples for that level
      (Gneiting and Raftery, 2007, eq. 21, doi:10.1198/016214506000001437), so it is at least 0
      and 0 only for samples that all equal the level.
    """
    if target.range is not None:
        low, high = target.range
        return np.maximum(0, np.maximum(low - levels, levels - high))
    if target.samples is not None:
        samples = np.asarray(target.samples, dtype=np.float64)
        spread = np.abs(samples[:, None] - samples[None, :]).mean() / 2
        return np.asarray(np.abs(levels[:, None] - samples[None, :]).mean(axis=1) - spread)
    return np.abs(levels - target.level)


def weighted_distance(levels: Floats, targets: Sequence[Target]) -> Floats:
    """The weighted mean of the distances to all targets, per choice: (n_choices,), 0 to 1.

    Args:
        levels: estimates (n_choices, n_targets), each 0 to 1, columns in the order of `targets`.
        targets: at least one; only the ratios of their weights matter.

    Raises:
        ValueError: the shapes do not fit, or a level is outside 0 to 1.
    """
    if levels.ndim != 2 or levels.shape[1] != len(targets) or not targets:  # noqa: PLR2004
        raise ValueError(f"levels {levels.shape} do not fit {len(targets)} targets")
    if not np.all((levels >= 0) & (levels <= 1)):
        raise ValueError("levels must lie in 0 to 1")
    weights = np.asarray([target.weight for target in targets], dtype=np.float64)
    columns = [target_distances(levels[:, i], target) for i, target in enumerate(targets)]
    # Not a matrix product, whose last bits can depend on where a row stands.
    return np.asarray(weighted_sum(np.stack(columns, axis=1), normalise(weights)).sum(axis=1))


def _apart(sight: Sight) -> Floats:
    return target_distances(sight.levels, sight.target)


DISTANCE = Alignment("distance", _apart)
EUCLIDEAN = Alignment("euclidean", _apart, combine=weighted_norm)
