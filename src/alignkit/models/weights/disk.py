"""Trouble with the disk, said in one line: too little space, a folder that cannot be written."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alignkit.errors import CannotWrite, ModelUnavailable

_FULL = (errno.ENOSPC, errno.EDQUOT)
_HINT = "Free some space, or choose another folder with ALIGN_HOME."


def require_space(folder: Path, needed: int) -> None:
    """Make sure that `needed` bytes are free where `folder` is.

    Raises:
        ModelUnavailable: they are not.
    """
    free = _free(folder)
    if free < needed:
        raise ModelUnavailable(
            f"The download needs {_mb(needed)} MB free in {folder}, {_mb(free)} MB are free.", _HINT
        )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Translate what the disk says while something is written to `folder`.

    Raises:
        ModelUnavailable: the disk is full.
        CannotWrite: the folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise ModelUnavailable(
                f"The disk filled up during the download: {_mb(_free(folder))} MB are free in "
                f"{folder}.",
                f"{_HINT} The download goes on from there.",
            ) from error
        raise CannotWrite(
            f"{error.filename or folder} cannot be written: {error.strerror or error}.",
            "Choose another folder with ALIGN_HOME.",
        ) from error


def _free(folder: Path) -> int:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _mb(size: int) -> int:
    return -(-size // 10**6)
