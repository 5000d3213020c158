"""Weighted distance to the targets: the nearest choice is the likeliest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.schema import Target
from alignkit.stats.probability import Floats, softmax


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
    shares = weights / weights.sum()
    # Not a matrix product, whose last bits can depend on where a row stands.
    return np.asarray((np.stack(columns, axis=1) * shares).sum(axis=1))


def choice_probabilities(distances: Floats, temperature: float) -> Floats:
    """A probability per choice that falls with its distance: softmax(-distance / temperature).

    Args:
        distances: (n_choices,), at least 0.
        temperature: above 0; the difference in distance that makes a choice e times as likely.

    Raises:
        ValueError: the temperature is not above 0.
    """
    if not temperature > 0:
        raise ValueError("temperature must be above 0")
    return softmax(-distances / temperature)
