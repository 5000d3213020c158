"""A model from a hub repository, by way of `huggingface_hub`.

Endpoint, token, proxy and offline mode are that library's business (`HF_ENDPOINT`, `HF_TOKEN`,
`HF_HUB_OFFLINE`). Only the streaming is done here: its own download draws a bar of its own and
starts over after an interruption.
"""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from alignkit.errors import MissingExtra
from alignkit.models.weights.disk import require_space
from alignkit.models.weights.partial import Partial
from alignkit.models.weights.registry import HubSource
from alignkit.models.weights.sources import CHUNK, PATIENCE_S, Job, SourceFailed, shorten

T = TypeVar("T")

_SHA256_LENGTH = 64
_REST_FOLLOWS = 206


class _Stated(NamedTuple):
    """What the hub says about a file before it is downloaded."""

    url: str
    """Where the version lies that the rest is about."""
    etag: str
    size: int | None

    @property
    def sha256(self) -> str | None:
        """Large files have their hash as etag."""
        return self.etag if len(self.etag) == _SHA256_LENGTH else None


def fetch(source: HubSource, job: Job) -> str | None:
    """Leave the model, not yet checked, in the slot's unfinished file.

    Returns:
        The SHA-256 that the hub states, if it states one.

    Raises:
        SourceFailed: the hub does not answer, or not with the file.
        OSError: the disk is full.
        ModelUnavailable: there is too little space.
        MissingExtra: huggingface-hub is not installed.
    """
    job.report(0, f", asking the {source}")
    stated = _within(PATIENCE_S, lambda: _ask(source))
    partial = Partial(job.slot, f"{source.repo}/{source.file} {stated.etag}")
    size = job.size or stated.size
    if size is not None:
        require_space(job.slot.target.parent, size - partial.size)
    _download(stated.url, partial, Job(job.name, job.slot, size, job.on_progress))
    return stated.sha256


def _within(seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` returns unless it takes longer (looking up a host knows no limit of its own)."""
    answers: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((ask(), None))
        except Exception as error:  # noqa: BLE001  raised again by who asked
            answers.put((None, error))

    threading.Thread(target=run, daemon=True, name="ask-hub").start()
    try:
        answer, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise SourceFailed("did not answer in 5 seconds") from None
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]  # the only None left is T's own


def _ask(source: HubSource) -> _Stated:
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
    except ImportError as error:
        raise MissingExtra("huggingface-hub", "local") from error
    url = hf_hub_url(source.repo, source.file)
    unanswered: tuple[type[Exception], ...] = (*_errors(), OSError, ValueError)
    try:
        found = get_hf_file_metadata(url, timeout=PATIENCE_S)
    except unanswered as error:
        raise SourceFailed(_reason(error)) from error
    if found.commit_hash:
        url = hf_hub_url(source.repo, source.file, revision=found.commit_hash)
    return _Stated(url, found.etag or "", found.size)


def _download(url: str, partial: Partial, job: Job) -> None:
    """Stream the file, and go on after a broken connection for as long as something arrives."""
    while job.size is None or partial.size < job.size:
        have = partial.size
        try:
            _stream(url, partial, job)
        except _errors() as error:
            if partial.size <= have:
                raise SourceFailed(_reason(error)) from error
        else:
            return


def _stream(url: str, partial: Partial, job: Job) -> None:
    from huggingface_hub import constants
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, and not in __all__
        build_hf_headers,
        get_session,
        hf_raise_for_status,
    )

    # Compressed on the way, the bytes could not be counted, nor resumed.
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
        hf_raise_for_status(response)
        with partial.data.open("ab" if response.status_code == _REST_FOLLOWS else "wb") as out:
            for chunk in response.iter_bytes(CHUNK):
                out.write(chunk)
                job.report(out.tell())
                if job.size is not None and out.tell() > job.size:
                    raise SourceFailed("sends more than the file should hold")


def _errors() -> tuple[type[Exception], ...]:
    """What the hub's library raises: its own, and that of whichever HTTP library is beneath it."""
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, OfflineModeIsEnabled

    http = next(base for base in HfHubHTTPError.__bases__ if base.__name__ == "HTTPError")
    return (http, OfflineModeIsEnabled, FileMetadataError)


def _reason(error: Exception) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE forbids it"
    if isinstance(error, errors.GatedRepoError):
        return "its licence has to be accepted on the hub, and HF_TOKEN set"
    if isinstance(error, errors.RepositoryNotFoundError):
        return "no such repository, or a private one and HF_TOKEN is not right"
    if isinstance(error, errors.EntryNotFoundError):
        return "no such file in the repository"
    if status is not None:
        return f"answered with HTTP status {status}"
    text = re.sub(r"\[Errno -?\d+\] ", "", str(error))
    return shorten(text or type(error).__name__, 100)
