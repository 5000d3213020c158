"""Records of `{input, label}`: the shape of the phase-2 triage and of the opinion data.

`input` holds the text and the choices with the attribute values of each (the `kdma_association`);
`label` repeats these values. What else a record holds, such as a choice recorded earlier, is not
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from alignkit.datasets.reading import checked, json_rows, numbered
from alignkit.errors import DatasetFormat


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RecordedChoice(_Part):
    """An option of a record and its value of each attribute."""

    action_id: str
    unstructured: str
    """What the choice says."""
    kdma_association: dict[str, float]


class _MetaInfo(_Part):
    model_config = ConfigDict(coerce_numbers_to_str=True)

    scene_id: str


class _FullState(_Part):
    meta_info: _MetaInfo


class _Input(_Part):
    scenario_id: str
    full_state: _FullState
    state: str
    choices: tuple[RecordedChoice, ...]


class Record(_Part):
    """One item of a file."""

    input: _Input
    label: tuple[dict[str, float], ...]

    @property
    def text(self) -> str:
        """The situation and the question in one."""
        return self.input.state.strip()

    @property
    def choices(self) -> tuple[RecordedChoice, ...]:
        """The options in the order of the record."""
        return self.input.choices

    @property
    def collection(self) -> str:
        """Name of the collection that the record belongs to."""
        return self.input.scenario_id

    @property
    def scene(self) -> str:
        """Name of the record, unique in its collection."""
        return self.input.full_state.meta_info.scene_id


def records(path: Path) -> Iterator[tuple[str, Record | DatasetFormat]]:
    """Place ("FILE: row N", from 1) and content of each item of the file `path`.

    An item that is no record comes out as the error that says why.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    rows = numbered(path, json_rows(path, "records"))
    return ((place, _record(place, row)) for place, row in rows)


def _record(place: str, row: Any) -> Record | DatasetFormat:  # noqa: ANN401  parsed JSON
    try:
        record = checked(place, row, Record)
    except DatasetFormat as error:
        return error
    if record.label != tuple(choice.kdma_association for choice in record.choices):
        return DatasetFormat(f"{place}: its label contradicts the values of its choices.")
    return record
