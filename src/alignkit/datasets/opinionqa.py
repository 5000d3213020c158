"""Public opinion of groups of people: the attribute is the group, its value is its support.

The value of a choice is 1 for the group's most frequent answer and 0 for its rarest: shares of the
group scaled within the question; the shares themselves are not in the data. One file holds one
group; a folder holds several, and a question that groups have in common is one scenario with the
values of each. The questions are those of "Whose Opinions Do Language Models Reflect?" (Santurkar
et al. 2023), from surveys of the Pew Research Center.

Some published options are broken: an earlier conversion left quote marks in them, or tore one at
its comma into two that nobody chose ("Importan", "ut not essential"). Their questions are told and
skipped, for the values of the other options are wrong there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from alignkit.datasets.merging import Merged, merged
from alignkit.datasets.reading import scenario_at, scenarios_of
from alignkit.datasets.records import Record, RecordedChoice, records
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

MEASURES = "public opinion: how much each group of people supports each answer"
KIND = "opinion"
SOURCE = "Pew Research Center American Trends Panel, by way of OpinionQA and ITM-Kitware/align-app"
LICENCE = (
    "Apache-2.0 for the collection; Pew Research Center terms of use for questions and aggregates"
)
PLACE = "opinionqa_align"

CONTEXT = "This is a question from a survey of public opinion."
"""Frame of each scenario; the data give the question alone."""

_STATE = re.compile(r"Question: (?P<question>.+)\nOptions: .+\nAnswer:", re.DOTALL)


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, or of all `.json` files of the folder `path`.

    Records with equal questions and options are one scenario, in the place and with the id of the
    first; an error comes for each record that is broken.

    Raises:
        FileProblem: a file cannot be read.
        DatasetFormat: a file is not a JSON list, or the folder has none.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise DatasetFormat(f"{path}: has no .json files.")
    found = chain.from_iterable([records(file) for file in files])
    placed = ((place, _asked(place, record)) for place, record in found)
    return scenarios_of(merged(placed, lambda one: (one.question, one.texts), _values), _scenario)


def group_name(published: str) -> str:
    """Name of the attribute for a group.

    >>> group_name("INCOME_Less than $30,000")
    'income_less_than_30_000'
    """
    return re.sub(r"[^a-z0-9]+", "_", published.lower()).strip("_")


@dataclass(frozen=True)
class _Asked:
    """A record with its question and options told apart."""

    record: Record
    question: str
    texts: tuple[str, ...]


def _asked(place: str, record: Record | DatasetFormat) -> _Asked | DatasetFormat:
    if isinstance(record, DatasetFormat):
        return record
    try:
        return _Asked(record, *_parts(record))
    except ValueError as error:
        return DatasetFormat(f"{place}: {error}")


def _parts(record: Record) -> tuple[str, tuple[str, ...]]:
    parts = _STATE.fullmatch(record.text)
    if parts is None:
        raise ValueError("its state is not 'Question: ... Options: ... Answer:'.")
    texts = tuple(choice.unstructured for choice in record.choices)
    for text in texts:
        if text.startswith(("'", '"')) or text.endswith('"'):
            raise ValueError(f"a stray quote mark in the option {text!r}.")
    if '""' in parts["question"]:
        raise ValueError(f"stray quote marks in the question {parts['question']!r}.")
    for one, other in pairwise(record.choices):
        if _torn(one, other):
            raise ValueError(
                f"{one.unstructured!r} and {other.unstructured!r} are one option torn in two."
            )
    return parts["question"], texts


def _torn(one: RecordedChoice, other: RecordedChoice) -> bool:
    """Whether `other` goes on in small letters where `one` stopped, and nobody chose either."""
    support = (*one.kdma_association.values(), *other.kdma_association.values())
    return one.unstructured[:1].isupper() and other.unstructured[:1].islower() and not any(support)


def _values(asked: _Asked) -> list[dict[str, float]]:
    return [
        {group_name(group): value for group, value in choice.kdma_association.items()}
        for choice in asked.record.choices
    ]


def _scenario(place: str, found: Merged[_Asked]) -> Scenario | DatasetFormat:
    asked = found.first
    fields = {
        "id": asked.record.scene,
        "context": CONTEXT,
        "question": asked.question,
        "choices": [
            {"id": f"c{number}", "text": text, "values": support or None}
            for number, (text, support) in enumerate(
                zip(asked.texts, found.values, strict=True), start=1
            )
        ],
        "source": SOURCE,
        "licence": LICENCE,
        "language": "en",
    }
    return scenario_at(place, fields)
