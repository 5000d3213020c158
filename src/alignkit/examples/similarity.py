"""How alike scenarios are: the cosine between embeddings of their texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from alignkit.schema import Scenario
from alignkit.stats.probability import Floats

_DIGITS = 9
"""Similarities are rounded, so that the last bits of a sum never decide an order."""


class Embeds(Protocol):
    """Turns texts into vectors."""

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 per text, (n, d); a text's row does not depend on the other texts."""


class Similarity:
    """Compares scenarios by embeddings, each of which is made once."""

    def __init__(self, embedding: Embeds) -> None:
        """Compare by the rows that `embedding` makes. They are kept."""
        self._embedding = embedding
        self._rows: dict[str, Floats] = {}

    def of(self, scenario: Scenario, others: Sequence[Scenario]) -> list[float]:
        """How similar `scenario` is to each of `others`, -1 to 1."""
        row, *rows = self._embedded([text_of(scenario), *map(text_of, others)])
        # Not a matrix product, whose last bits can depend on where a row stands.
        return [round(float((row * other).sum()), _DIGITS) for other in rows]

    def _embedded(self, texts: Sequence[str]) -> list[Floats]:
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            self._rows.update(zip(new, self._embedding.embed(new), strict=True))
        return [self._rows[text] for text in texts]


def text_of(scenario: Scenario) -> str:
    """All that `scenario` says, the same for every order of its choices."""
    return "\n".join(
        (scenario.context, scenario.question, *sorted(c.text for c in scenario.choices))
    )


def unit(rows: Floats) -> Floats:
    """`rows` (n, d) scaled to length 1; rows of zeros stay as they are."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float64)


def rarity(documents: int, containing: int) -> float:
    """The weight of what stands in `containing` of `documents` texts: log((n + 1) / m), above 0.

    Inverse document frequency (Spärck Jones, 1972); what stands in no text counts as if in one, and
    where there are no texts as if there was one.
    """
    return math.log((max(documents, 1) + 1) / max(containing, 1))
