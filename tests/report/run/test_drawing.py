from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.report.run.blocks import Spot
from alignkit.report.run.drawing import SIDE, UNIT, Axis, fitting, labelled, series

finite = st.floats(-100, 100)


def test_positions_on_an_axis() -> None:
    assert UNIT.percent(0.25) == 25.0
    assert UNIT.percent(7) == 100.0
    assert UNIT.percent(None) is None
    assert (UNIT.right(0.5), UNIT.down(0.25)) == (SIDE / 2, SIDE * 0.75)
    assert [tick.label for tick in UNIT.ticks] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [tick.label for tick in Axis(1.0, 7.0).ticks] == ["1", "2", "3", "4", "5", "6", "7"]


@settings(max_examples=60)
@given(st.lists(finite, min_size=1, max_size=10))
def test_an_axis_holds_all_values_and_has_few_round_ticks(values: list[float]) -> None:
    axis = fitting(values)
    assert axis.low <= min(values) + 1e-6
    assert axis.high >= max(values) - 1e-6
    assert 2 <= len(axis.ticks) <= 8
    assert len({tick.label for tick in axis.ticks}) == len(axis.ticks)


@settings(max_examples=60)
@given(st.lists(finite, min_size=1, max_size=10))
def test_an_axis_around_zero_has_zero_in_its_middle(values: list[float]) -> None:
    axis = fitting(values, around=0.0)
    assert axis.percent(0.0) == pytest.approx(50.0, abs=1.0)


def test_labels_do_not_cover_each_other() -> None:
    spots = [Spot(140 + n % 3, 140 + n // 3, 0, 0, label=str(n)) for n in range(12)]
    placed = labelled(spots)
    for one, other in combinations(placed, 2):
        assert abs(one.label_x - other.label_x) + abs(one.label_y - other.label_y) >= 14
    assert all(0 <= spot.label_x <= SIDE and 0 <= spot.label_y <= SIDE for spot in placed)


def test_a_band_goes_there_and_back() -> None:
    line = series("x", 9, UNIT, UNIT, [(0.0, 0.5, 0.25, 0.75), (1.0, 0.5, 0.25, 0.75)])
    assert line.number == 1
    assert line.line == "0.0,140.0 280.0,140.0"
    assert line.band == "0.0,70.0 280.0,70.0 280.0,210.0 0.0,210.0"
    assert series("x", 0, UNIT, UNIT, [(0.0, 0.5, None, None), (1, 1, None, None)]).band == ""


def test_an_axis_of_tiny_values_still_has_ends() -> None:
    axis = fitting([0.0, 0.0])
    assert axis.high > axis.low
    assert Axis(0, 2000).values[0] == 0
