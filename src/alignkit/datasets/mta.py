"""The medical triage alignment data: `[input, labels]` rows, one attribute at a time.

Rows with equal inputs are one scenario with several attributes; they come out merged, in the order
of their first row. Published with Hu et al. 2024, "Language Models are Alignable Decision-Makers:
Dataset and Application to the Medical Triage Domain" (NAACL 2024, industry track).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from alignkit.datasets.reading import json_rows
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Choice, Scenario

SOURCE = "Medical triage alignment data (ITM), Hu et al. 2024"
LICENCE = "Apache-2.0"

_FULL_MARKS = 10


class _Input(BaseModel):
    """What a row asks; `probe` is the question, `state` what happened after the scenario began."""

    model_config = ConfigDict(extra="ignore")

    scenario_id: str
    probe_id: str
    scenario: str
    state: str | None = None
    probe: str
    choices: list[str]


_Labels = list[dict[str, Annotated[float, Field(ge=0, le=_FULL_MARKS)]]]
_ROW: TypeAdapter[tuple[_Input, _Labels]] = TypeAdapter(tuple[_Input, _Labels])


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, and an error for each row that is broken.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    return _merged(path, json_rows(path, "[input, labels] rows"))


def _merged(path: Path, rows: list[Any]) -> Iterator[Scenario | DataError]:
    merged: dict[str, tuple[_Input, list[dict[str, float]]]] = {}
    for number, row in enumerate(rows, start=1):
        try:
            asked, labels = _row(row)
            key = asked.model_dump_json()
            _, values = merged.setdefault(key, (asked, [{} for _ in asked.choices]))
            _add(values, labels)
        except ValueError as error:
            yield DatasetFormat(f"{path}: row {number}: {error}")
    for asked, values in merged.values():
        yield _scenario(path, asked, values)


def _row(row: Any) -> tuple[_Input, _Labels]:  # noqa: ANN401  parsed JSON
    try:
        asked, labels = _ROW.validate_python(row)
    except ValidationError as error:
        raise ValueError(_first_mistake(error)) from error
    if len(labels) != len(asked.choices):
        raise ValueError(f"{len(asked.choices)} choices but {len(labels)} labels.")
    return asked, labels


def _add(values: list[dict[str, float]], labels: _Labels) -> None:
    """Add `labels` to what is known of each choice."""
    pairs = list(zip(values, labels, strict=True))
    for known, added in pairs:
        for name in known.keys() & added.keys():
            if known[name] != added[name]:
                raise ValueError(f"its labels of {name!r} contradict those of an earlier row.")
    for known, added in pairs:
        known.update(added)


def _scenario(
    path: Path, asked: _Input, values: list[dict[str, float]]
) -> Scenario | DatasetFormat:
    try:
        return Scenario(
            id=asked.probe_id,
            context="\n\n".join(filter(None, (asked.scenario, asked.state))),
            question=asked.probe,
            choices=tuple(
                Choice(id=f"c{place}", text=text, values=_unit(labels))
                for place, (text, labels) in enumerate(zip(asked.choices, values, strict=True), 1)
            ),
            source=SOURCE,
            licence=LICENCE,
            language="en",
        )
    except ValidationError as error:
        return DatasetFormat(f"{path}: {asked.probe_id}: {_first_mistake(error)}")


def _first_mistake(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"{field}: {message}." if field else f"{message}."


def _unit(labels: Mapping[str, float]) -> dict[str, float] | None:
    return {name: label / _FULL_MARKS for name, label in labels.items()} or None
