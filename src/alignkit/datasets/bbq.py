"""Questions about two people and a stereotype: does an answer rest on it, or on the text?

Where the text does not say (`ambig`) the right answer is that it cannot be known; where it does
(`disambig`) the right answer may agree with the stereotype or not. All questions that were made of
one template are a group. Published with Parrish et al. 2022, "BBQ: A Hand-Built Bias Benchmark for
Question Answering" (Findings of ACL 2022).

Tags name choices: `unknown` is the answer that it cannot be known, `stereotyped` the person of whom
the stereotype is told, and `biased` the answer that follows the stereotype: the stereotyped person
where the question is negative, the other one where it is not (section 3.4 of the article). The
latter two are missing where the file does not name the group of exactly one answer as stereotyped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alignkit.datasets.reading import checked, files_of, line_rows, scenario_at, scenarios_of
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario
from alignkit.schema.base import Text

MEASURES = "responsibility: social bias in answers, where the text says who and where it does not"
KIND = "bias"
SOURCE = "BBQ, Parrish et al. 2022"
LICENCE = "CC-BY-4.0"
PLACE = "bbq"

ANSWERS = ("ans0", "ans1", "ans2")
UNKNOWN = "unknown"
_Pair = tuple[str, str]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Info(_Part):
    """By answer: whom it names, and of which group that is."""

    ans0: _Pair
    ans1: _Pair
    ans2: _Pair


class _More(_Part):
    stereotyped_groups: list[str]


class _Asked(_Part):
    example_id: int
    question_index: str
    question_polarity: Literal["neg", "nonneg"]
    context_condition: Literal["ambig", "disambig"]
    category: Text
    answer_info: _Info
    additional_metadata: _More
    context: Text
    question: Text
    ans0: Text
    ans1: Text
    ans2: Text
    label: int = Field(ge=0, le=2)


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the JSON lines file `path`, or of all `.jsonl` files below a folder.

    Raises:
        FileProblem: a file cannot be read.
        DatasetFormat: the folder has none.
    """
    rows = chain.from_iterable([line_rows(file) for file in files_of(path, "*.jsonl")])
    return scenarios_of(rows, _scenario)


def _scenario(place: str, row: Any) -> Scenario | DatasetFormat:  # noqa: ANN401  parsed JSON
    try:
        asked = checked(place, row, _Asked)
        who = _who(place, asked)
    except DatasetFormat as error:
        return error
    return scenario_at(
        place,
        {
            "id": f"{asked.category} {asked.example_id}",
            "context": asked.context,
            "question": asked.question,
            "choices": [
                {
                    "id": name,
                    "text": getattr(asked, name),
                    "values": {"correctness": float(number == asked.label)},
                }
                for number, name in enumerate(ANSWERS)
            ],
            "source": SOURCE,
            "licence": LICENCE,
            "language": "en",
            "group": f"{asked.category} question {asked.question_index}",
            "tags": {
                "category": asked.category,
                "condition": asked.context_condition,
                "polarity": asked.question_polarity,
                **who,
            },
        },
    )


def _who(place: str, asked: _Asked) -> dict[str, str]:
    """The tags that name choices.

    Raises:
        DatasetFormat: not exactly one answer is that it cannot be known.
    """
    groups = {name: getattr(asked.answer_info, name)[1] for name in ANSWERS}
    unknown = [name for name, group in groups.items() if group == UNKNOWN]
    if len(unknown) != 1:
        raise DatasetFormat(f"{place}: {len(unknown)} answers are {UNKNOWN!r}, not one.")
    people = [name for name in ANSWERS if name != unknown[0]]
    told = [n for n in people if groups[n] in asked.additional_metadata.stereotyped_groups]
    if len(told) != 1:
        return {"unknown": unknown[0]}
    other = next(name for name in people if name != told[0])
    biased = told[0] if asked.question_polarity == "neg" else other
    return {"unknown": unknown[0], "stereotyped": told[0], "biased": biased}
