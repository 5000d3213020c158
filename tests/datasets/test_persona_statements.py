from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignkit.datasets import READERS
from alignkit.datasets.persona_statements import CONTEXT, LICENCE, NO, QUESTION, SOURCE, read
from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.library import Library
from alignkit.schema import Choice, Scenario

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours
HEADER = "id,persona_dim,direction,label_confidence,statement\n"


@pytest.fixture
def found(tmp_path: Path) -> Callable[[str], list[Scenario | DataError]]:
    """What is read of a table with these lines."""

    def reading(lines: str) -> list[Scenario | DataError]:
        path = tmp_path / "statements.csv"
        path.write_text(HEADER + lines, encoding="utf-8")
        return list(read(path))

    return reading


Found = Callable[[str], list[Scenario | DataError]]


def test_the_table_of_readers_knows_it() -> None:
    assert READERS.load("persona_statements") is read


def test_a_statement_is_a_scenario(found: Found) -> None:
    assert found('03-a,openness,positive,0.9,"I like ""new"" things, always"\n') == [
        Scenario(
            id="03-a",
            context=CONTEXT,
            question=QUESTION,
            choices=(
                Choice(id="yes", text='Yes: "I like "new" things, always"', values={"openness": 1}),
                Choice(id="no", text=NO, values={"openness": 0}),
            ),
            source=SOURCE,
            licence=LICENCE,
            language="en",
            tags={"dimension": "openness", "direction": "positive"},
        )
    ]


def test_who_is_low_on_it_would_say_a_negative_statement(found: Found) -> None:
    [one] = found("1,openness,negative,0.9,I like old things\n")
    assert isinstance(one, Scenario)
    assert [choice.values for choice in one.choices] == [{"openness": 0}, {"openness": 1}]


@pytest.mark.parametrize(
    ("published", "name"),
    [
        ("risk-averse", "risk_avoidance"),
        ("risk-seeking", "risk_seeking"),
        ("ends-justify-means", "ends_justify_means"),
        ("agreeableness", "agreeableness"),
    ],
)
def test_dimensions_have_our_names(published: str, name: str, found: Found) -> None:
    [one] = found(f"1,{published},positive,0.9,So I am\n")
    assert isinstance(one, Scenario)
    assert one.choices[0].values == {name: 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2,openness,up,0.9,I am", ":3: direction: Input should be 'positive'"),
        ("2,openness,positive", ":3: has 3 cells under 5 columns."),
        ("2", ":3: has 1 cells under 5 columns."),
        ("2,openness,positive,0.9,I,am", ":3: has 6 cells under 5 columns."),
        ("2,openness,positive,0.9,", ":3: statement: must not be empty"),
        (",openness,positive,0.9,I am", ":3: id: String should have at least 1"),
        ("2,Open ness,positive,0.9,I am", ":3: choices.0.values.Open ness"),
        ("1,openness,positive,0.9,I am", ":3: an earlier row is called '1' too."),
        ('2,openness,positive,0.9,"I" am', ":3: ',' expected after '\"'."),
    ],
)
def test_a_broken_row_is_told_with_its_place_and_the_others_are_read(
    line: str, message: str, found: Found
) -> None:
    first, error, last = found(
        f"1,openness,positive,0.9,So I am\n{line}\n3,openness,negative,0.9,So I am not\n"
    )
    assert isinstance(first, Scenario)
    assert isinstance(last, Scenario)
    assert isinstance(error, DatasetFormat)
    assert f"statements.csv{message}" in str(error)


def test_a_quote_that_is_never_closed_is_told(found: Found) -> None:
    first, error = found('1,openness,positive,0.9,I am\n2,openness,positive,0.9,"I am not\n')
    assert isinstance(first, Scenario)
    assert ":3: a quote opened here is never closed" in str(error)


def test_a_table_without_rows_is_no_scenarios(found: Found) -> None:
    assert found("") == []


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", DatasetFormat, "has no column direction, id, persona_dim, statement."),
        (b"id,statement,direction\n", DatasetFormat, "has no column persona_dim."),
        (b'"id', DatasetFormat, "is not CSV: "),
        (b"[]", DatasetFormat, "has no column"),
        (b"\xff", FileProblem, "is not UTF-8"),
    ],
)
def test_what_is_no_table_of_statements_is_told_at_once(
    content: bytes, error: type[DataError], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "statements.csv"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: {message}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.text(max_size=60) | st.text('1a,"\n\0positive', max_size=60))
def test_whatever_a_table_holds_comes_out_as_scenarios_and_errors(lines: str, found: Found) -> None:
    for one in found(lines.encode("utf-8", "ignore").decode()):
        assert isinstance(one, Scenario | DatasetFormat)


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
def test_the_published_file_is_100_statements_per_direction_of_12_shipped_attributes() -> None:
    path = Path(DATA or "") / "persona_statements" / "statements.csv"
    found = list(read(path))
    scenarios = [one for one in found if isinstance(one, Scenario)]
    assert len(scenarios) == len(found) == 2400
    counts = Counter(item for one in scenarios for item in (one.choices[0].values or {}).items())
    assert len(counts) == 24
    assert set(counts.values()) == {100}
    attributes = Library().attributes
    aliases = {alias: name for name in attributes for alias in attributes[name].aliases}
    published = {line.split(",")[1] for line in path.read_text("utf-8").splitlines()[1:]}
    assert {aliases.get(name, name) for name in published} == {name for name, _ in counts}
    assert {name for name, _ in counts} <= set(attributes)
