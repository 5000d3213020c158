from __future__ import annotations

import pytest

from alignkit.datasets import READERS, TWINS, twin_of, with_twins
from alignkit.datasets.grouping import choice_texts, context, grouped
from alignkit.datasets.turning import is_twin, other_order
from alignkit.errors import DatasetFormat, UsageError
from alignkit.schema import Choice, Scenario


def scenario(name: str = "s", *, texts: str = "ab", **changes: object) -> Scenario:
    choices = tuple(
        Choice(id=text, text=text, values={"care": place / 2}) for place, text in enumerate(texts)
    )
    fields = {"id": name, "context": f"About {name}.", "question": "What?", "choices": choices}
    return Scenario.model_validate({**fields, **changes})


def test_the_other_order_has_its_values_with_its_choices() -> None:
    one = scenario()
    twin = other_order(one)
    assert twin.choices == one.choices[::-1]
    assert (twin.id, twin.group) == ("s (mirrored)", "s")
    assert (twin.context, twin.question) == (one.context, one.question)
    assert is_twin(twin)
    assert not is_twin(one)


def test_the_twin_of_the_twin_is_the_scenario() -> None:
    one = scenario(group="g")
    assert other_order(other_order(one)) == one


def test_three_choices_and_pinned_ones_have_no_other_order() -> None:
    pinned = (Choice(id="a", text="a"), Choice(id="b", text="b", pinned=True))
    with pytest.raises(DatasetFormat, match="s: only 2 choices can be exchanged"):
        other_order(scenario(texts="abc"))
    with pytest.raises(DatasetFormat, match="s: a choice is pinned to its place"):
        other_order(scenario(choices=pinned))


def test_each_scenario_is_followed_by_its_twin_of_the_same_group() -> None:
    found = list(with_twins("xstest", [scenario("x"), scenario("y", group="g")]))
    assert all(isinstance(one, Scenario) for one in found)
    pairs = [(one.id, one.group) for one in found if isinstance(one, Scenario)]
    assert pairs == [("x", "x"), ("x (mirrored)", "x"), ("y", "g"), ("y (mirrored)", "g")]


def test_errors_pass_and_a_scenario_without_a_twin_is_left_out() -> None:
    broken = DatasetFormat("row 1: is broken.")
    first, second = with_twins("xstest", [broken, scenario(texts="abc")])
    assert first is broken
    assert "only 2 choices can be exchanged" in str(second)


@pytest.mark.parametrize("name", ["mta", "bbq", "mmlu", "nonsense"])
def test_a_format_without_twins_says_which_have_them(name: str) -> None:
    with pytest.raises(UsageError, match=r"offers no mirrored twins\. These do: align_phase2, "):
        with_twins(name, [])
    with pytest.raises(UsageError, match="offers no mirrored twins"):
        twin_of(name)


def test_all_formats_with_twins_are_formats() -> None:
    assert set(TWINS.names()) <= set(READERS.names())
    assert all(callable(TWINS.load(name)) for name in TWINS.names())


def test_what_shares_a_text_is_a_group_named_after_its_first() -> None:
    found = grouped(
        [
            scenario("a", texts="12"),
            scenario("b", texts="34"),
            scenario("c", texts="56"),
            scenario("d", texts="42"),
        ],
        choice_texts,
    )
    groups = {one.id: one.group for one in found if isinstance(one, Scenario)}
    assert groups == {"a": "a", "b": "a", "c": None, "d": "a"}


def test_case_and_blanks_make_no_other_text_and_errors_keep_their_place() -> None:
    broken = DatasetFormat("row 2: is broken.")
    one, other = scenario("a", context="The same."), scenario("b", context="the  SAME.")
    first, error, second = grouped([one, broken, other], context)
    assert error is broken
    assert isinstance(first, Scenario)
    assert isinstance(second, Scenario)
    assert (first.group, second.group) == ("a", "a")
