from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit import catalog
from alignkit.catalog import Catalog, format_spec, parse_spec, shown_spec, shown_specs
from alignkit.deciders import DECIDERS, DEFAULT_DECIDER
from alignkit.errors import InvalidSetting, UnknownName

SHAPES: Catalog[object] = Catalog(
    "shape", {"line": "fractions:Fraction", "area": "decimal:Decimal"}, "See `align shapes`."
)


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another package that adds a shape, and one that wants to replace ours."""
    points = EntryPoints(
        EntryPoint(name, value, "alignkit.shapes")
        for name, value in (
            *(("zigzag", "math:pi"), ("curve", "math:tau")),
            *(("line", "math:e"), ("broken", "no_such_module:x")),
        )
    )

    def found(*, group: str) -> EntryPoints:
        return points.select(group=group)

    monkeypatch.setattr(catalog, "entry_points", found)


def test_a_name_is_loaded_when_asked_for() -> None:
    assert SHAPES.load("line") is sys.modules["fractions"].Fraction


def test_names_come_in_the_order_of_the_table() -> None:
    assert SHAPES.names() == ["line", "area"]


def test_listing_names_imports_nothing() -> None:
    table: Catalog[object] = Catalog("shape", {"x": "no_such_module:x"})
    assert table.names() == ["x"]
    with pytest.raises(ModuleNotFoundError):
        table.load("x")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        SHAPES.load("lines")
    assert str(caught.value) == (
        "Shape 'lines' is not known. Did you mean 'line'? See `align shapes`."
    )


@pytest.mark.usefixtures("others")
def test_other_packages_add_names_behind_ours() -> None:
    assert SHAPES.names() == ["line", "area", "broken", "curve", "zigzag"]
    assert SHAPES.load("curve") == pytest.approx(6.283, abs=1e-3)


@pytest.mark.usefixtures("others")
def test_a_name_of_ours_is_never_replaced() -> None:
    assert SHAPES.load("line") is sys.modules["fractions"].Fraction


@pytest.mark.usefixtures("others")
def test_names_of_other_packages_are_offered_too() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'zigzag'"):
        SHAPES.load("zigzags")


@pytest.mark.parametrize("name", DECIDERS.names())
def test_every_decider_of_the_table_can_be_loaded(name: str) -> None:
    assert DECIDERS.load(name).name == name


def test_the_default_decider_exists() -> None:
    assert DEFAULT_DECIDER in DECIDERS.names()


@pytest.mark.parametrize(
    ("text", "name", "settings"),
    [
        ("instructed", "instructed", {}),
        ("fake?seed=1", "fake", {"seed": "1"}),
        ("fake?latency-ms=5&seed=2", "fake", {"latency_ms": "5", "seed": "2"}),
        ("x?a=b=c", "x", {"a": "b=c"}),
        ("x?a=", "x", {"a": ""}),
        ("openai:m?base_url=http://h/v1?y", "openai:m", {"base_url": "http://h/v1?y"}),
        ("x?a=1%262&b=50%25", "x", {"a": "1&2", "b": "50%"}),
        ("", "", {}),
    ],
)
def test_a_spec_is_a_name_and_settings(text: str, name: str, settings: dict[str, str]) -> None:
    assert parse_spec(text) == (name, settings)


@pytest.mark.parametrize(
    ("text", "part"), [("x?", "''"), ("x?a", "'a'"), ("x?=1", "'=1'"), ("x?a=1&", "''")]
)
def test_a_part_that_sets_nothing_is_refused(text: str, part: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        parse_spec(text)
    assert str(caught.value) == (
        f"{text!r}: {part} is not a setting. Write NAME?key=value&key=value."
    )


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "x"),
        ({"a": True, "b": False}, "x?a=true&b=false"),
        ({"a": 50.0, "b": 0.1}, "x?a=50&b=0.1"),
        ({"a": 3, "b": "word"}, "x?a=3&b=word"),
        ({"a": 0.1234567891}, "x?a=0.1234567891"),
        ({"a": "1&2", "b": "5%"}, "x?a=1%262&b=5%25"),
    ],
)
def test_settings_are_written_plainly(settings: dict[str, object], text: str) -> None:
    assert format_spec("x", settings) == text


keys = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@given(st.text("abc:/.-", max_size=8), st.dictionaries(keys, st.text(max_size=8)))
def test_a_written_spec_is_read_back(name: str, settings: dict[str, str]) -> None:
    assert parse_spec(format_spec(name, settings)) == (name, settings)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_no_digit_of_a_number_is_lost(number: float) -> None:
    _, settings = parse_spec(format_spec("x", {"a": number}))
    assert float(settings["a"]) == number


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fake", "fake"),
        ("fake?seed=1&latency-ms=2", "fake?seed=1&latency-ms=2"),
        ("./odd@name.gguf?threads=2", "./odd@name.gguf?threads=2"),
        ("openai:m?base_url=http://h:1/v1/", "openai:m?base_url=http://h:1/v1/"),
        ("openai:m?base_url=http://u:PASSW0RD@h:1/v1", "openai:m?base_url=http://h:1/v1"),
        ("openai:m?base-url=https://TOKEN@h/&seed=1", "openai:m?base-url=https://h&seed=1"),
        ("openai:m?base_url=http://h/v1?api-key=SECRET", "openai:m?base_url=http://h/v1"),
        ("openai:m?base_url=http://h/v1%3Fa=1%26code=SECRET", "openai:m?base_url=http://h/v1"),
        ("openai:m?base_url=http%3A//u:PASSW0RD%40h/v1", "openai:m?base_url=http://h/v1"),
        ("openai:m?base_url=http://h/a%2526b?k=SECRET", "openai:m?base_url=http://h/a%2526b"),
        ("openai:m?api_key=SECRET&seed=1", "openai:m?api_key=***&seed=1"),
        ("openai:m?base_url=http://[SECRET", "openai:m?base_url=***"),
        ("openai:http://u:PASSW0RD@h/v1", "openai:http://h/v1"),
    ],
)
def test_what_is_shown_of_a_name_has_no_key(name: str, told: str) -> None:
    assert shown_spec(name) == told
    assert shown_spec(told) == told
    assert shown_specs([name, name]) == {told: name}


@pytest.mark.parametrize("name", ["m?http://u:PASSW0RD@h/v1", "m?base_url=http://u:PASSW0RD@h&x"])
def test_a_mistake_in_a_name_is_told_without_the_key(name: str) -> None:
    with pytest.raises(InvalidSetting, match="is not a setting") as caught:
        parse_spec(name)
    assert "PASSW0RD" not in str(caught.value)


def test_names_that_differ_in_what_is_not_shown_cannot_be_told_apart() -> None:
    one, other = (f"openai:m?base_url=http://u:{word}-WORD@h/v1" for word in ("ONE", "OTHER"))
    with pytest.raises(InvalidSetting, match=r"'openai:m\?base_url=http://h/v1'") as caught:
        shown_specs([one, "fake", other])
    assert "-WORD" not in str(caught.value)
