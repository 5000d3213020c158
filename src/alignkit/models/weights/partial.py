"""A file that grows piece by piece and knows after a crash how far it is to be trusted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable

from pydantic import ValidationError

from alignkit.models.weights.slot import Slot
from alignkit.schema import Frozen


class _State(Frozen):
    source: str
    parts: int = 0
    size: int = 0


class Partial:
    """The unfinished file of one download from one source."""

    def __init__(self, slot: Slot, source: str) -> None:
        """Go on where a download from the same `source` stopped, or start over."""
        self.data = slot.data
        self._file = slot.partial / "state.json"
        state = self._read()
        if state is None or state.source != source or self.size < state.size:
            slot.clear_partial()
            slot.partial.mkdir(parents=True)
            self.data.touch()
            state = _State(source=source)
            self._write(state)
        self._state = state

    @property
    def parts(self) -> int:
        """How many parts are in the file, whole."""
        return self._state.parts

    @property
    def size(self) -> int:
        """Bytes in the file, those of a part that broke off included."""
        return self.data.stat().st_size if self.data.is_file() else 0

    def rewind(self) -> None:
        """Cut off what is left of a part that broke off in the middle."""
        os.truncate(self.data, self._state.size)

    def append_part(self, chunks: Iterable[bytes]) -> None:
        """Add one part; only when all of it is there does it count."""
        self.rewind()
        with self.data.open("ab") as out:
            for chunk in chunks:
                out.write(chunk)
        state = _State(source=self._state.source, parts=self.parts + 1, size=self.size)
        self._write(state)
        self._state = state

    def _read(self) -> _State | None:
        try:
            return _State.model_validate_json(self._file.read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def _write(self, state: _State) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(state.model_dump()))
        draft.replace(self._file)
