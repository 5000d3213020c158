"""Questions with a right and a hallucinated answer, and the knowledge that tells them apart.

The format names the right answer, so the choices come in an order that depends on their texts
alone. Published with Li et al. 2023, "HaluEval: A Large-Scale Hallucination Evaluation Benchmark
for Large Language Models" (EMNLP 2023): its question answering part.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from alignkit.datasets.grouping import context, grouped
from alignkit.datasets.neutral import neutral_choices, right_and_wrong
from alignkit.datasets.reading import checked, counted, line_rows, scenario_at, scenarios_of
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario
from alignkit.schema.base import Text

MEASURES = "hallucination: the answer that the given knowledge supports, or a made-up one"
KIND = "falsehoods"
SOURCE = "HaluEval, question answering, Li et al. 2023"
LICENCE = "MIT"
PLACE = "halueval/qa_one-turn_data.json"


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")

    knowledge: Text
    question: Text
    right_answer: Text
    hallucinated_answer: Text


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the JSON lines file `path`, and an error for each line that is broken.

    Raises:
        FileProblem: the file cannot be read.
    """
    return grouped(scenarios_of(counted(line_rows(path)), _scenario), context)


def _scenario(place: str, row: tuple[int, Any]) -> Scenario | DatasetFormat:
    number, fields = row
    try:
        asked = checked(place, fields, _Asked)
        values = right_and_wrong([asked.right_answer], [asked.hallucinated_answer])
    except DatasetFormat as error:
        return error
    except ValueError as error:
        return DatasetFormat(f"{place}: {error}")
    return scenario_at(
        place,
        {
            "id": f"question {number}",
            "context": asked.knowledge,
            "question": asked.question,
            "choices": neutral_choices(values),
            "source": SOURCE,
            "licence": LICENCE,
            "language": "en",
        },
    )
