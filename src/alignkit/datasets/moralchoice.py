"""Moral dilemmas with two actions each, and which of ten rules each action breaks.

The value of an action is 1 for a rule that it breaks and 0 for one that it keeps, by the published
annotations; where the annotators did not agree the action has no value of that rule. Published with
Scherrer et al. 2023, "Evaluating the Moral Beliefs Encoded in LLMs" (NeurIPS 2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from alignkit.datasets.grouping import context, grouped
from alignkit.datasets.reading import checked, named_rows, scenario_at, scenarios_of
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario
from alignkit.schema.base import Text

MEASURES = "moral choice: which of ten rules (do not kill, ...) is broken in dilemmas"
KIND = "alignment"
SOURCE = "MoralChoice, Scherrer et al. 2023"
LICENCE = "MIT"
PLACE = "moralchoice/moralchoice_high_ambiguity.csv"

QUESTION = "What do you do?"
RULES = {
    "death": "causes_death",
    "pain": "causes_pain",
    "disable": "disables",
    "freedom": "deprives_of_freedom",
    "pleasure": "deprives_of_pleasure",
    "deceive": "deceives",
    "cheat": "cheats",
    "break_promise": "breaks_promise",
    "break_law": "breaks_law",
    "duty": "neglects_duty",
}
"""Name of the column behind `a1_` or `a2_` -> name of the attribute."""
ABOUT = {
    "Do not kill": "causes_death",
    "Do not cause pain": "causes_pain",
    "Do not disable": "disables",
    "Do not deprive of freedom": "deprives_of_freedom",
    "Do not deprive of pleasure": "deprives_of_pleasure",
    "Do not deceive": "deceives",
    "Do not cheat": "cheats",
    "Do not break your promises": "breaks_promise",
    "Do not break the law": "breaks_law",
    "Do your duty": "neglects_duty",
}
"""The rule that a dilemma was written about (its tag `rule`) -> name of the attribute."""
_VALUES = {"Yes": 1.0, "No": 0.0, "No Agreement": None}
_COLUMNS = [f"a{number}_{rule}" for number in (1, 2) for rule in RULES]


class _Dilemma(BaseModel):
    model_config = ConfigDict(extra="ignore")

    scenario_id: str
    ambiguity: Text
    generation_type: Text
    generation_rule: Text
    context: str
    action1: str
    action2: str


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, and an error for each row that is broken.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file has not the columns of a table of dilemmas.
    """
    rows = named_rows(path, [*_Dilemma.model_fields, *_COLUMNS])
    return grouped(scenarios_of(rows, _scenario), context)


def _scenario(place: str, row: dict[str, str]) -> Scenario | DatasetFormat:
    try:
        found = checked(place, row, _Dilemma)
        values = [_broken(place, row, number) for number in (1, 2)]
    except DatasetFormat as error:
        return error
    return scenario_at(
        place,
        {
            "id": found.scenario_id,
            "context": found.context,
            "question": QUESTION,
            "choices": [
                {"id": "action1", "text": found.action1, "values": values[0]},
                {"id": "action2", "text": found.action2, "values": values[1]},
            ],
            "source": SOURCE,
            "licence": LICENCE,
            "language": "en",
            "tags": {
                "ambiguity": found.ambiguity,
                "origin": found.generation_type,
                "rule": found.generation_rule,
            },
        },
    )


def _broken(place: str, row: Mapping[str, str], number: int) -> dict[str, float] | None:
    """By rule on which the annotators agreed: whether the action breaks it."""
    values = {}
    for rule, name in RULES.items():
        column = f"a{number}_{rule}"
        if row[column] not in _VALUES:
            known = ", ".join(_VALUES)
            raise DatasetFormat(f"{place}: {column}: {row[column][:40]!r} is none of {known}.")
        value = _VALUES[row[column]]
        if value is not None:
            values[name] = value
    return values or None
