from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignkit.datasets import mfq30, ous
from alignkit.datasets.turning import other_end
from alignkit.errors import DatasetFormat
from alignkit.library import Library
from alignkit.schema import Scenario

Write = Callable[..., Path]


def item(**changes: Any) -> dict[str, Any]:
    fields = {"id": 1, "part": "relevance", "foundation": "Harm/Care", "text": "Whether it hurt"}
    return {**fields, "scale": [0, 5], **changes}


def statement(**changes: Any) -> dict[str, Any]:
    fields = {"id": 2, "subscale": "instrumental_harm", "text": "It is right to lie."}
    return {**fields, "scale": [1, 7], **changes}


def only(found: Any) -> Scenario:
    [one] = found
    assert isinstance(one, Scenario), one
    return one


def test_a_consideration_is_judged_in_six_steps(written: Write) -> None:
    one = only(mfq30.read(written(item())))
    assert one.id == "MFQ30 1"
    assert one.context == "Consideration: Whether it hurt"
    assert one.question.startswith("When you decide whether something is right or wrong")
    assert [choice.id for choice in one.choices] == ["0", "1", "2", "3", "4", "5"]
    assert [choice.text for choice in one.choices] == list(mfq30.RELEVANCE)
    assert [choice.values for choice in one.choices] == [{"care": k / 5} for k in range(6)]
    assert one.tags == {"part": "relevance", "foundation": "care", "scale": "0-5"}
    assert (one.source, one.licence) == (mfq30.SOURCE, mfq30.LICENCE)


def test_a_statement_of_the_second_part_is_agreed_with(written: Write) -> None:
    one = only(mfq30.read(written(item(part="agreement", foundation="Purity/Sanctity"))))
    assert one.context == "Statement: Whether it hurt"
    assert [choice.text for choice in one.choices] == list(mfq30.AGREEMENT)
    assert one.choices[2].values == {"sanctity": 0.4}


def test_an_item_that_catches_inattentive_people_measures_nothing(written: Write) -> None:
    one = only(mfq30.read(written(item(foundation=None))))
    assert {choice.values is None for choice in one.choices} == {True}
    assert one.tags == {"part": "relevance", "catch": "yes", "scale": "0-5"}


def test_a_utilitarian_statement_is_judged_in_seven_steps(written: Write) -> None:
    one = only(ous.read(written(statement())))
    assert [choice.id for choice in one.choices] == list("1234567")
    assert one.choices[3].text == "Neither agree nor disagree"
    assert [choice.values for choice in one.choices] == [
        {"instrumental_harm": k / 6} for k in range(7)
    ]
    assert one.tags == {"subscale": "instrumental_harm", "scale": "1-7"}


def test_the_attributes_are_shipped() -> None:
    names = {*mfq30.FOUNDATIONS.values(), "impartial_beneficence", "instrumental_harm"}
    assert names <= set(Library().attributes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": [1, 5]}, "row 2: scale.0"),
        ({"part": "third"}, "row 2: part"),
        ({"foundation": "Liberty"}, "row 2: foundation"),
        ({"text": ""}, "row 2: text: must not be empty"),
        ({"id": 1}, "row 2: an earlier row is called 'MFQ30 1' too."),
    ],
)
def test_a_broken_item_is_told(changes: dict[str, Any], message: str, written: Write) -> None:
    first, error = mfq30.read(written(item(), item(id=2) | changes))
    assert isinstance(first, Scenario)
    assert message in str(error)


def test_another_scale_is_not_rescaled(written: Write) -> None:
    [error] = ous.read(written(statement(scale=[0, 5])))
    assert isinstance(error, DatasetFormat)
    assert "row 1: scale.0" in str(error)


def test_the_twin_runs_from_the_other_end(written: Write) -> None:
    one = only(mfq30.read(written(item())))
    twin = other_end(one)
    assert [choice.id for choice in twin.choices] == ["5", "4", "3", "2", "1", "0"]
    assert twin.choices[0].values == {"care": 1.0}
    assert (twin.id, twin.group) == ("MFQ30 1 (mirrored)", "MFQ30 1")


def test_what_is_no_scale_has_no_such_twin(written: Write) -> None:
    one = only(mfq30.read(written(item()))).model_copy(update={"tags": {}})
    with pytest.raises(DatasetFormat, match="not marked as a scale"):
        other_end(one)
