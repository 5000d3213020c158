"""Similarity by words and parts of words: needs no model, no download and no other library."""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from alignkit.examples.similarity import rarity, unit
from alignkit.examples.wording import words
from alignkit.stats.probability import Floats

_COLUMNS = 8192
_PARTS = (3, 4, 5)
"""Lengths of the parts of words, in signs; a blank marks where a word begins or ends."""
_SIGN = 2**31


class LexicalEmbedding:
    """Rows of the words, pairs of words and parts of words of a text, by how rare they are.

    The weight of a feature is (1 + log of how often it occurs) times its rarity among the texts of
    the pool; it is added to or taken from one of 8192 columns, both by its hash (Weinberger et al.
    2009, "Feature Hashing for Large Scale Multitask Learning"), so that features that meet in a
    column don't look alike on average.
    """

    def __init__(self, corpus: Iterable[str]) -> None:
        """Learn from the texts of `corpus` (the pool) what is rare."""
        self._texts = 0
        self._containing: Counter[str] = Counter()
        for text in corpus:
            self._texts += 1
            self._containing.update(set(_features(text)))

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 per text, (n, 8192)."""
        rows = np.zeros((len(texts), _COLUMNS))
        for row, text in zip(rows, texts, strict=True):
            for feature, count in Counter(_features(text)).items():
                hashed = zlib.crc32(feature.encode())
                weight = (1 + math.log(count)) * rarity(self._texts, self._containing[feature])
                row[hashed % _COLUMNS] += weight if hashed >= _SIGN else -weight
        return unit(rows)


def _features(text: str) -> Iterator[str]:
    run = words(text)
    yield from run
    yield from (f"{a} {b}" for a, b in pairwise(run))
    for word in run:
        whole = f" {word} "
        for size in _PARTS:
            for start in range(len(whole) - size + 1):
                yield f"#{whole[start : start + size]}"
