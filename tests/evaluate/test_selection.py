from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import pytest

from alignkit.datasets import READERS
from alignkit.errors import DataError, DatasetFormat
from alignkit.evaluate.items import FAMILIES, Family, items_of
from alignkit.evaluate.selection import half_of, labelled, selected, truths_of
from alignkit.schema import Choice, Scenario
from alignkit.schema.experiment import DataSource

DATA = os.environ.get("ALIGN_DATA")  # read now: tests run without variables of ours


def scenario(name: str, *levels: dict[str, float] | None, **changes: Any) -> Scenario:
    choices = tuple(
        Choice(id=chr(97 + n), text=f"{name} {n}", values=values)
        for n, values in enumerate(levels or (None, None))
    )
    fields = {"id": name, "context": "A bridge.", "question": "What now?", "choices": choices}
    return Scenario.model_validate({**fields, **changes})


def source(**changes: Any) -> DataSource:
    return DataSource.model_validate({"name": "d", "scenarios": "shipped", **changes})


SOME = [scenario(f"s{n}", tags={"part": "one" if n % 2 else "two"}) for n in range(20)]


def names(**changes: Any) -> list[str]:
    return [one.id for one in selected(SOME, source(**changes))]


def test_a_smaller_limit_takes_part_of_a_larger_one_in_the_order_of_the_file() -> None:
    all_names = names()
    for limit in range(1, 20):
        smaller, larger = names(limit=limit), names(limit=limit + 1)
        assert len(smaller) == limit
        assert set(smaller) < set(larger)
        assert sorted(larger, key=all_names.index) == larger
    assert names(limit=100) == all_names


def test_the_first_ones_can_be_picked_and_no_more_is_read() -> None:
    def endless() -> Any:
        yield from SOME[:3]
        pytest.fail("read on")

    found = selected(endless(), source(limit=3, pick="first"))
    assert [next(found).id for _ in range(3)] == ["s0", "s1", "s2"]


@pytest.mark.parametrize("pick", ["spread", "first"])
def test_what_is_skipped_is_what_a_limit_takes(pick: str) -> None:
    for skip in range(22):
        taken = names(limit=skip, pick=pick) if skip else []
        others = names(skip=skip, pick=pick)
        assert set(taken).isdisjoint(others)
        assert sorted(taken + others) == sorted(names())
        assert others == [one for one in names() if one in others]
        further = names(skip=skip, limit=3, pick=pick)
        assert set(further) == set(names(limit=skip + 3, pick=pick)) - set(taken)


def test_halves_split_by_group_and_make_the_whole() -> None:
    first, second = names(half="first"), names(half="second")
    assert first
    assert second
    assert sorted(first + second) == sorted(names())
    together = [scenario("a", group="g"), scenario("b", group="g")]
    kept = list(selected(together, source(half=half_of("a"))))
    assert [one.id for one in kept] == ["a", "b"]


def test_halves_are_those_that_they_always_were() -> None:
    assert [half_of(f"s{n}") for n in range(6)] == ["first", "second"] * 3


@pytest.mark.data
@pytest.mark.skipif(
    not DATA, reason="needs the public data sets: set ALIGN_DATA to their folder, as make does"
)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_an_experiment_splits_as_the_comparison_of_methods_does(family: Family) -> None:
    folder = Path(DATA or "")
    scenarios = [
        one
        for one in READERS.load(family.reader)(folder / family.file)
        if isinstance(one, Scenario)
    ]
    halves: tuple[Literal["first", "second"], ...] = ("first", "second")
    for half in halves:
        kept = {one.id for one in selected(scenarios, source(half=half))}
        assert {item.cluster for item in items_of(family, folder, half=half)} <= kept


def test_only_those_with_a_tag_are_kept_also_where_yaml_read_a_number() -> None:
    assert len(names(only={"part": "one"})) == 10
    assert len(names(only={"part": ["one", "two"]})) == 20
    numbered = [scenario("a", tags={"shots": "5"}), scenario("b")]
    assert [one.id for one in selected(numbered, source(only={"shots": 5}))] == ["a"]


def test_twins_stand_behind_their_scenarios_in_its_group() -> None:
    def twin(one: Scenario) -> Scenario:
        return one.model_copy(update={"id": f"{one.id}'"})

    found = list(selected(SOME, source(limit=2), twin))
    assert [one.id[-1] == "'" for one in found] == [False, True, False, True]
    assert found[1].group == found[0].id


def test_a_scenario_whose_twin_cannot_be_made_is_left_out_and_told() -> None:
    def twin(one: Scenario) -> Scenario:
        if one.id == "s1":
            raise DatasetFormat("s1: cannot be mirrored.")
        return one.model_copy(update={"id": f"{one.id}'"})

    told: list[DataError] = []
    found = selected(SOME[:3], source(), twin, told.append)
    assert [one.id for one in found] == ["s0", "s0'", "s2", "s2'"]
    assert [str(one) for one in told] == ["s1: cannot be mirrored."]


def test_truths_are_those_that_count() -> None:
    one = scenario("a", {"care": 1.0, "fairness": 0.5}, {"care": 0.0})
    assert truths_of(one, None) == {"a": {"care": 1.0, "fairness": 0.5}, "b": {"care": 0.0}}
    assert truths_of(one, ("fairness",)) == {"a": {"fairness": 0.5}}
    without = scenario("b")
    assert [kept.id for kept in selected([one, without], source(attributes=["care"]))] == ["a"]


def test_an_attribute_labels_a_scenario_when_all_choices_have_it_and_differ() -> None:
    assert labelled(scenario("a", {"care": 1.0, "x": 0.2}, {"care": 0.0, "x": 0.2}), None) == {
        "care"
    }
    assert labelled(scenario("a", {"care": 1.0}, None), None) == frozenset()
    assert labelled(scenario("a", {"care": 1.0}, {"care": 0.0}), ("x",)) == frozenset()
