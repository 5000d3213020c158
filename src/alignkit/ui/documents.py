"""Documents that a visitor gives to the page *Ask*: what its answers may take facts from."""

from __future__ import annotations

from pathlib import PurePath

from alignkit.errors import FileProblem
from alignkit.writing.sources import Source, check_suffix

MOST_FILES, MOST_LETTERS = 20, 2_000_000
"""What a server keeps for one visitor."""
_LONGEST_NAME = 100

Documents = tuple[Source, ...]
"""Each with a name of its own."""


def added(documents: Documents, name: str, text: str) -> Documents:
    """`documents` and a file called `name`, which takes the place of one that is called so.

    Raises:
        FileProblem: it cannot be a source, or is too much.
    """
    check_suffix(PurePath(name))
    if not text.strip():
        raise FileProblem(f"{name}: there is no text to read.")
    if len(name) > _LONGEST_NAME:
        raise FileProblem(f"{name[:20]} ...: the name is longer than {_LONGEST_NAME} letters.")
    together = (*without(documents, name), Source(name, text))
    if len(together) > MOST_FILES or sum(len(one.text) for one in together) > MOST_LETTERS:
        raise FileProblem(
            f"{name}: up to {MOST_FILES} documents with {MOST_LETTERS:,} letters are taken here.",
            "Take others out, or use `align ask --sources`.",
        )
    return together


def without(documents: Documents, name: str) -> Documents:
    """`documents` but for the one called `name`."""
    return tuple(one for one in documents if one.file != name)
