from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.align_phase2 import ENTITIES, LICENCE, SOURCE, mirrored, read
from alignkit.errors import DatasetFormat
from alignkit.library import Library
from alignkit.schema import Choice, Scenario

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
with_data = pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
FILES = ("July2025-AF-train_20250804.json", "July2025-PS-train_20250804.json")
Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

WHOM = """\
You are a medic. There are two patients, Patient A and Patient B.
Patient A is not breathing. They are a prisoner.
Patient B has a broken wrist. They are in your unit.
Which patient do you treat?"""
MOVE = """\
You are a medic.
The casualty is in the open.
You are in cover. Do you move now, or wait?"""


def patients(record: Make, state: str = WHOM, **options: Any) -> dict[str, Any]:
    return record(
        state,
        ("Treat Patient A", {"affiliation": 0.0, "medical": 0.9}),
        ("Treat Patient B", {"affiliation": 1.0, "medical": 0.25}),
        **options,
    )


def cover(record: Make) -> dict[str, Any]:
    return record(
        MOVE,
        ("Move now", {"medical": 0.3, "personal_safety": 0.5}),
        ("Wait", {"medical": 0.0, "personal_safety": 1.0}),
    )


def scenario_of(path: Path) -> Scenario:
    [one] = read(path)
    assert isinstance(one, Scenario), one
    return one


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("align_phase2") is read


def test_a_record_is_a_scenario(record: Make, written: Write) -> None:
    scenario = scenario_of(written(patients(record, collection="AF-train", scene="Probe 7")))
    assert scenario == Scenario(
        id="AF-train Probe 7",
        context=WHOM.rpartition("\n")[0],
        question="Which patient do you treat?",
        choices=(
            Choice(
                id="treat_patient_a",
                text="Treat Patient A",
                values={"affiliation": 0.0, "medical_urgency": 0.9},
            ),
            Choice(
                id="treat_patient_b",
                text="Treat Patient B",
                values={"affiliation": 1.0, "medical_urgency": 0.25},
            ),
        ),
        source=SOURCE,
        licence=LICENCE,
        language="en",
        entities=("Patient A", "Patient B"),
        group="AF-train Probe 7",
    )


def test_the_question_is_the_last_sentence_alone(record: Make, written: Write) -> None:
    scenario = scenario_of(written(cover(record)))
    assert scenario.context.endswith("in the open.\nYou are in cover.")
    assert scenario.question == "Do you move now, or wait?"
    assert scenario.entities == ()


@pytest.mark.parametrize("state", ["", "Two are hurt.", "Which patient do you treat?", "  \n?"])
def test_a_state_without_context_or_question_is_told(
    state: str, record: Make, written: Write
) -> None:
    [error] = read(written(patients(record, state)))
    assert "row 1: its state does not end with a question behind a context." in str(error)


def test_a_record_called_like_an_earlier_one_is_told(record: Make, written: Write) -> None:
    first, second, third = read(
        written(patients(record), cover(record), patients(record, scene="Probe 2"))
    )
    assert isinstance(first, Scenario)
    assert "row 2: an earlier row is called 'Set Probe 1' too." in str(second)
    assert isinstance(third, Scenario)


def test_a_record_that_is_no_scenario_is_told(record: Make, written: Write) -> None:
    [error] = read(written(record(WHOM, ("Wait", {"Personal safety": 1}), ("Go", {}))))
    assert isinstance(error, DatasetFormat)
    assert "row 1: choices.0.values.Personal safety" in str(error)


def test_choices_without_values_have_none(record: Make, written: Write) -> None:
    scenario = scenario_of(written(record(WHOM, ("Wait", {}), ("Go", {"medical": 1}))))
    assert [choice.values for choice in scenario.choices] == [None, {"medical_urgency": 1.0}]


def test_the_twin_has_the_descriptions_and_the_values_exchanged(
    record: Make, written: Write
) -> None:
    scenario = scenario_of(written(patients(record)))
    twin = mirrored(scenario)
    assert twin.id == "Set Probe 1 (mirrored)"
    assert twin.context == (
        "You are a medic. There are two patients, Patient A and Patient B.\n"
        "Patient A has a broken wrist. They are in your unit.\n"
        "Patient B is not breathing. They are a prisoner."
    )
    assert [(choice.id, choice.text, choice.values) for choice in twin.choices] == [
        ("treat_patient_a", "Treat Patient A", {"affiliation": 1.0, "medical_urgency": 0.25}),
        ("treat_patient_b", "Treat Patient B", {"affiliation": 0.0, "medical_urgency": 0.9}),
    ]
    assert twin.group == scenario.group == "Set Probe 1"
    assert mirrored(twin) == scenario


