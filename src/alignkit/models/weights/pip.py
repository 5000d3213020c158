"""pip as a downloader: it knows the user's own index, mirrors, proxies, certificates and keys."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO, cast

from alignkit.errors import MissingExtra
from alignkit.models.weights.slot import files_below
from alignkit.models.weights.sources import SourceFailed, shorten

_OPTIONS = (
    *("--no-deps", "--only-binary", ":all:"),  # nothing is built, so nothing of it is run
    "--no-cache-dir",  # a second copy of a gigabyte would help nobody
    *("--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
    "-vv",  # the log then tells whether the index has answered
)
_ANSWER = re.compile(r'HTTP/[\d.]+" \d{3}|Downloading |Saved ')
_POLL_S = 0.05


def download(
    requirement: str, folder: Path, on_bytes: Callable[[int], None], patience_s: float | None
) -> Path:
    """The wheel of `requirement`, a name with an exact version.

    Args:
        requirement: what pip is asked for.
        folder: emptied and used for all that pip writes; the wheel lies in it afterwards.
        on_bytes: told several times a second how many bytes have arrived.
        patience_s: seconds that an index may take to answer; None leaves it to pip.

    Raises:
        SourceFailed: pip did not get it; the message says why.
        OSError: the disk is full.
        MissingExtra: pip is not installed.
    """
    if find_spec("pip") is None:
        raise MissingExtra("pip", "local")
    shutil.rmtree(folder, ignore_errors=True)
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    # -P: a file named pip.py in the working folder must not be taken for pip.
    command = [sys.executable, "-P", "-m", "pip", "download", *_OPTIONS]
    command += ["--dest", str(folder), requirement]
    with subprocess.Popen(  # noqa: S603  the requirement comes from the registry
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # pip's temporary files belong where there is space and where they can be watched.
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        try:
            log = _watch(process, lambda: on_bytes(_received(folder)), patience_s)
        finally:
            process.kill()
    wheel = next(folder.glob("*.whl"), None)
    if process.returncode or wheel is None:
        raise _failure(log)
    return wheel


def _watch(
    process: subprocess.Popen[bytes], report: Callable[[], None], patience_s: float | None
) -> str:
    """Wait for pip to end; returns all that it said."""
    asked_at, said, pipe = 0.0, b"", cast("IO[bytes]", process.stdout)
    os.set_blocking(pipe.fileno(), False)
    while True:
        ended = process.poll() is not None
        said += pipe.read() or b""
        log = said.decode(errors="replace")
        if ended:
            return log
        report()
        if not _unanswered(log):
            asked_at = 0.0
        elif patience_s is not None:
            asked_at = asked_at or time.monotonic()
            if time.monotonic() - asked_at > patience_s:
                raise SourceFailed(_broken(log) or "the package index did not answer in 5 seconds")
        time.sleep(_POLL_S)


def _unanswered(log: str) -> bool:
    """Whether pip has opened a connection on which nothing has come back yet."""
    opened = log.rfind("Starting new HTTP")
    return opened >= 0 and not _ANSWER.search(log, opened)


def _failure(log: str) -> SourceFailed | OSError:
    """Why pip ended without a wheel."""
    if any(f"[Errno {number}]" in log for number in (errno.ENOSPC, errno.EDQUOT)):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    errors = re.findall(r"^ERROR: (?!Exception:)(.*)", log, re.MULTILINE)
    last = log.strip().rpartition("\n")[2]  # of a traceback, the line that matters
    return SourceFailed(_broken(log) or shorten(errors[0] if errors else last or "pip failed"))


def _broken(log: str) -> str | None:
    """What pip said about a connection that it had to try again, if nothing came of it."""
    tries = re.findall(r"after connection broken by '(.*)': /", log)
    if not tries or _ANSWER.search(log, log.rfind(tries[-1])):
        return None
    reason = re.search(
        r"\[Errno -?\d+\] ([\w ]+)|(timed out)|(CERTIFICATE_VERIFY_FAILED)", tries[-1]
    )
    detail = next((group for group in reason.groups() if group), "") if reason else tries[-1]
    return f"the package index cannot be reached ({shorten(detail, 80)})"


def _received(folder: Path) -> int:
    """Bytes of the wheel so far; pip copies it at the end, so the largest copy counts."""
    return max((size for path, size in files_below(folder) if path.suffix == ".whl"), default=0)
