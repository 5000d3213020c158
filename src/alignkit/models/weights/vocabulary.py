"""The vocabulary that a GGUF file holds, as far as it says how long a token can be."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from alignkit.models.weights.gguf import MAGIC

_VERSIONS = {2, 3}
"""Earlier files write shorter numbers."""
_WHOLE = {"gpt2", "llama"}
"""Tokenisers that leave nothing of a text out, so that its tokens have all its characters."""
_KIND, _TOKENS = "tokenizer.ggml.model", "tokenizer.ggml.tokens"
_STRING, _ARRAY = 8, 9
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of the other kinds of values."""


def longest_token(path: Path) -> int | None:
    """The most characters of a text that one token of the model in the file `path` can stand for.

    None where the file does not say it, or its tokeniser may leave out some of a text.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            return _Reader(held).longest_token()
    except (OSError, ValueError, KeyError, struct.error):  # what is no such file is told elsewhere
        return None


class _Reader:
    """Goes through what stands before the weights."""

    def __init__(self, held: mmap.mmap) -> None:
        self._held = held
        self._at = 0

    def longest_token(self) -> int | None:
        if self._take(len(MAGIC)) != MAGIC or self._number("I") not in _VERSIONS:
            return None
        self._number("Q")  # how many weights there are
        kind, longest = "", None
        for _ in range(self._number("Q")):
            key, value = self._take(self._number("Q")).decode(), self._number("I")
            if (key, value) == (_KIND, _STRING):
                kind = self._take(self._number("Q")).decode()
            elif (key, value) == (_TOKENS, _ARRAY):
                longest = self._longest()
            else:
                self._pass_over(value)
            if kind and longest:
                break
        return longest if kind in _WHOLE else None

    def _longest(self) -> int:
        """The length of the longest in an array of texts."""
        if self._number("I") != _STRING:
            raise ValueError("tokens are texts")
        longest = 0
        for text in self._texts(self._number("Q")):
            if len(text) > longest:  # in bytes, which are never fewer than characters
                longest = max(longest, len(text.decode()))
        return longest

    def _texts(self, count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield self._take(self._number("Q"))

    def _pass_over(self, kind: int) -> None:
        if kind == _STRING:
            self._take(self._number("Q"))
        elif kind != _ARRAY:
            self._at += _SIZES[kind]
        else:
            inner, count = self._number("I"), self._number("Q")
            if inner in _SIZES:
                self._at += _SIZES[inner] * count
            else:
                for _ in range(count):
                    self._pass_over(inner)

    def _number(self, form: str) -> int:
        (found,) = struct.unpack_from(f"<{form}", self._held, self._at)
        self._at += struct.calcsize(f"<{form}")
        return int(found)

    def _take(self, size: int) -> bytes:
        found = self._held[self._at : self._at + size]
        self._at += size
        return found
