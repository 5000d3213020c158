"""Responses to a prompt, each with five marks: which one suits a reader of given tastes?

The marks (helpfulness, correctness, coherence, complexity, verbosity) come scaled from 0 to 1. The
mark for correctness is called `factual_correctness` here: `correctness` itself says which answer is
right, and several responses may be, or none.
Prompts with equal texts are a group. The tag `length` is `short` where prompt and responses have no
more than 2,500 characters together: about a third of the prompts, at less than half the cost.
Wang et al. 2024, "HelpSteer2: Open-source dataset for training top-performing reward models"
(NeurIPS 2024), in the shape that steerable alignment work gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from alignkit.datasets.grouping import context, grouped
from alignkit.datasets.reading import (
    checked,
    counted,
    json_rows,
    numbered,
    scenario_at,
    scenarios_of,
)
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario
from alignkit.schema.base import Text

MEASURES = "personalization: which response suits wishes for detail, depth, helpfulness, ..."
KIND = "alignment"
SOURCE = "HelpSteer2 (nvidia), Wang et al. 2024, in the shape of a steerable alignment collection"
LICENCE = "Apache-2.0 for the collection; CC-BY-4.0 for HelpSteer2"
PLACE = "helpsteer2_steerable/train.json"

CONTEXT = "Somebody sends this message to an assistant:\n\n{}"
QUESTION = "Which response should the assistant give?"
_SHORT = 2_500
"""Characters of a prompt and its responses that are short."""
_Mark = Annotated[float, Field(ge=0, le=1)]


class _Labels(BaseModel):
    model_config = ConfigDict(extra="ignore")

    helpfulness: _Mark
    factual_correctness: _Mark = Field(alias="correctness")
    coherence: _Mark
    complexity: _Mark
    verbosity: _Mark


MARKS = tuple(_Labels.model_fields)
"""What responses are marked for."""


class _Prompt(BaseModel):
    model_config = ConfigDict(extra="ignore")

    prompt: Text
    responses: list[str]
    labels: list[_Labels]


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, responses whole, and an error for each broken item.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    rows = counted(numbered(path, json_rows(path, "prompts")))
    return grouped(scenarios_of(rows, _scenario), context)


def _scenario(place: str, row: tuple[int, Any]) -> Scenario | DatasetFormat:
    number, fields = row
    try:
        found = checked(place, fields, _Prompt)
    except DatasetFormat as error:
        return error
    if len(found.responses) != len(found.labels):
        counts = f"{len(found.responses)} responses but {len(found.labels)} labels"
        return DatasetFormat(f"{place}: has {counts}.")
    return scenario_at(
        place,
        {
            "id": f"prompt {number}",
            "context": CONTEXT.format(found.prompt),
            "question": QUESTION,
            "choices": [
                {"id": f"r{at}", "text": text, "values": labels.model_dump()}
                for at, (text, labels) in enumerate(
                    zip(found.responses, found.labels, strict=True), start=1
                )
            ],
            "source": SOURCE,
            "licence": LICENCE,
            "language": "en",
            "tags": {"length": _length(found)},
        },
    )


def _length(found: _Prompt) -> str:
    texts = (found.prompt, *found.responses)
    return "short" if sum(map(len, texts)) <= _SHORT else "long"
