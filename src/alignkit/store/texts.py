"""What is kept of each type as text, and the digests of it.

A digest is taken of the text as it was stored. So it holds although later versions of a type have
more fields.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from typing import Any, TypeVar

from alignkit.errors import StoreError
from alignkit.schema import Cell, Outcome, Result, Review, Run
from alignkit.store.familiar import FAMILIAR

Shape = TypeVar("Shape", Cell, Result, Run)

_LEVEL = 6
_FAMILIAR = FAMILIAR.encode("ascii")


def compact(tree: object) -> str:
    """`tree` as JSON in one line of ASCII, in the order that it has."""
    return json.dumps(tree, separators=(",", ":"))


def squeezed(text: str) -> bytes:
    """`text`, compressed."""
    packer = zlib.compressobj(_LEVEL, zdict=_FAMILIAR)
    return packer.compress(text.encode("ascii")) + packer.flush()


def unsqueezed(body: bytes) -> str:
    """The text that was `squeezed`.

    Raises:
        StoreError: `body` is something else.
    """
    packer = zlib.decompressobj(zdict=_FAMILIAR)
    try:
        text = (packer.decompress(body) + packer.flush()).decode("ascii")
    except (zlib.error, UnicodeDecodeError) as error:
        raise broken() from error
    if not packer.eof or packer.unused_data:
        raise broken()
    return text


def parsed(text: str) -> dict[str, Any]:
    """The JSON object that `text` holds.

    Raises:
        StoreError: it holds none.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise broken() from error
    if not isinstance(found, dict):
        raise broken()
    return found


def broken() -> StoreError:
    """The error for content that cannot be what was stored."""
    return StoreError(
        "The store holds something that it never wrote.",
        "Run `align records verify` to see what was changed.",
    )


def digest_of(*pieces: str | bytes) -> bytes:
    """SHA-256 of all `pieces`, each with its length, so that none can run into the next."""
    total = hashlib.sha256()
    for piece in pieces:
        data = piece.encode() if isinstance(piece, str) else piece
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.digest()


def run_text(run: Run) -> str:
    """`run` as it is kept."""
    return compact(run.model_dump(mode="json"))


def cell_text(cell: Cell) -> str:
    """`cell` as it is kept; the key stands with the result."""
    return compact(cell.model_dump(mode="json", exclude={"key"}))


def result_text(result: Result) -> str:
    """`result` as it is kept; key and decision have columns of their own."""
    return compact(result.model_dump(mode="json", exclude={"key", "decision"}))


def beginning(outcome: Outcome) -> str:
    """How the text of a result with this outcome begins; so they are found without reading all."""
    return f'{{"outcome":"{outcome}"'


def cell_from(body: str, key: str) -> Cell:
    """The cell of which `cell_text` made `body`."""
    return _shaped(Cell, body, {"key": key})


def result_from(body: str, key: str, decision: str) -> Result:
    """The result of which `result_text` made `body`."""
    return _shaped(Result, body, {"key": key, "decision": decision})


def run_from(body: str) -> Run:
    """The run of which `run_text` made `body`."""
    return _shaped(Run, body, {})


def review_from(body: str) -> Review:
    """A person's verdict, kept as `body` together with a salt.

    Raises:
        StoreError: it is none.
    """
    fields = parsed(body)
    fields.pop("salt", None)
    try:
        return Review.model_validate(fields)
    except ValueError as error:
        raise broken() from error


def result_digest(key: str, decision: str, made: int, body: str) -> bytes:
    """What stands for a result in a chain."""
    return digest_of("result", key, decision, str(made), body)


def review_digest(decision: str, body: str) -> bytes:
    """What stands for a person's verdict on a decision in the audit log."""
    return digest_of("review", decision, body)


def cell_digest(key: str, body: str) -> bytes:
    """What stands for a cell in a chain."""
    return digest_of("cell", key, body)


def first_hash(body: str) -> bytes:
    """The hash that the chain of the run with the text `body` begins with."""
    return digest_of("run", body)


def next_hash(before: bytes, cell: bytes, result: bytes, record: bytes | None) -> bytes:
    """The hash of an entry behind the one with the hash `before`, of its three digests."""
    return digest_of("entry", before, cell, result, record or b"")


def _shaped(shape: type[Shape], body: str, more: Mapping[str, str]) -> Shape:
    try:
        return shape.model_validate({**parsed(body), **more})
    except ValueError as error:
        raise broken() from error
