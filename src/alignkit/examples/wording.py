"""What a text says, whatever its case, its blanks, the order of its sentences and its names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

MASK = "_"
"""Stands for every word of one sign, such as the A of "Patient A"."""

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)
"""Signs of scripts that write no blanks: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_SENTENCE_END = re.compile("[.!?;:\n\u3002\u061f\u061b\u0964]+")
_RENAMED = 4
"""At most one word in so many may be another name in texts that count as alike."""


@dataclass(frozen=True)
class Wording:
    """The words of a text, how often each occurs, and which of them may be names."""

    counts: Mapping[str, int]
    names: frozenset[str]

    @classmethod
    def of(cls, texts: Iterable[str], declared: Iterable[str] = ()) -> Wording:
        """The words of all `texts` together; those of `declared` names count as names."""
        counts: Counter[str] = Counter()
        small: set[str] = set()
        for raw in (word for text in texts for word in _raw_words(text)):
            word = _masked(raw)
            counts[word] += 1
            if not raw[0].isupper():
                small.add(word)
        stated = {_masked(raw) for name in declared for raw in _raw_words(name)}
        return cls(counts, frozenset({MASK} | stated | (counts.keys() - small)))

    def __len__(self) -> int:
        return sum(self.counts.values())

    def key(self) -> frozenset[tuple[str, int]]:
        """Equal for texts with equal words."""
        return frozenset(self.counts.items())

    def is_like(self, other: Wording) -> bool:
        """Whether both have the same words but for names, of which a quarter may be different.

        So the order of words has no part in it, and an exchange of two names or of what is said
        about them makes no difference.
        """
        if not (self._ordinary <= other.counts.keys() and other._ordinary <= self.counts.keys()):
            return False  # the usual case, told without looking at how often words occur
        mine, others = self._lacking_in(other), other._lacking_in(self)
        if mine is None or others is None:
            return False
        return (mine + others) * _RENAMED <= len(self) + len(other)

    @cached_property
    def _ordinary(self) -> frozenset[str]:
        """The words that are no names."""
        return frozenset(self.counts.keys() - self.names)

    def _lacking_in(self, other: Wording) -> int | None:
        """How many of these words `other` lacks; None if one of them is no name."""
        lacking = 0
        for word, count in self.counts.items():
            more = count - other.counts.get(word, 0)
            if more > 0 and word not in self.names:
                return None
            lacking += max(0, more)
        return lacking


def words(text: str) -> list[str]:
    """The words of `text`, at least one, the same for every case, blank and width of its signs."""
    return [_plain(raw) for raw in _raw_words(text)]


def shingles(text: str, size: int) -> set[str]:
    """All runs of `size` words inside the sentences of `text`; a shorter sentence is one run."""
    found: set[str] = set()
    sentences = _SENTENCE_END.split(unicodedata.normalize("NFKC", text))
    for sentence in [one for one in sentences if one.strip()] or [text]:
        run = [_masked(raw) for raw in _raw_words(sentence)]
        found |= {" ".join(run[i : i + size]) for i in range(max(1, len(run) - size + 1))}
    return found


def _raw_words(text: str) -> list[str]:
    """The words of `text` in their own case; one that has no letters is one word as it stands."""
    plain = unicodedata.normalize("NFKC", text)
    kinds = [unicodedata.category(sign) for sign in plain]
    # Letters, marks (vowel signs of many scripts) and numbers make words; invisible signs nothing.
    kept = "".join(
        sign if kind[0] in "LMN" else "" if kind == "Cf" else " "
        for sign, kind in zip(plain, kinds, strict=True)
    )
    return _UNSPACED.sub(r" \1 ", kept).split() or ["".join(plain.split()) or text]


def _plain(raw: str) -> str:
    parts = unicodedata.normalize("NFKD", raw)  # Greek marks move when whole letters change case
    plain = unicodedata.normalize("NFKC", parts.upper().casefold())
    return plain.replace("i\u0307", "i")  # the dotted I, the one letter that grows when made small


def _masked(raw: str) -> str:
    plain = _plain(raw)
    one = len(plain) == 1 and plain.isalnum() and not _UNSPACED.match(plain)
    return MASK if one else plain
