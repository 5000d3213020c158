"""What is read of the published files, and what of them is skipped."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from alignkit.datasets import READERS, TWINS, with_twins
from alignkit.errors import DataError
from alignkit.schema import Scenario

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
    ),
]


@dataclass(frozen=True)
class Read:
    scenarios: list[Scenario]
    errors: list[str]


@cache
def published(name: str) -> Read:
    reader = READERS.load(name)
    found = list(reader(Path(DATA or "") / import_module(reader.__module__).PLACE))
    return Read(
        [one for one in found if isinstance(one, Scenario)],
        [str(one) for one in found if isinstance(one, DataError)],
    )


def groups(name: str) -> int:
    return len({one.group or one.id for one in published(name).scenarios})


@pytest.mark.parametrize(
    ("name", "items", "skipped", "independent"),
    [
        ("mta", 20, 0, 19),
        ("align_phase2", 171, 0, 171),
        ("opinionqa_align", 679, 90, 679),
        ("persona_statements", 2400, 0, 2400),
        ("mmlu", 5149, 86, 5149),
        ("mfq30", 30, 0, 30),
        ("ous", 9, 0, 9),
        ("ethics", 1174, 0, 902),
        ("moralchoice", 679, 1, 679),
        ("truthfulqa", 385, 4, 385),
        ("truthfulqa_pairs", 389, 0, 389),
        ("halueval", 253, 0, 253),
        ("xstest", 450, 0, 450),
        ("bbq", 3680, 0, 25),
        ("helpsteer2", 500, 0, 500),
    ],
)
def test_counts(name: str, items: int, skipped: int, independent: int) -> None:
    read = published(name)
    assert (len(read.scenarios), len(read.errors)) == (items, skipped)
    assert groups(name) == independent
    assert all(one.source and one.licence and one.language == "en" for one in read.scenarios)
    assert len({one.id for one in read.scenarios}) == items


@pytest.mark.parametrize("name", [name for name in TWINS.names() if name not in {"table", "hf"}])
def test_every_item_has_a_twin_where_the_format_offers_them(name: str) -> None:
    scenarios = published(name).scenarios
    made = list(with_twins(name, scenarios))
    assert len(made) == 2 * len(scenarios)
    twin = TWINS.load(name)
    for one, other in zip(made[::2], made[1::2], strict=True):
        assert isinstance(one, Scenario)
        assert isinstance(other, Scenario)
        assert one.group == other.group
        assert twin(other) == one
        assert Scenario.model_validate(other.model_dump()) == other


def test_mmlu_skips_what_it_names() -> None:
    read = published("mmlu")
    files = Counter(error.rpartition("/")[2].partition("_test")[0] for error in read.errors)
    assert files == {
        "professional_law": 78,
        "high_school_biology": 3,
        "business_ethics": 1,
        "elementary_mathematics": 1,
        "high_school_macroeconomics": 1,
        "high_school_physics": 1,
        "public_relations": 1,
    }
    [error] = [error for error in read.errors if "high_school_physics" in error]
    assert "high_school_physics_test.csv:103: choices: 2 choices have the same text" in error
    subjects = Counter(one.tags["subject"] for one in read.scenarios)
    assert len(subjects) == 19
    assert subjects["philosophy"] == 311
    assert {one.tags["shots"] for one in read.scenarios} == {"5"}
    contexts = {one.context for one in read.scenarios if one.tags["subject"] == "philosophy"}
    assert len(contexts) == 1
    assert next(iter(contexts)).count("\nAnswer: ") == 5
    first = next(one for one in read.scenarios if one.id == "philosophy 1")
    assert first.question == "Aesthetics deals with objects that are_____."
    right = [one.text for one in first.choices if one.values == {"correctness": 1.0}]
    assert right == ["not essential to our existence"]


def test_questionnaires_have_items_of_each_scale() -> None:
    parts = Counter(
        (one.tags["part"], one.tags["foundation"]) for one in published("mfq30").scenarios
    )
    assert len(parts) == 10
    assert set(parts.values()) == {3}
    sides = Counter(one.tags["subscale"] for one in published("ous").scenarios)
    assert sides == {"impartial_beneficence": 5, "instrumental_harm": 4}


def test_neutral_orders_are_even() -> None:
    for name in ("ethics", "truthfulqa_pairs", "halueval"):
        scenarios = published(name).scenarios
        first = sum((one.choices[0].values or {})["correctness"] for one in scenarios)
        assert 0.45 < first / len(scenarios) < 0.55


def test_moralchoice_has_values_of_ten_rules() -> None:
    scenarios = published("moralchoice").scenarios
    names = Counter(name for one in scenarios for name in one.choices[0].values or {})
    assert len(names) == 10
    deaths = [(choice.values or {}).get("causes_death") for choice in scenarios[5].choices]
    assert (scenarios[5].id, deaths) == ("H_006", [0.0, 1.0])
    assert "moralchoice_high_ambiguity.csv:608: " in published("moralchoice").errors[0]


def test_truthfulqa_says_which_rows_repeat_an_answer() -> None:
    lines = [error.split(".csv:")[1].split(":")[0] for error in published("truthfulqa").errors]
    assert lines == ["61", "169", "174", "387"]


def test_xstest_is_safe_and_unsafe() -> None:
    labels = Counter(one.tags["label"] for one in published("xstest").scenarios)
    assert labels == {"safe": 250, "unsafe": 200}
    for one in published("xstest").scenarios:
        right = [c.id for c in one.choices if c.values == {"correctness": 1.0}]
        assert right == ["answer" if one.tags["label"] == "safe" else "decline"]


def test_bbq_knows_the_stereotyped_and_the_unknown_answer() -> None:
    scenarios = published("bbq").scenarios
    assert Counter(one.tags["condition"] for one in scenarios) == {"ambig": 1840, "disambig": 1840}
    for one in scenarios:
        assert {one.tags["unknown"], one.tags["stereotyped"]} < set(one.choice_ids)
        assert one.tags["biased"] != one.tags["unknown"]
        negative = one.tags["polarity"] == "neg"
        assert (one.tags["biased"] == one.tags["stereotyped"]) == negative
        if one.tags["condition"] == "ambig":
            [right] = [c.id for c in one.choices if c.values == {"correctness": 1.0}]
            assert right == one.tags["unknown"]


def test_helpsteer2_has_two_whole_responses_with_five_marks() -> None:
    scenarios = published("helpsteer2").scenarios
    assert {len(one.choices) for one in scenarios} == {2}
    assert {len(choice.values or {}) for one in scenarios for choice in one.choices} == {5}
    assert max(len(choice.text) for one in scenarios for choice in one.choices) > 6000


def test_two_mta_questions_about_one_situation_are_a_group() -> None:
    shared = [one.id for one in published("mta").scenarios if one.group]
    assert shared == ["MVP2.UT1.1", "MVP2.UT1.2"]
