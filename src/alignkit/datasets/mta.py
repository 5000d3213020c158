"""The medical triage alignment data: `[input, labels]` rows, one attribute at a time.

Rows with equal inputs are one scenario with several attributes; they come out merged, in the order
of their first row. Published with Hu et al. 2024, "Language Models are Alignable Decision-Makers:
Dataset and Application to the Medical Triage Domain" (NAACL 2024, industry track).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alignkit.datasets.merging import Merged, merged
from alignkit.datasets.reading import checked, json_rows, numbered, scenario_at, scenarios_of
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

MEASURES = "medical triage: six attributes of decision makers"
KIND = "alignment"
SOURCE = "Medical triage alignment data (ITM), Hu et al. 2024"
LICENCE = "Apache-2.0"
PLACE = "mta/paper-dataset-1-12.json"

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


class _Row(BaseModel):
    input: _Input
    labels: list[dict[str, Annotated[float, Field(ge=0, le=_FULL_MARKS)]]]


_PARTS = tuple(_Row.model_fields)


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, and an error for each row that is broken.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    rows = json_rows(path, "[input, labels] rows")
    placed = ((place, _row(place, row)) for place, row in numbered(path, rows))
    return _scenarios(merged(placed, lambda row: row.input.model_dump_json(), _values))


def _scenarios(
    found: Iterator[tuple[str, Merged[_Row] | DatasetFormat]],
) -> Iterator[Scenario | DataError]:
    kept = list(found)
    counts = Counter(one.first.input.scenario for _, one in kept if isinstance(one, Merged))
    return scenarios_of(kept, partial(_scenario, counts))


def _row(place: str, row: Any) -> _Row | DatasetFormat:  # noqa: ANN401  parsed JSON
    if not isinstance(row, list) or len(row) != len(_PARTS):
        return DatasetFormat(f"{place}: is no list of {' and '.join(_PARTS)}.")
    try:
        found = checked(place, dict(zip(_PARTS, row, strict=True)), _Row)
    except DatasetFormat as error:
        return error
    counts = len(found.input.choices), len(found.labels)
    if counts[0] != counts[1]:
        return DatasetFormat(f"{place}: {counts[0]} choices but {counts[1]} labels.")
    return found


def _values(row: _Row) -> list[dict[str, float]]:
    return [{name: label / _FULL_MARKS for name, label in labels.items()} for labels in row.labels]


def _scenario(counts: Counter[str], place: str, found: Merged[_Row]) -> Scenario | DatasetFormat:
    asked = found.first.input
    shared = counts[asked.scenario] > 1  # two questions about one situation
    fields = {
        "id": asked.probe_id,
        "context": "\n\n".join(filter(None, (asked.scenario, asked.state))),
        "question": asked.probe,
        "choices": [
            {"id": f"c{number}", "text": text, "values": values or None}
            for number, (text, values) in enumerate(
                zip(asked.choices, found.values, strict=True), start=1
            )
        ],
        "source": SOURCE,
        "licence": LICENCE,
        "language": "en",
        "group": asked.scenario_id if shared else None,
    }
    return scenario_at(place, fields)
