"""Densities of levels in 0..1 by kernels (Parzen, 1962, doi:10.1214/aoms/1177704472)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alignkit.alignment.settings import Boundary
from alignkit.stats.probability import Floats, normalise

GRID: Floats = np.linspace(0, 1, 101)
"""Levels at which densities are compared."""

_REACH = 4.5
"""So many standard deviations per unit of length beyond 0..1 are folded back: what lies further
out has a density below 1e-17 of the kernel's height."""


@dataclass(frozen=True, eq=False)
class Kde:
    """A mixture of normal kernels, one at each of `points`.

    With the boundary `reflect`, each kernel is folded back at 0 and 1 until all of it lies
    between (Silverman, 1986, Density Estimation, section 2.10), so that the density there
    integrates to 1. With `none` it is the plain mixture, some of it outside 0..1.
    """

    points: Floats
    """(n_points,), each 0 to 1."""
    sds: Floats
    """(n_points,), above 0: of the kernels."""
    weights: Floats
    """(n_points,), above 0, summing to 1."""
    boundary: Boundary = "reflect"

    @classmethod
    def of(
        cls, points: Floats, bandwidth: float, boundary: Boundary, weights: Floats | None = None
    ) -> Kde:
        """The density of `points` (n_points,), all with the same kernel."""
        given = np.ones(len(points)) if weights is None else weights
        return cls(points, np.full(len(points), bandwidth), normalise(given), boundary)

    def log_density(self, levels: Floats, spreads: Floats | float = 0.0) -> Floats:
        """Logarithm of the density at `levels`: (n_levels,).

        Args:
            levels: (n_levels,), each 0 to 1.
            spreads: (n_levels,), at least 0. A level that is itself uncertain, normal with this
                standard deviation (and folded back as the kernels are), gets the logarithm of its
                expected density. The sum of two normal variables is normal, so this is the
                density with the kernels' variances raised by spread^2.
        """
        widths = np.broadcast_to(np.asarray(spreads, dtype=np.float64), levels.shape)
        variances = self.sds**2 + widths[:, None] ** 2
        images = self._images(math.sqrt(variances.max()))
        gaps = levels[:, None, None] - images
        logs = -(gaps**2) / (2 * variances[:, None]) - np.log(2 * np.pi * variances[:, None]) / 2
        logs = logs + np.log(self.weights)
        return _log_of_sum(logs.reshape(len(levels), -1))

    def on_grid(self) -> Floats:
        """Probabilities of the levels of `GRID`, in proportion to the density: (101,)."""
        return normalise(np.exp(self.log_density(GRID)))

    def draw(self, rng: np.random.Generator) -> float:
        """A level drawn from the density, 0 to 1.

        What falls outside is folded back, or with the boundary `none` moved to the nearer end.
        """
        place = rng.choice(len(self.points), p=self.weights)
        level = self.points[place] + self.sds[place] * rng.standard_normal()
        if self.boundary == "none":
            return float(np.clip(level, 0, 1))
        return float(1 - abs(level % 2 - 1))

    def _images(self, widest: float) -> Floats:
        """Where kernels stand, mirror images included: (n_images, n_points)."""
        if self.boundary == "none":
            return self.points[None, :]
        count = math.ceil(_REACH * widest)
        shifts = 2 * np.arange(-count, count + 1)[:, None]
        return np.concatenate([shifts + self.points, shifts - self.points])


def _log_of_sum(logs: Floats) -> Floats:
    """log(sum of exp(`logs`)) along rows (n, m), without underflow: (n,)."""
    tops = logs.max(axis=1)
    return np.asarray(tops + np.log(np.exp(logs - tops[:, None]).sum(axis=1)))