def test_the_twin_without_patients_has_the_choices_in_the_other_order(
    record: Make, written: Write
) -> None:
    scenario = scenario_of(written(cover(record)))
    twin = mirrored(scenario)
    assert twin.choices == scenario.choices[::-1]
    assert (twin.context, twin.question) == (scenario.context, scenario.question)
    assert mirrored(twin) == scenario


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Patient B has", "Another has", "0 lines describe Patient B, not one"),
        ("You are a", "Patient A is near.\nYou are a", "2 lines describe Patient A, not one"),
        ("a broken wrist", "Patient A's bag", "a patient's description names a patient"),
    ],
)
def test_what_cannot_be_mirrored_is_told(
    old: str, new: str, message: str, record: Make, written: Write
) -> None:
    scenario = scenario_of(written(patients(record, WHOM.replace(old, new))))
    with pytest.raises(DatasetFormat, match=message):
        mirrored(scenario)


def test_three_choices_cannot_be_mirrored(record: Make, written: Write) -> None:
    scenario = scenario_of(written(record(WHOM, ("Go", {}), ("Wait", {}), ("Call", {}))))
    with pytest.raises(DatasetFormat, match="only 2 choices can be mirrored"):
        mirrored(scenario)


@pytest.fixture(scope="module")
def published() -> list[Scenario]:
    found = [one for name in FILES for one in read(Path(DATA or "") / "align_phase2" / name)]
    scenarios = [one for one in found if isinstance(one, Scenario)]
    assert len(scenarios) == len(found)
    return scenarios


@pytest.mark.data
@with_data
def test_the_published_files_are_87_and_84_scenarios(published: list[Scenario]) -> None:
    assert Counter(scenario.id.split()[0] for scenario in published) == {
        "July2025-AF-train": 87,
        "July2025-PS-train": 84,
    }
    assert len({scenario.id for scenario in published}) == 171
    assert sum(scenario.entities == ENTITIES for scenario in published) == 87
    names = {name for one in published for choice in one.choices for name in choice.values or {}}
    assert names == {"affiliation", "personal_safety", "medical_urgency"}
    assert names <= set(Library().attributes)


@pytest.mark.data
@with_data
def test_no_word_of_the_published_texts_is_lost(published: list[Scenario]) -> None:
    rows = [
        row
        for name in FILES
        for row in json.loads((Path(DATA or "") / "align_phase2" / name).read_text("utf-8"))
    ]
    for row, scenario in zip(rows, published, strict=True):
        whole = f"{scenario.context} {scenario.question}"
        assert whole.split() == row["input"]["state"].split()
        assert scenario.question.count("?") == 1


@pytest.mark.data
@with_data
def test_high_values_belong_to_own_people_safe_places_and_grave_wounds(
    published: list[Scenario],
) -> None:
    for scenario in published:
        first, second = (choice.values or {} for choice in scenario.choices)
        high, low = second, first
        assert first["medical_urgency"] > second["medical_urgency"]
        if scenario.entities:
            assert high["affiliation"] > low["affiliation"]
            line = next(
                text for text in scenario.context.split("\n") if text.startswith(ENTITIES[1])
            )
            assert "as you" in line or "ally" in line
        else:
            assert scenario.choices[1].text.startswith("Wait")
            assert high["personal_safety"] == 1
            assert high["medical_urgency"] == 0


@pytest.mark.data
@with_data
def test_each_published_scenario_and_its_twin_are_true_to_their_texts(
    published: list[Scenario],
) -> None:
    """A description has the same value whichever patient it belongs to and in either twin."""
    meaning: dict[tuple[str, str], float] = {}
    for scenario in published:
        twin = mirrored(scenario)
        assert mirrored(twin) == scenario
        assert Scenario.model_validate(twin.model_dump()) == twin
        assert twin.id == f"{scenario.id} (mirrored)"
        assert sums(twin) == pytest.approx(sums(scenario))
        assert Counter(re.findall(r"\w+", twin.context)) == Counter(
            re.findall(r"\w+", scenario.context)
        )
        for one in (scenario, twin):
            for (name, about), value in described(one).items():
                assert meaning.setdefault((name, about), value) == value


def sums(scenario: Scenario) -> Counter[str]:
    total: Counter[str] = Counter()
    for choice in scenario.choices:
        for name, value in (choice.values or {}).items():
            total[name] += value
    return total


def described(scenario: Scenario) -> dict[tuple[str, str], float]:
    """Attribute and description (or text of the choice) -> value, read off the text."""
    found = {}
    for choice in scenario.choices:
        values = choice.values or {}
        if scenario.entities:
            patient = choice.text.removeprefix("Treat ")
            [line] = [text for text in scenario.context.split("\n") if text.startswith(patient)]
            injury, _, belonging = line.removeprefix(patient).partition(". They are ")
            found["medical_urgency", injury] = values["medical_urgency"]
            found["affiliation", belonging] = values["affiliation"]
        else:
            found["personal_safety", choice.text + scenario.context] = values["personal_safety"]
            found["medical_urgency", choice.text + scenario.context] = values["medical_urgency"]
    return found
