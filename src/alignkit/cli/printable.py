"""Text for a terminal, without the signs that would steer it."""

from __future__ import annotations

_WRITTEN_OUT = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}


def printable(text: str) -> str:
    """`text` as one line with its control signs written out; names of files may hold them."""
    return text.translate(_WRITTEN_OUT)
