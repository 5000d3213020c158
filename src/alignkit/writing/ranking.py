"""Which of many texts share the most telling words with another: BM25.

The libraries for this split words by English rules and take longer to load than the scoring takes
to write. Words come from `examples.wording`, which knows scripts without blanks; parts of longer
words stand beside them, so that other forms of a word count, too ("treated", "Behandlung").
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from alignkit.examples.wording import words
from alignkit.stats.probability import Floats

_K1, _B = 1.2, 0.75
"""The usual saturation and length correction (Robertson and Zaragoza, 2009)."""
_PART = 4
_DIGITS = 9
"""Scores are rounded, so that the last bits of a sum never decide an order."""


class Ranking:
    """Scores fixed texts against others."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Rank `texts`."""
        counts = [Counter(_terms(text)) for text in texts]
        sizes = np.array([one.total() for one in counts], dtype=np.float64)
        mean = float(sizes.mean()) if len(sizes) else 1.0
        self._room = _K1 * (1 - _B + _B * sizes / mean)
        self._found: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, one in enumerate(counts):
            for term, count in one.items():
                self._found[term].append((place, count))

    def scores(self, text: str) -> Floats:
        """How well each text fits `text`, (n,), 0 where they share no word."""
        total = np.zeros(len(self._room))
        for term in set(_terms(text)):
            rarity = self._rarity(term)
            for place, count in self._found.get(term, ()):
                total[place] += rarity * count / (count + self._room[place])
        return np.round(total, _DIGITS)

    def nearest(self, text: str, most: int) -> list[int]:
        """The places of at most `most` texts that fit best, the best first; none that scores 0."""
        scores = self.scores(text)
        order = np.argsort(-scores, kind="stable")[:most]
        return [int(place) for place in order if scores[place] > 0]

    def _rarity(self, term: str) -> float:
        holding = len(self._found.get(term, ()))
        return math.log(1 + (len(self._room) - holding + 0.5) / (holding + 0.5))


def _terms(text: str) -> Iterator[str]:
    for word in words(text):
        yield word
        if len(word) > _PART:
            yield from (f"#{word[i : i + _PART]}" for i in range(len(word) - _PART + 1))
