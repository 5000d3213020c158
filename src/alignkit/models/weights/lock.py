"""One process at a time downloads a model; the others wait and then find it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alignkit.errors import MissingExtra, ModelUnavailable
from alignkit.models.weights.sources import Job

_POLL_S = 0.2


@contextmanager
def held(job: Job, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of a model, having waited for another process if there was one.

    Raises:
        ModelUnavailable: another process holds it, and `wait` is false.
        MissingExtra: filelock is not installed.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError as error:
        raise MissingExtra("filelock", "local") from error
    job.slot.lock.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(job.slot.lock)
    while True:
        try:
            lock.acquire(timeout=_POLL_S if wait else 0)
            break
        except Timeout:
            if not wait:
                raise ModelUnavailable(
                    f"Another process is downloading {job.name}.", "Wait for it, or stop it."
                ) from None
            job.report(job.slot.bytes_on_disk, ", waiting for another process that downloads it")
    try:
        yield
    finally:
        lock.release()
