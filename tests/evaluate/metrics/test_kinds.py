"""Which figures the items of each format are for."""

from __future__ import annotations

import pytest

from alignkit.datasets import READERS
from alignkit.datasets.about import KINDS, kind_of, module_of
from alignkit.evaluate.measures import MEASURES
from alignkit.evaluate.metrics.kinds import is_capability, is_falsehood, is_opinion
from alignkit.testing.runs import made

RIGHT = {"a": {"correctness": 1.0}, "b": {"correctness": 0.0}}


@pytest.mark.parametrize("name", READERS.names())
def test_each_format_declares_its_kind(name: str) -> None:
    assert "KIND" in vars(module_of(name))
    assert kind_of(name) in KINDS


@pytest.mark.parametrize("name", ["truthfulqa", "truthfulqa_pairs", "halueval"])
def test_falsehoods_are_no_capability(name: str) -> None:
    pair = made("one", RIGHT, "a", dataset="data")
    formats = {"data": name}
    assert is_falsehood(pair[0], formats)
    assert not is_capability(pair[0], formats)
    assert len(MEASURES["truth"].points([pair], formats)) == 1
    assert MEASURES["accuracy"].points([pair], formats) == []


@pytest.mark.parametrize("formats", [{"data": "mmlu"}, {"data": "table"}, {}, {"data": "gone"}])
def test_right_answers_of_exams_and_own_tables_are_capability(formats: dict[str, str]) -> None:
    cell, _ = made("one", RIGHT, "a", dataset="data")
    assert is_capability(cell, formats)
    assert not is_falsehood(cell, formats)
    assert not is_opinion(cell, formats)


@pytest.mark.parametrize("name", ["helpsteer2", "opinionqa_align", "mta"])
def test_marks_and_levels_are_no_capability_whatever_they_are_called(name: str) -> None:
    cell, _ = made("one", RIGHT, "a", dataset="data")
    assert not is_capability(cell, {"data": name})
