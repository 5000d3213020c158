"""The phase-2 triage data: whom to treat (AF) and whether to leave cover (PS), two choices each.

In every published record the second choice has the higher affiliation (AF) or personal safety
(PS), and the first the higher medical urgency: a liking for a place or a name looks like a value.
So each scenario has a `mirrored` twin, and a method is judged on both. Published with
align-system (ITM-Kitware), its example records of July 2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from alignkit.datasets.reading import files_of, scenario_at, scenarios_of
from alignkit.datasets.records import Record, records
from alignkit.datasets.turning import named_as_twin
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

MEASURES = "medical triage: affiliation, personal safety and medical urgency"
KIND = "alignment"
SOURCE = "Medical triage alignment data, phase 2 (ITM-Kitware/align-system), July 2025"
LICENCE = "Apache-2.0"
PLACE = "align_phase2"

ENTITIES = ("Patient A", "Patient B")

_ATTRIBUTES = {"medical": "medical_urgency"}  # the other names are ours too
_LAST_SENTENCE = re.compile(r"(?P<context>.+(?:[.!?]\s|\n))(?P<question>.+\?)", re.DOTALL)


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, or of all `.json` files below the folder `path`.

    Each is a group of its own, which its twin belongs to as well. An error comes for each record
    that is broken.

    Raises:
        FileProblem: a file cannot be read.
        DatasetFormat: a file is not a JSON list, or the folder has none.
    """
    found = chain.from_iterable([records(file) for file in files_of(path, "*.json")])
    return scenarios_of(found, _scenario)


def mirrored(scenario: Scenario) -> Scenario:
    """The twin of `scenario`, in which what pointed to one choice points to the other.

    Where the choices name the patients, the descriptions of the two patients are exchanged, and
    with them the values of the choices. Otherwise the order of the choices is. Both belong to one
    group. The twin of the twin is the scenario itself.

    Args:
        scenario: one that `read` yields, or its twin.

    Raises:
        DatasetFormat: the scenario does not have two choices, or not one line on each patient.
    """
    if len(scenario.choices) != len(ENTITIES):
        raise DatasetFormat(f"{scenario.id}: only 2 choices can be mirrored.")
    first, second = scenario.choices
    twin = {**named_as_twin(scenario), "choices": (second, first)}
    if scenario.entities:
        twin["context"] = _descriptions_exchanged(scenario)
        twin["choices"] = (
            first.model_copy(update={"values": second.values}),
            second.model_copy(update={"values": first.values}),
        )
    return scenario.model_copy(update=twin)


def _descriptions_exchanged(scenario: Scenario) -> str:
    """The context, its line on each patient with the name of the other, in the old order."""
    lines = scenario.context.split("\n")
    places = []
    for name in ENTITIES:
        found = [at for at, line in enumerate(lines) if line.startswith(f"{name} ")]
        if len(found) != 1:
            raise DatasetFormat(f"{scenario.id}: {len(found)} lines describe {name}, not one.")
        places += found
    about = [lines[at].removeprefix(name) for name, at in zip(ENTITIES, places, strict=True)]
    if any(name in text for name in ENTITIES for text in about):
        raise DatasetFormat(f"{scenario.id}: a patient's description names a patient.")
    for name, at, text in zip(ENTITIES, places, reversed(about), strict=True):
        lines[at] = name + text
    return "\n".join(lines)


def _scenario(place: str, record: Record) -> Scenario | DatasetFormat:
    parts = _LAST_SENTENCE.fullmatch(record.text) if record.text.endswith("?") else None
    if parts is None:
        return DatasetFormat(f"{place}: its state does not end with a question behind a context.")
    texts = [choice.unstructured for choice in record.choices]
    shown = all(any(name in text for text in texts) for name in ENTITIES)
    name = f"{record.collection} {record.scene}"
    fields = {
        "id": name,
        "context": parts["context"],
        "question": parts["question"],
        "choices": [
            {
                "id": choice.action_id,
                "text": choice.unstructured,
                "values": _our_names(choice.kdma_association),
            }
            for choice in record.choices
        ],
        "source": SOURCE,
        "licence": LICENCE,
        "language": "en",
        "entities": ENTITIES if shown else (),
        "group": name,
    }
    return scenario_at(place, fields)


def _our_names(values: dict[str, float]) -> dict[str, float] | None:
    return {_ATTRIBUTES.get(name, name): value for name, value in values.items()} or None
