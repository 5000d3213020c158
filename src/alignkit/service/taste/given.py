"""Ratings, edits, comparisons and candidate answers from files, with a check of every field."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alignkit.errors import DataError
from alignkit.library import Document, read_documents
from alignkit.schema import CandidateAnswers, ComparedAnswers, EditedAnswer, RatedAnswer

Judgement = ComparedAnswers | RatedAnswer | EditedAnswer

_KINDS: tuple[tuple[str, type[Judgement]], ...] = (
    ("better", ComparedAnswers),
    ("rating", RatedAnswer),
    ("edited", EditedAnswer),
)
"""The field that tells each kind from the others."""
_SHAPES = (
    "Give one of: a, b and better (a, b or equal); answer and rating; answer and edited. "
    "`request` may stand beside them."
)


def judgements(paths: Iterable[Path]) -> list[Judgement]:
    """All that somebody said in files: YAML or JSON with one or a list, or JSON lines.

    Raises:
        DataError: a file cannot be read or has a mistake; with file, line and field.
    """
    found = list[Judgement]()
    for path in paths:
        documents = list(read_documents(path))
        if not documents:
            raise DataError(f"{path}: says nothing about an answer.", _SHAPES)
        found += map(_judgement, documents)
    return found


def candidates(paths: Iterable[Path]) -> list[CandidateAnswers]:
    """Requests with answers that may be compared, from files like those of `judgements`.

    Raises:
        DataError: a file cannot be read or has a mistake; with file, line and field.
    """
    return [
        document.parse(CandidateAnswers, DataError)
        for path in paths
        for document in read_documents(path)
    ]


def _judgement(document: Document) -> Judgement:
    given = document.value if isinstance(document.value, dict) else {}
    kinds = [kind for field, kind in _KINDS if field in given]
    if not kinds:
        raise DataError(f"{document.where(())}: says nothing about an answer.", _SHAPES)
    # Of two of these fields, one is unknown to the kind that the other makes it.
    return document.parse(kinds[0], DataError)
