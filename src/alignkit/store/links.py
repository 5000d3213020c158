"""The links of a chain: what is missing, was put in, or stands elsewhere than it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from alignkit.store.texts import next_hash

_MOST = 20
"""So many broken links are looked into for where their entries came from."""


@dataclass(frozen=True)
class Link:
    """An entry as it stands."""

    position: int
    hash: bytes
    cell: bytes
    result: bytes | None
    """None where the result is missing."""
    record: bytes | None

    def follows(self, before: bytes) -> bool:
        """Whether it was stored right behind the entry with the hash `before`."""
        return self.result is not None and self.hash == next_hash(
            before, self.cell, self.result, self.record
        )


@dataclass
class _Broken:
    """An entry that does not follow from the one before it."""

    link: Link
    before: bytes
    """Hash of the entry before."""
    behind: Link | None = None
    """The entry behind it."""
    origin: int | None = None
    """Position of the entry that it was stored behind, -1 for the beginning."""


def broken_links(
    walk: Callable[[], Iterator[Link]],
    run: Any,  # noqa: ANN401  a row
    first: bytes,
) -> Iterator[str]:
    """What is wrong with the chain of `run`, a row; its chain begins with the hash `first`.

    `walk` goes through the chain, a second time only where something is wrong; memory stays flat.
    """
    before, position, count = first, -1, 0
    broken: list[_Broken] = []
    open_one: _Broken | None = None
    for link in walk():
        if link.position > position + 1:
            yield _missing(position + 1, link.position - 1)
        if open_one is not None:
            open_one.behind = link
        open_one = None
        if link.result is not None and not link.follows(before):
            count += 1
            open_one = _Broken(link, before)
            broken += [open_one] if count <= _MOST else []
        before, position = link.hash, link.position
    _find_origins(broken, walk, first)
    yield from map(_told, broken)
    if count > _MOST:
        yield f"{count - _MOST} more entries do not follow from those before them."
    yield from _end(run, position + 1, before)


def _missing(start: int, end: int) -> str:
    return (
        f"Entry {start} is missing." if start == end else f"Entries {start} to {end} are missing."
    )


def _find_origins(broken: list[_Broken], walk: Callable[[], Iterator[Link]], first: bytes) -> None:
    for one in broken:
        one.origin = -1 if one.link.follows(first) else None
    for link in walk() if broken else ():
        for one in broken:
            if one.origin is None and one.link.follows(link.hash):
                one.origin = link.position


def _told(one: _Broken) -> str:
    """What may have happened to an entry."""
    link, behind = one.link, one.behind
    place = f"Entry {link.position}"
    if one.origin is not None:
        where = f"behind what is now entry {one.origin}" if one.origin >= 0 else "at the beginning"
        return (
            f"{place} was moved, or one before it was inserted or removed: it was stored {where}."
        )
    if behind is not None and behind.follows(one.before):
        return f"{place} was inserted."
    if behind is not None and behind.follows(link.hash):
        return f"{place} does not follow from the one before: one was changed or removed there."
    return f"{place} does not follow from the one before: it was inserted or its hashes changed."


def _end(run: Any, length: int, head: bytes) -> Iterator[str]:  # noqa: ANN401  a row
    """What is wrong behind the last entry."""
    if run.length > length:
        yield _missing(length, run.length - 1)
    elif run.length < length:
        yield f"The run ended before entry {run.length}; what stands behind was inserted."
    elif run.head != head:
        yield "The run does not end with the entry that it ended with."
