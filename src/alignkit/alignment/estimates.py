"""What a decider found out about one item: how much each choice shows each attribute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alignkit.errors import UsageError
from alignkit.stats.probability import Floats

_TABLE = 2
"""Dimensions of a table."""


@dataclass(frozen=True, eq=False)
class Estimates:
    """How much each choice of one item shows each attribute.

    Raises:
        ValueError: the shapes do not fit, a name is there twice, or a number is out of range.
    """

    names: tuple[str, ...]
    """Attributes, also such without a target."""
    means: Floats
    """(n_choices, n_names), each 0 to 1."""
    sds: Floats
    """(n_choices, n_names), each at least 0: how unsure the estimates are."""
    relevance: Floats | None = None
    """(n_names,), each 0 to 1: how much the attribute matters here; None counts all in full."""

    def __post_init__(self) -> None:
        if self.means.ndim != _TABLE or self.means.shape[1] != len(self.names) or not self.names:
            raise ValueError(f"means {self.means.shape} do not fit {len(self.names)} names")
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"names {self.names} are not all different")
        if len(self.means) == 0:
            raise ValueError("there are no choices")
        if self.sds.shape != self.means.shape:
            raise ValueError(f"sds {self.sds.shape} do not fit means {self.means.shape}")
        if not _shares(self.means):
            raise ValueError("means must lie in 0 to 1")
        if not (np.all(self.sds >= 0) and np.all(np.isfinite(self.sds))):
            raise ValueError("sds must be finite and at least 0")
        if self.relevance is not None:
            self._check_relevance(self.relevance)

    def _check_relevance(self, relevance: Floats) -> None:
        if relevance.shape != (len(self.names),):
            raise ValueError(f"relevance {relevance.shape} does not fit {len(self.names)} names")
        if not _shares(relevance):
            raise ValueError("relevance must lie in 0 to 1")

    def column(self, name: str) -> int:
        """Where the attribute `name` stands.

        Raises:
            UsageError: it was not estimated.
        """
        if name not in self.names:
            raise UsageError(
                f"There is no estimate of {name!r}.", f"Estimated are: {', '.join(self.names)}."
            )
        return self.names.index(name)

    def levels(self, name: str) -> Floats:
        """How much each choice shows the attribute `name`: (n_choices,), 0 to 1."""
        return self.means[:, self.column(name)]

    def spreads(self, name: str) -> Floats:
        """How unsure those levels are: standard deviations (n_choices,), at least 0."""
        return self.sds[:, self.column(name)]


def _shares(numbers: Floats) -> bool:
    """Whether all lie in 0 to 1, which not-a-number does not."""
    return bool(np.all((numbers >= 0) & (numbers <= 1)))
