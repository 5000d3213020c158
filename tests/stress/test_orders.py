from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from alignkit.schema import Scenario
from alignkit.stress import reordered
from alignkit.testing.strategies import scenarios

if TYPE_CHECKING:
    from tests.stress.conftest import Make


def test_choices_are_listed_backwards_and_in_every_rotation(make: Make) -> None:
    found = reordered(make("one", "two", "three")).found
    orders = {one.name: "".join(one.scenario.choice_ids) for one in found}
    assert orders == {"reversed": "cba", "rotation-1": "bca", "rotation-2": "cab"}


def test_of_two_choices_there_is_one_other_order(make: Make) -> None:
    [other] = reordered(make()).found
    assert (other.name, other.scenario.choice_ids) == ("reversed", ("b", "a"))


def test_what_is_pinned_stays_behind(make: Make) -> None:
    pinned = [{"id": "none", "text": "Neither", "pinned": True}]
    free = [{"id": "a", "text": "One"}, {"id": "b", "text": "Two"}]
    found = reordered(make(choices=[*free, *pinned])).found
    assert [one.scenario.choice_ids for one in found] == [("b", "a", "none")]
    alone = reordered(make(choices=[free[0], *pinned]))
    assert alone.found == ()
    assert alone.notes == ("the choices have one order only",)


@given(scenarios())
def test_an_order_has_the_same_choices_and_nothing_else_is_changed(scenario: Scenario) -> None:
    found = reordered(scenario).found
    orders = [one.scenario.choice_ids for one in found]
    assert len({scenario.choice_ids, *orders}) == len(orders) + 1
    for one in found:
        assert set(one.scenario.choices) == set(scenario.choices)
        assert len(one.scenario.choices) == len(scenario.choices)
        assert one.scenario.model_copy(update={"choices": scenario.choices}) == scenario
    assert [one.name for one in found] == [one.name for one in reordered(scenario).found]
