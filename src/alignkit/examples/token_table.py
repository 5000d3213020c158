"""Similarity by a model's own token table: static embeddings out of a GGUF file.

No text goes through the model; only rows of the table that its first layer starts from are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alignkit.errors import FileProblem, MissingExtra
from alignkit.examples.similarity import rarity, unit
from alignkit.stats.probability import Floats

Tokenise = Callable[[str], Sequence[int]]
"""Tokens of a text, by the tokeniser that belongs to the file."""

_TABLE = "token_embd.weight"


class TokenTableEmbedding:
    """The mean of a text's token vectors, rare tokens weighing more, what all texts share removed.

    After Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", with
    inverse document frequency over the pool in place of word frequencies, which we don't have.
    """

    def __init__(self, path: Path, tokenise: Tokenise, corpus: Iterable[str]) -> None:
        """Learn from the texts of `corpus` (the pool) what is rare and what all share.

        Raises:
            MissingExtra: the gguf library is not installed.
            FileProblem: `path` is no GGUF file with a token table.
        """
        self._tokenise = tokenise
        self._table = _Table(path)
        texts = [tuple(tokenise(text)) for text in corpus]
        self._texts = len(texts)
        self._containing = Counter(token for tokens in texts for token in set(tokens))
        rows = self._means(texts)
        # The first singular vector: the direction that the texts have most in common.
        self._common = np.linalg.svd(rows, full_matrices=False)[2][:1]

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row of length 1 per text, (n, width of the table)."""
        rows = self._means([tuple(self._tokenise(text)) for text in texts])
        return unit(rows - rows @ self._common.T @ self._common)

    def _means(self, texts: Sequence[Sequence[int]]) -> Floats:
        vectors = self._table.vectors(sorted({token for tokens in texts for token in tokens}))
        rows = np.zeros((len(texts), self._table.width))
        for index, tokens in enumerate(texts):
            for token in tokens:
                weight = rarity(self._texts, self._containing[token])
                rows[index] += weight * vectors[token]
        return unit(rows)


class _Table:
    """The token table of a GGUF file, of which only the rows that are asked for are read."""

    def __init__(self, path: Path) -> None:
        try:
            import gguf
        except ImportError as error:
            raise MissingExtra("The GGUF library (gguf)", "local") from error
        self._dequantised: Callable[[Any, Any], Any] = gguf.quants.dequantize
        try:
            tensors = gguf.GGUFReader(path).tensors
        except (OSError, ValueError) as error:
            raise FileProblem(f"{path} cannot be read as a GGUF file: {error}.") from error
        found = [tensor for tensor in tensors if tensor.name == _TABLE]
        if not found:
            raise FileProblem(f"{path} has no token table ({_TABLE}).", "Use lexical similarity.")
        self._tensor = found[0]
        self.width = int(self._tensor.shape[0])

    def vectors(self, tokens: Sequence[int]) -> Mapping[int, Floats]:
        """The vector of each of `tokens`, of length 1."""
        if not tokens:
            return {}
        rows = self._dequantised(self._tensor.data[list(tokens)], self._tensor.tensor_type)
        return dict(zip(tokens, unit(np.asarray(rows, dtype=np.float64)), strict=True))
