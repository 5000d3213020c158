"""Whether a file is a GGUF file at all."""

from __future__ import annotations

from pathlib import Path

from alignkit.errors import FileProblem

MAGIC = b"GGUF"


def is_gguf(path: Path) -> bool:
    """Whether the file starts as GGUF files do."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def check(path: Path) -> None:
    """Make sure that a user's path is a file that the embedded engine may try.

    Raises:
        FileProblem: there is no such file, it cannot be read, or it is not GGUF.
    """
    if not path.exists():
        raise FileProblem(
            f"There is no file {path}.",
            "Check the path; a name without slash is looked up in `align models list`.",
        )
    if not path.is_file():
        raise FileProblem(f"{path} is not a file.", "Give the path of a GGUF file.")
    try:
        good = is_gguf(path)
    except OSError as error:
        raise FileProblem(f"{path} cannot be read: {error.strerror}.") from error
    if not good:
        raise FileProblem(
            f"{path} is not a GGUF file.", "The embedded engine reads GGUF files and no others."
        )
