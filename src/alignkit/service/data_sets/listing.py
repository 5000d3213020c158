"""Which formats of data sets can be read, and which of them lie in the user's folder of data."""

from __future__ import annotations

from pathlib import Path

from alignkit.datasets import READERS, TWINS
from alignkit.datasets.about import module_of
from alignkit.schema import Frozen


class Format(Frozen):
    """A format of data sets."""

    name: str
    measures: str
    source: str
    licence: str
    twins: bool
    """Whether it offers mirrored twins."""
    place: str | None
    """Where the published files belong below the folder of the data; null for one's own."""
    found: Path | None
    """Where they lie, if they do."""


def formats(data: Path | None) -> list[Format]:
    """All formats; `data` is the folder in which published files are looked for."""
    return [_format(name, data) for name in READERS.names()]


def format_named(name: str, data: Path | None) -> Format:
    """The format called `name`.

    Raises:
        UnknownName: there is none; the message names what comes near.
    """
    READERS.load(name)
    return _format(name, data)


def _format(name: str, data: Path | None) -> Format:
    about = module_of(name)
    place = getattr(about, "PLACE", None)
    path = data / place if data is not None and place is not None else None
    return Format(
        name=name,
        measures=getattr(about, "MEASURES", ""),
        source=getattr(about, "SOURCE", ""),
        licence=getattr(about, "LICENCE", ""),
        twins=name in TWINS.names(),
        place=place,
        found=path if path is not None and path.exists() else None,
    )
