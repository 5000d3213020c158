from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.evaluate.metrics.figure import Scored, difference, figure, figure_of


def scored(value: str, best: str = "a", group: str = "g", stratum: str = "") -> Scored:
    worth = {key: float(key == best) for key in ("a", "b", "c", "d")}
    return Scored(group, worth, {value: 1.0}, stratum)


def test_a_figure_counts_decisions_and_groups() -> None:
    found = figure(np.array([1.0, 0.0, 1.0, 1.0]), ["x", "x", "y", "z"], "share")
    assert found.value == 0.75
    assert (found.n, found.groups) == (4, 3)
    assert found.interval is not None
    assert 0 <= found.interval.low < 0.75 < found.interval.high <= 1


def test_one_group_has_no_interval() -> None:
    found = figure(np.array([1.0, 0.0]), ["x", "x"])
    assert found.interval is None
    assert found.mean is None


def test_all_alike_has_an_interval_with_some_width() -> None:
    found = figure(np.ones(10), [str(n) for n in range(10)], "share")
    assert found.interval is not None
    assert found.interval.low < 0.8


def test_chance_and_the_best_constant_answer() -> None:
    found = figure_of([scored("a", "b", str(n)) for n in range(3)] + [scored("a", "a", "z")])
    assert found.value == 0.25
    assert found.chance == 0.25
    assert found.constant == 0.75


def test_of_a_rate_that_is_to_be_low_the_best_constant_answer_is_the_lowest() -> None:
    rows = [Scored(str(n), {"a": 1.0, "b": 0.0}, {"a": 1.0}) for n in range(4)]
    assert figure_of(rows, lowest=True).constant == 0.0


def test_a_place_counts_as_a_constant_answer() -> None:
    rows = [Scored(str(n), {f"{n}-x": 0.0, f"{n}-y": 1.0}, {f"{n}-x": 1.0}) for n in range(30)]
    assert figure_of(rows).constant == 1.0


def test_strata_count_alike() -> None:
    rows = [scored("a", "a", str(n), "easy") for n in range(9)]
    rows += [scored("a", "b", "other", "hard"), scored("a", "b", "third", "hard")]
    assert figure_of(rows, macro=True).value == pytest.approx(0.5)
    assert figure_of(rows).value == pytest.approx(9 / 11)


@pytest.mark.parametrize("sizes", [[1] * 10, [2] * 10, [1, 1, 30], [1, 10]])
def test_a_macro_average_of_small_strata_has_an_honest_interval(sizes: list[int]) -> None:
    rng = np.random.default_rng(4)
    rates = np.linspace(0.3, 0.9, len(sizes))
    held = 0
    for _ in range(300):
        rows = [
            scored("a" if rng.random() < rates[at] else "b", "a", f"{at} {n}", str(at))
            for at, size in enumerate(sizes)
            for n in range(size)
        ]
        ends = figure_of(rows, macro=True).interval
        assert ends is not None
        held += ends.low <= rates.mean() <= ends.high
    assert held / 300 >= 0.9


def test_strata_that_are_each_alike_have_an_interval_with_some_width() -> None:
    rows = [scored("ab"[n % 2], "a", str(n), str(n % 2)) for n in range(6)]
    ends = figure_of(rows, macro=True).interval
    assert ends is not None
    assert ends.low < 0.35
    assert ends.high > 0.65


def test_the_difference_of_independent_means() -> None:
    rng = np.random.default_rng(0)
    one = figure(rng.normal(3, 1, 40), [f"a{n}" for n in range(40)])
    other = figure(rng.normal(1, 1, 50), [f"b{n}" for n in range(50)])
    found = difference(one, other)
    assert found.value == pytest.approx(one.value - other.value)
    assert found.error == pytest.approx(np.hypot(one.error or 0, other.error or 0))
    assert found.interval is not None
    assert found.interval.low > 1
    assert found.n == 90


@settings(max_examples=30)
@given(st.lists(st.sampled_from("abcd"), min_size=2, max_size=30), st.booleans())
def test_a_share_and_its_interval_stay_between_0_and_1(chosen: list[str], macro: bool) -> None:  # noqa: FBT001
    rows = [scored(key, "a", str(n % 7), str(n % 3)) for n, key in enumerate(chosen)]
    found = figure_of(rows, macro=macro)
    assert 0 <= found.value <= 1
    assert found.interval is not None
    assert 0 <= found.interval.low <= found.interval.high <= 1
