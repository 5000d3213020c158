"""Exam questions with four answers each, asked after five solved ones of the same subject.

The five solved questions of the subject are the context, in the standard wording, and the same for
all questions of the subject: a prefix cache reads them once. Published with Hendrycks et al. 2021,
"Measuring Massive Multitask Language Understanding" (ICLR 2021).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from alignkit.datasets.reading import counted, files_of, scenario_at, scenarios_of, table_rows
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario

MEASURES = "capability: exam questions of 57 subjects, 5-shot, as the share of right answers"
KIND = "capability"
SOURCE = "MMLU (hendrycks/test), Hendrycks et al. 2021"
LICENCE = "MIT"
PLACE = "mmlu_final/data/mmlu"

LETTERS = "ABCD"
SHOTS = 5

_TEST = re.compile(r"(?P<subject>.+)_(test|val)")
_CELLS = 1 + len(LETTERS) + 1


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of `SUBJECT_test.csv`, or of all such files below a folder, one after another.

    The examples come from `SUBJECT_dev.csv` beside the file or in the folder `dev` beside its own.
    A file of another name is asked without examples.

    Raises:
        FileProblem: a file cannot be read.
        DatasetFormat: a folder has no such file, or a subject has not five examples that are whole.
    """
    return chain.from_iterable([_subject(file) for file in files_of(path, "*_test.csv")])


def files(path: Path) -> tuple[Path, ...]:
    """The files with questions, and those with the examples that stand in every context.

    Raises:
        DatasetFormat: a folder has no file with questions.
    """
    asked = files_of(path, "*_test.csv")
    solved = [found for file in asked if (found := _solved(file)) is not None]
    return tuple(dict.fromkeys([*asked, *solved]))


def _solved(path: Path) -> Path | None:
    """The file with the examples for the questions in `path`, where there is one."""
    return next((place for place in _places(path) if place.is_file()), None)


def _places(path: Path) -> tuple[Path, ...]:
    """Where the examples for the questions in `path` may be; nowhere for a file of another name."""
    named = _TEST.fullmatch(path.stem)
    name = f"{named['subject']}_dev.csv" if named else ""
    return (path.with_name(name), path.parent.parent / "dev" / name) if named else ()


def _subject(path: Path) -> Iterator[Scenario | DataError]:
    rows = table_rows(path)  # first, so that a missing file is not told as missing examples
    named = _TEST.fullmatch(path.stem)
    subject = named["subject"] if named else path.stem
    shots = _shots(path) if named else []
    about = subject.replace("_", " ")
    heading = f"The following are multiple choice questions (with answers) about {about}."
    shared = {
        "context": "\n\n".join([heading, *shots]),
        "exam": True,
        "source": SOURCE,
        "licence": LICENCE,
        "language": "en",
        "tags": {"subject": subject, "shots": str(len(shots))},
    }

    def made(place: str, row: tuple[int, list[str]]) -> Scenario | DatasetFormat:
        number, cells = row
        try:
            question, answers, right = _parts(place, cells)
        except DatasetFormat as error:
            return error
        choices = [
            {"id": letter, "text": text, "values": {"correctness": float(letter == right)}}
            for letter, text in zip(LETTERS, answers, strict=True)
        ]
        own = {"id": f"{subject} {number}", "question": question, "choices": choices}
        return scenario_at(place, {**shared, **own})

    return scenarios_of(counted(rows), made)


def _shots(path: Path) -> list[str]:
    """The solved questions for those in `path`, as text.

    Raises:
        DatasetFormat: there are not five, or one is broken: with fewer the figures would differ.
    """
    found = _solved(path)
    if found is None:
        missing = ", no ".join(map(str, _places(path)))
        raise DatasetFormat(f"{path}: its examples are missing: no {missing}.")
    shots = []
    for place, row in table_rows(found):
        if isinstance(row, DatasetFormat):
            raise row
        question, answers, right = _parts(place, row)
        options = [f"{letter}. {text}" for letter, text in zip(LETTERS, answers, strict=True)]
        shots.append("\n".join([question, *options, f"Answer: {right}"]))
    if len(shots) != SHOTS:
        raise DatasetFormat(f"{found}: holds {len(shots)} examples, not {SHOTS}.")
    return shots


def _parts(place: str, row: Sequence[str]) -> tuple[str, Sequence[str], str]:
    """Question, answers and letter of the right one."""
    if len(row) != _CELLS:
        raise DatasetFormat(f"{place}: has {len(row)} cells, not {_CELLS}.")
    question, *answers, right = (cell.strip() for cell in row)
    if len(right) != 1 or right not in LETTERS:
        raise DatasetFormat(f"{place}: its answer is {right[:40]!r}, not one of {LETTERS}.")
    return question, answers, right
