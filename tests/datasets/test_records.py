from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignkit.datasets import READERS
from alignkit.datasets.records import Record, records
from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.schema import Scenario

Make = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


def simple(record: Make) -> dict[str, Any]:
    return record("Two are hurt. Whom first?", ("Help Ann", {"care": 0}), ("Help Bo", {"care": 1}))


def changed(value: Any, place: tuple[str | int, ...], new: object) -> Any:
    """`value` with `new` at `place`; without what stands there when `new` is Ellipsis."""
    value = copy.deepcopy(value)
    *way, last = place
    inner = value
    for step in way:
        inner = inner[step]
    if new is ...:
        del inner[last]
    else:
        inner[last] = new
    return value


def test_a_record_comes_with_its_place_and_its_content(record: Make, written: Write) -> None:
    path = written(simple(record))
    [(place, one)] = records(path)
    assert place == f"{path}: row 1"
    assert isinstance(one, Record)
    assert one.text == "Two are hurt. Whom first?"
    assert (one.collection, one.scene) == ("Set", "Probe 1")
    assert [choice.unstructured for choice in one.choices] == ["Help Ann", "Help Bo"]
    assert [choice.kdma_association for choice in one.choices] == [{"care": 0}, {"care": 1}]


def test_a_scene_may_have_a_number(record: Make, written: Write) -> None:
    place = ("input", "full_state", "meta_info", "scene_id")
    [(_, one)] = records(written(changed(simple(record), place, 22330)))
    assert isinstance(one, Record)
    assert one.scene == "22330"


def test_what_is_not_read_may_be_absent_or_anything(record: Make, written: Write) -> None:
    bare = changed(simple(record), ("output",), ...)
    odd = changed(simple(record), ("output",), [None])
    assert all(isinstance(one, Record) for _, one in records(written(bare, odd)))


def test_no_rows_are_no_records(written: Write) -> None:
    assert list(records(written())) == []


BROKEN: dict[str, tuple[tuple[str | int, ...], object, str]] = {
    "no input": (("input",), ..., "input: this field is missing."),
    "no label": (("label",), ..., "label: this field is missing."),
    "no state": (("input", "state"), ..., "input.state: this field is missing."),
    "no scene": (
        ("input", "full_state", "meta_info"),
        {},
        "input.full_state.meta_info.scene_id: this field is missing.",
    ),
    "no text": (
        ("input", "choices", 1, "unstructured"),
        ...,
        "input.choices.1.unstructured: this field is missing.",
    ),
    "input is a text": (("input",), "x", "input: should have fields"),
    "state is a number": (("input", "state"), 3, "input.state: Input should be a valid string."),
    "state is null": (("input", "state"), None, "input.state: Input should be a valid string."),
    "choices are a text": (("input", "choices"), "A", "input.choices: should be a list."),
    "values are a list": (
        ("input", "choices", 0, "kdma_association"),
        [],
        "input.choices.0.kdma_association: should have fields, ",
    ),
    "value is a text": (
        ("input", "choices", 0, "kdma_association", "care"),
        "much",
        "input.choices.0.kdma_association.care: Input should be a valid number",
    ),
    "another label": (("label", 0, "care"), 0.5, "its label contradicts the values"),
    "a label too few": (("label", 1), ..., "its label contradicts the values"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_record_is_told_with_its_row_and_the_others_are_read(
    case: str, record: Make, written: Write
) -> None:
    place, new, message = BROKEN[case]
    good = simple(record)
    path = written(good, changed(good, place, new), good)
    (_, first), (_, error), (_, last) = records(path)
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert isinstance(error, DatasetFormat)
    assert str(error).startswith(f"{path}: row 2: {message}")


@pytest.mark.parametrize("row", ["oops", None, 3, [], ["input"]])
def test_a_row_that_is_no_record_at_all_is_told(row: object, written: Write) -> None:
    [(_, error)] = records(written(row))
    assert "row 1: expected a record with its fields" in str(error)


@pytest.mark.parametrize("reader", ["align_phase2", "opinionqa_align"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"[{]", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"{}", "is not a list of records"),
        (b"3", "is not a list of records"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_what_is_no_list_of_records_is_told_at_once(
    content: bytes, message: str, reader: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        READERS.load(reader)(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize("reader", ["align_phase2", "opinionqa_align", "persona_statements"])
def test_a_file_that_is_not_there_is_told_at_once(reader: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="there is no such file"):
        READERS.load(reader)(tmp_path / "gone")


odd_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from((10**400, 1e999, "", " ", "\ud800", "\x07", "A?\nB?", "Question: \nOptions:"))
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
@pytest.mark.parametrize("reader", ["align_phase2", "opinionqa_align"])
def test_whatever_a_row_holds_comes_out_as_a_scenario_or_an_error(
    reader: str, data: st.DataObject, record: Make, written: Write
) -> None:
    places = [
        ("input",),
        ("label",),
        *(("input", key) for key in ("scenario_id", "full_state", "state", "choices")),
        ("input", "full_state", "meta_info", "scene_id"),
        *(
            ("input", "choices", 0, key)
            for key in ("action_id", "unstructured", "kdma_association")
        ),
        ("label", 0),
    ]
    row = simple(record)
    if reader == "opinionqa_align":
        row["input"]["state"] = "Question: Whom?\nOptions: A. Ann B. Bo\nAnswer:"
    new = data.draw(odd_values | st.just(...))
    row = changed(row, data.draw(st.sampled_from(places)), new)
    if data.draw(st.booleans()):  # values that agree with each other, whatever they are
        place = ("input", "choices", 0, "kdma_association")
        row = changed(changed(simple(record), place, new), ("label", 0), new)
    found = list(READERS.load(reader)(written(row, row)))
    assert found
    for one in found:
        assert isinstance(one, Scenario | DatasetFormat)
        if isinstance(one, Scenario):
            assert Scenario.model_validate(one.model_dump()) == one


def test_numbers_that_are_none_do_not_pass(record: Make, written: Write) -> None:
    place = ("input", "choices", 0, "kdma_association", "care")
    for odd in (math.nan, math.inf, 1.01, -0.01):
        row = changed(changed(simple(record), place, odd), ("label", 0, "care"), odd)
        [found] = READERS.load("align_phase2")(written(row))
        assert isinstance(found, DatasetFormat), odd
        assert json.loads(json.dumps(str(found))) == str(found)
