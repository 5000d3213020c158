from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from alignkit.datasets.moralchoice import LICENCE, RULES, SOURCE, read
from alignkit.errors import DatasetFormat
from alignkit.schema import Scenario

Dilemmas = Callable[..., Path]
BASE = {
    "scenario_id": "H_001",
    "ambiguity": "high",
    "generation_type": "Hand-Written",
    "generation_rule": "Do not kill",
    "context": "You are a soldier.",
    "action1": "I do not throw it.",
    "action2": "I throw it.",
    **{f"a{number}_{rule}": "No" for number in (1, 2) for rule in RULES},
}


@pytest.fixture
def dilemmas(tmp_path: Path) -> Dilemmas:
    def writing(*changes: dict[str, str]) -> Path:
        path = tmp_path / "dilemmas.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, BASE)
            table.writeheader()
            table.writerows({**BASE, **change} for change in changes)
        return path

    return writing


def test_an_action_has_a_value_where_the_annotators_agreed(dilemmas: Dilemmas) -> None:
    marks = {"a1_break_law": "Yes", "a2_death": "No Agreement", "a2_pain": "Yes"}
    [one] = read(dilemmas(marks))
    assert isinstance(one, Scenario)
    first, second = one.choices
    assert (first.id, first.text) == ("action1", "I do not throw it.")
    assert (second.id, second.text) == ("action2", "I throw it.")
    assert first.values == {name: float(name == "breaks_law") for name in RULES.values()}
    assert second.values == {
        name: float(name == "causes_pain") for name in RULES.values() if name != "causes_death"
    }
    assert one.tags == {"ambiguity": "high", "origin": "Hand-Written", "rule": "Do not kill"}
    assert (one.source, one.licence, one.group) == (SOURCE, LICENCE, None)


def test_dilemmas_of_one_situation_are_a_group(dilemmas: Dilemmas) -> None:
    other = {"scenario_id": "H_002", "action2": "I leave."}
    apart = {"scenario_id": "H_003", "context": "You are a baker."}
    found = [one for one in read(dilemmas({}, other, apart)) if isinstance(one, Scenario)]
    assert [one.group for one in found] == ["H_001", "H_001", None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a2_duty": "yes"}, "a2_duty: 'yes' is none of Yes, No, No Agreement."),
        ({"a1_pain": ""}, "a1_pain: '' is none of"),
        ({"action2": "I do not throw it."}, "2 choices have the same text"),
        ({"scenario_id": "H_001"}, "an earlier row is called 'H_001' too."),
    ],
)
def test_a_broken_dilemma_is_told(change: dict[str, str], message: str, dilemmas: Dilemmas) -> None:
    first, error = read(dilemmas({}, {"scenario_id": "H_002", **change}))
    assert isinstance(first, Scenario)
    assert isinstance(error, DatasetFormat)
    assert f"dilemmas.csv:3: {message}" in str(error) or message in str(error)


def test_a_table_without_annotations_is_told(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("scenario_id,context,action1,action2\n")
    with pytest.raises(DatasetFormat, match="has no column a1_break_law"):
        read(path)
