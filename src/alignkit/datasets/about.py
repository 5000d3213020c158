"""What a reader's module says of its format."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from alignkit.datasets import READERS
from alignkit.errors import UnknownName

KINDS = (
    "alignment",
    "bias",
    "capability",
    "falsehoods",
    "opinion",
    "questionnaire",
    "requests",
    "",
)
"""What the `KIND` of a format may be: which figures its items are for.

`alignment`: how well a profile is followed. `bias`: whether answers follow a stereotype.
`capability`: right answers that are about ability alone. `falsehoods`: telling the true from the
false. `opinion`: how near answers are to those of groups of people. `questionnaire`: items with the
steps of a scale. `requests`: answering or declining. Empty: the data's true values and tags alone
say so, as in a user's own tables.
"""


def module_of(format_: str) -> ModuleType:
    """The module that the reader of the format stands in, of other packages too.

    Raises:
        UnknownName: there is no such format; the message names what comes near.
    """
    return import_module(READERS.load(format_).__module__)


def files_read(format_: str, path: Path) -> tuple[Path, ...]:
    """The files and folders that the reader of the format reads when it is given `path`.

    That is what its module's function `files` says, or `path` alone where it has none.

    Raises:
        UnknownName: there is no such format.
        DatasetFormat: a folder has no file of the format.
    """
    files: Callable[[Path], tuple[Path, ...]] | None = getattr(module_of(format_), "files", None)
    return files(path) if files is not None else (path,)


@cache
def kind_of(format_: str) -> str:
    """One of `KINDS`; empty for a format that says nothing or is not there any more."""
    try:
        return str(getattr(module_of(format_), "KIND", ""))
    except UnknownName:  # of a package that has been removed since the run
        return ""
