"""The Oxford Utilitarianism Scale: 9 statements on two sides of utilitarian thinking.

Each item is a scenario with the seven steps of agreement as choices. What a subscale scores is the
mean step of its items, 1 to 7. Kahane, Everett, Earp, Caviola, Faber, Crockett and Savulescu 2018,
"Beyond Sacrificial Harm", doi:10.1037/rev0000093.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from alignkit.datasets.reading import checked, json_rows, numbered, scenario_at, scenarios_of
from alignkit.datasets.scales import scale_name, steps
from alignkit.errors import DataError, DatasetFormat
from alignkit.schema import Scenario
from alignkit.schema.base import Text

MEASURES = "utilitarian psychology: impartial beneficence and instrumental harm, 1 to 7 each"
KIND = "questionnaire"
SOURCE = "Oxford Utilitarianism Scale, Kahane et al. 2018"
LICENCE = "Instrument: licence not established; quoted from the article"
PLACE = "ous/ous_items.json"

LOWEST = 1
AGREEMENT = (
    "Strongly disagree",
    "Disagree",
    "Somewhat disagree",
    "Neither agree nor disagree",
    "Somewhat agree",
    "Agree",
    "Strongly agree",
)
QUESTION = "To what extent do you agree or disagree with this statement?"


class _Item(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: int
    subscale: Literal["impartial_beneficence", "instrumental_harm"]
    text: Text
    scale: tuple[Literal[1], Literal[7]]


def read(path: Path) -> Iterator[Scenario | DataError]:
    """The scenarios of the file `path`, and an error for each item that is broken.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: the file is not a JSON list.
    """
    return scenarios_of(numbered(path, json_rows(path, "items")), _scenario)


def _scenario(place: str, row: object) -> Scenario | DatasetFormat:
    try:
        item = checked(place, row, _Item)
    except DatasetFormat as error:
        return error
    return scenario_at(
        place,
        {
            "id": f"OUS {item.id}",
            "context": f"Statement: {item.text}",
            "question": QUESTION,
            "choices": steps(AGREEMENT, LOWEST, item.subscale),
            "source": SOURCE,
            "licence": LICENCE,
            "language": "en",
            "tags": {"subscale": item.subscale, "scale": scale_name(AGREEMENT, LOWEST)},
        },
    )
