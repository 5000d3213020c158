from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.integrate
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.alignment import choice_probabilities, target_distances, weighted_distance
from alignkit.schema import Target

Floats = npt.NDArray[np.float64]

unit = st.floats(0, 1)
values = st.builds(Target, value=unit)
ranges = st.tuples(unit, unit).map(lambda pair: Target(range=(min(pair), max(pair))))
samples = st.lists(unit, min_size=1, max_size=5).map(lambda found: Target(samples=tuple(found)))
targets = values | ranges | samples
levels = hnp.arrays(np.float64, st.integers(2, 6), elements=unit)


def same(found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    """Fails where two arrays differ by more than `tolerance` or in their shape."""
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


def test_the_distance_to_a_value_is_the_difference() -> None:
    same(
        target_distances(np.array([0.0, 0.25, 0.5, 1.0]), Target(value=0.25)), [0.25, 0, 0.25, 0.75]
    )


def test_the_distance_to_a_range_is_zero_inside_and_runs_from_the_nearer_end() -> None:
    found = target_distances(np.array([0.0, 0.25, 0.3, 0.5, 0.625, 1.0]), Target(range=(0.25, 0.5)))
    same(found, [0.25, 0, 0, 0, 0.125, 0.5])


def test_the_distance_to_samples_by_hand() -> None:
    # Mean difference to 0 and 1, less half the mean difference among (0,0) (0,1) (1,0) (1,1).
    found = target_distances(np.array([0.0, 0.5, 1.0]), Target(samples=(0.0, 1.0)))
    same(found, [0.25, 0.25, 0.25])
    found = target_distances(np.array([0.0, 0.2, 1.0]), Target(samples=(0.1, 0.1, 0.4)))
    spread = (4 * 0.3 / 9) / 2
    same(found, [0.2 - spread, 0.4 / 3 - spread, 0.8 - spread])


def test_one_sample_is_a_value() -> None:
    given = np.linspace(0, 1, 11)
    same(
        target_distances(given, Target(samples=(0.3,))), target_distances(given, Target(value=0.3))
    )


def crps(level: float, sample: tuple[float, ...]) -> float:
    """The area between the squared step functions of a sample and of a level."""
    edges = sorted({0.0, 1.0, level, *sample})
    return math.fsum(
        (sum(one <= left for one in sample) / len(sample) - (level <= left)) ** 2 * (right - left)
        for left, right in itertools.pairwise(edges)
    )


@given(levels, st.lists(unit, min_size=1, max_size=5).map(tuple))
def test_the_distance_to_samples_is_the_area_between_the_distributions(
    given: Floats, sample: tuple[float, ...]
) -> None:
    expected = [crps(level, sample) for level in given.tolist()]
    same(target_distances(given, Target(samples=sample)), expected, 1e-9)


def test_that_area_agrees_with_numerical_integration() -> None:
    sample, level = (0.1, 0.35, 0.9), 0.6

    def difference(x: float) -> float:
        return (sum(one <= x for one in sample) / 3 - (level <= x)) ** 2

    area, _ = scipy.integrate.quad(difference, 0, 1, points=[*sample, level])
    assert crps(level, sample) == pytest.approx(area, abs=1e-9)


@given(levels, targets)
def test_distances_lie_in_0_to_1(given: Floats, target: Target) -> None:
    found = target_distances(given, target)
    assert found.shape == given.shape
    assert np.all(found >= -1e-12)
    assert np.all(found <= 1)


@given(levels, targets, st.randoms())
def test_each_level_is_judged_by_itself(given: Floats, target: Target, random: Any) -> None:
    order = list(range(len(given)))
    random.shuffle(order)
    same(target_distances(given[order], target), target_distances(given, target)[order])


@given(levels, targets)
def test_exchanging_low_and_high_everywhere_changes_nothing(given: Floats, target: Target) -> None:
    if target.range is not None:
        low, high = target.range
        mirrored = Target(range=(1 - high, 1 - low))
    elif target.samples is not None:
        mirrored = Target(samples=tuple(1 - sample for sample in target.samples))
    else:
        mirrored = Target(value=1 - target.level)
    same(target_distances(1 - given, mirrored), target_distances(given, target), 1e-9)


@given(unit, unit, values | ranges)
def test_going_away_from_the_target_never_comes_nearer(
    one: float, two: float, target: Target
) -> None:
    low, high = target.range or (target.level, target.level)
    near, far = sorted([one, two])
    above = target_distances(np.array([high + (1 - high) * near, high + (1 - high) * far]), target)
    below = target_distances(np.array([low * (1 - near), low * (1 - far)]), target)
    assert above[0] <= above[1] + 1e-12
    assert below[0] <= below[1] + 1e-12


def test_a_weighted_distance_by_hand() -> None:
    given = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    wanted = [Target(value=1.0, weight=3), Target(range=(0.5, 1.0), weight=1)]
    same(weighted_distance(given, wanted), [0.75, 0.375, 0.125])


@given(st.data(), st.lists(targets, min_size=1, max_size=4))
def test_with_equal_weights_it_is_the_mean(data: st.DataObject, wanted: list[Target]) -> None:
    given = data.draw(hnp.arrays(np.float64, (3, len(wanted)), elements=unit))
    columns = [target_distances(given[:, i], target) for i, target in enumerate(wanted)]
    same(weighted_distance(given, wanted), np.mean(columns, axis=0))


@given(
    st.data(),
    st.lists(st.tuples(targets, st.floats(0.1, 10)), min_size=1, max_size=4),
    st.floats(0.01, 100),
)
def test_only_the_ratios_of_the_weights_matter(
    data: st.DataObject, wanted: list[tuple[Target, float]], factor: float
) -> None:
    given = data.draw(hnp.arrays(np.float64, (3, len(wanted)), elements=unit))
    plain = [target.model_copy(update={"weight": weight}) for target, weight in wanted]
    scaled = [target.model_copy(update={"weight": weight * factor}) for target, weight in wanted]
    same(weighted_distance(given, scaled), weighted_distance(given, plain))


@given(st.data(), st.lists(targets, min_size=1, max_size=4), st.randoms())
def test_the_order_of_choices_and_of_targets_does_not_matter(
    data: st.DataObject, wanted: list[Target], random: Any
) -> None:
    given = data.draw(hnp.arrays(np.float64, (4, len(wanted)), elements=unit))
    rows, columns = list(range(4)), list(range(len(wanted)))
    random.shuffle(rows)
    random.shuffle(columns)
    expected = weighted_distance(given, wanted)
    same(weighted_distance(given[rows], wanted), expected[rows])
    same(weighted_distance(given[:, columns], [wanted[i] for i in columns]), expected)


@given(st.data(), st.lists(targets, min_size=1, max_size=4))
def test_a_weighted_distance_lies_between_the_smallest_and_the_largest(
    data: st.DataObject, wanted: list[Target]
) -> None:
    given = data.draw(hnp.arrays(np.float64, (3, len(wanted)), elements=unit))
    columns = [target_distances(given[:, i], target) for i, target in enumerate(wanted)]
    found = weighted_distance(given, wanted)
    assert np.all(found >= np.min(columns, axis=0) - 1e-12)
    assert np.all(found <= np.max(columns, axis=0) + 1e-12)


@pytest.mark.parametrize("shape", [(3, 1), (3, 3), (2,), (2, 2, 2)])
def test_levels_that_do_not_fit_the_targets_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^levels \(.*\) do not fit 2 targets$"):
        weighted_distance(np.zeros(shape), [Target(value=0.5), Target(value=0.5)])


def test_without_a_target_there_is_no_distance() -> None:
    with pytest.raises(ValueError, match=r"^levels \(3, 0\) do not fit 0 targets$"):
        weighted_distance(np.zeros((3, 0)), [])


@pytest.mark.parametrize("bad", [-0.001, 1.001, math.nan, math.inf])
def test_levels_outside_0_to_1_are_refused(bad: float) -> None:
    given = np.array([[0.0, 1.0], [0.5, bad]])
    with pytest.raises(ValueError, match=r"^levels must lie in 0 to 1$"):
        weighted_distance(given, [Target(value=0.5), Target(value=0.5)])


def test_the_ends_of_0_to_1_are_inside() -> None:
    same(weighted_distance(np.array([[0.0], [1.0]]), [Target(value=0.0)]), [0.0, 1.0])


def test_the_temperature_makes_a_choice_e_times_as_likely() -> None:
    found = choice_probabilities(np.array([0.25, 0.5]), 0.25)
    assert found[0] / found[1] == pytest.approx(math.e)
    same(choice_probabilities(np.array([0.1, 0.1, 0.1]), 0.5), [1 / 3, 1 / 3, 1 / 3])


@given(levels, st.floats(0.01, 10))
def test_probabilities_agree_with_scipy_and_fall_with_the_distance(
    distances: Floats, temperature: float
) -> None:
    found = choice_probabilities(distances, temperature)
    same(found, scipy.special.softmax(-distances / temperature))
    assert found.sum() == pytest.approx(1)
    order = np.argsort(distances, kind="stable")
    assert np.all(np.diff(found[order]) <= 1e-12)


@given(levels, st.floats(0, 0.5))
def test_a_common_distance_does_not_matter(distances: Floats, shift: float) -> None:
    same(choice_probabilities(distances + shift, 0.1), choice_probabilities(distances, 0.1), 1e-9)


@given(levels)
def test_a_lower_temperature_is_more_certain(distances: Floats) -> None:
    cold, warm = (choice_probabilities(distances, temperature).max() for temperature in (0.1, 0.2))
    assert cold >= warm - 1e-12


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan])
def test_a_temperature_is_above_zero(temperature: float) -> None:
    with pytest.raises(ValueError, match=r"^temperature must be above 0$"):
        choice_probabilities(np.array([0.1, 0.2]), temperature)
