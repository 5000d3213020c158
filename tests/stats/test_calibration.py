from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.optimize
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from alignkit.stats.calibration import (
    StepMap,
    at_temperature,
    calibration_kind,
    cross_validated,
    fit_isotonic,
    fit_temperature,
    mapped,
    one_against_rest,
)
from alignkit.stats.probability import normalise
from alignkit.stats.scoring import log_loss
from alignkit.stats.too_few import TooFewExamples

Floats = npt.NDArray[np.float64]
distributions = st.integers(2, 6).flatmap(
    lambda n: hnp.arrays(np.float64, n, elements=st.floats(0.001, 1)).map(normalise)
)


def world(n: int, options: int, temperature: float, seed: int = 0) -> Any:
    """Probabilities that a model reports, and right options at its true temperature."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.standard_normal((n, options))
    true = scipy.special.softmax(logits / temperature, axis=1)
    right = (true.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return list(scipy.special.softmax(logits, axis=1)), right


@pytest.mark.parametrize("given", [-1, 0, 29])
def test_too_few_examples_for_any_map_are_refused(given: int) -> None:
    with pytest.raises(TooFewExamples) as caught:
        calibration_kind(given)
    message = f"at least 30 labelled examples are needed, and {given} are given"
    assert str(caught.value) == message
    assert (caught.value.needed, caught.value.given) == (30, given)
    assert isinstance(caught.value, ValueError)


def test_the_kind_depends_on_how_many_scenarios_there_are() -> None:
    assert [calibration_kind(n) for n in (30, 499)] == ["temperature", "temperature"]
    assert [calibration_kind(n) for n in (500, 10_000)] == ["isotonic", "isotonic"]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("options", [2, 4])
def test_the_temperature_of_a_known_world_is_found(temperature: float, options: int) -> None:
    found = fit_temperature(*world(4000, options, temperature))
    assert type(found) is float
    assert found == pytest.approx(temperature, rel=0.12)


def test_items_may_have_different_numbers_of_options() -> None:
    two, three = world(3000, 2, 2.0, seed=1), world(3000, 3, 2.0, seed=2)
    items, right = two[0] + three[0], np.concatenate([two[1], three[1]])
    assert fit_temperature(items, right) == pytest.approx(2, rel=0.1)


def test_one_example_by_hand() -> None:
    # Odds 3 : 1 for the right option: log(1 + 3^-b) + b - 1 - log b is least at this b.
    def loss(b: float) -> float:
        return math.log(1 + 3**-b) + b - 1 - math.log(b)

    best = scipy.optimize.minimize_scalar(loss, bounds=(0.1, 10), options={"xatol": 1e-9}).x
    found = fit_temperature([np.array([0.75, 0.25])], np.array([0]))
    assert found == pytest.approx(1 / best, rel=1e-5)
    assert found < 1


@given(distributions, st.integers(0, 1))
def test_the_fit_is_the_penalised_minimum(probabilities: Floats, right: int) -> None:
    items, where = [probabilities, np.array([0.6, 0.4])], np.array([right, 0])

    def loss(temperature: float) -> float:
        heated = [at_temperature(item, temperature) for item in items]
        return 2 * log_loss(heated, where) + 1 / temperature - 1 + math.log(temperature)

    found = fit_temperature(items, where)
    assert 1 / 20 <= found <= 20
    for other in (found * 0.98, found * 1.02, 1.0):
        assert loss(found) <= loss(other) + 1e-9


def test_temperatures_stop_at_twenty_either_way() -> None:
    half = np.arange(2000) % 2
    sure, unsure = [np.array([0.95, 0.05])] * 2000, [np.array([0.51, 0.49])] * 2000
    assert fit_temperature(sure, half) == pytest.approx(20, rel=1e-3)
    assert fit_temperature(unsure, half * 0) == pytest.approx(0.05, rel=1e-3)


def test_a_few_examples_that_are_all_right_do_not_make_certain() -> None:
    temperature = fit_temperature([np.array([0.7, 0.3])] * 5, np.zeros(5, dtype=np.int64))
    assert 0.4 < temperature < 1


def test_a_zero_probability_of_the_right_option_counts_as_the_floor() -> None:
    found = fit_temperature([np.array([1.0, 0.0])], np.array([1]))
    assert found == fit_temperature([np.array([1 - 1e-12, 1e-12])], np.array([1]))
    assert math.isfinite(found)


def test_at_temperature_by_hand() -> None:
    given = np.array([0.8, 0.2])
    np.testing.assert_allclose(at_temperature(given, 1), given)
    np.testing.assert_allclose(at_temperature(given, 2), [2 / 3, 1 / 3])
    np.testing.assert_allclose(at_temperature(given, 0.5), [16 / 17, 1 / 17])
    np.testing.assert_allclose(at_temperature(np.array([1.0, 0.0]), 6), [100 / 101, 1 / 101])


@given(distributions, st.floats(0.05, 20))
def test_a_temperature_keeps_the_order_and_the_sum(probabilities: Floats, heat: float) -> None:
    found = at_temperature(probabilities, heat)
    assert found.sum() == pytest.approx(1)
    assert found[probabilities.argmax()] == found.max()
    assert np.all(np.diff(found[np.argsort(probabilities)]) >= 0)
    back = at_temperature(np.maximum(found, 1e-300), 1 / heat)
    if heat >= 1:
        np.testing.assert_allclose(back, probabilities, atol=1e-6)


@pytest.mark.parametrize("temperature", [0, -1, math.nan])
def test_a_temperature_not_above_zero_is_refused(temperature: float) -> None:
    with pytest.raises(ValueError, match=r"^temperature must be above 0$"):
        at_temperature(np.array([0.5, 0.5]), temperature)


def test_a_step_map_is_straight_between_knots_and_level_outside() -> None:
    step_map = StepMap((0.2, 0.6), (0.1, 0.9))
    raw = np.array([0.0, 0.2, 0.4, 0.6, 1.0])
    level = np.array([0.1, 0.1, 0.5, 0.9, 0.9])
    np.testing.assert_allclose(step_map(raw), 0.999 * level + 0.001 * raw)
    assert step_map(raw.reshape(5, 1)).shape == (5, 1)
    assert step_map(raw).dtype == np.float64


def test_a_step_map_with_one_knot_is_nearly_level() -> None:
    np.testing.assert_allclose(StepMap((0.5,), (0.3,))(np.array([0.0, 1.0])), [0.2997, 0.3007])


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((0.1, 0.2), (0.1,), "2 knots do not fit 1 values"),
        ((), (), "0 knots do not fit 0 values"),
        ((0.2, 0.2), (0.1, 0.2), "the knots must rise"),
        ((0.3, 0.2), (0.1, 0.2), "the knots must rise"),
        ((0.1, 0.2), (0.2, 0.1), "the values must lie in 0 to 1 and never fall"),
        ((0.1, 0.2), (-0.1, 0.1), "the values must lie in 0 to 1 and never fall"),
        ((0.1, 0.2), (0.1, 1.1), "the values must lie in 0 to 1 and never fall"),
    ],
)
def test_a_map_that_does_not_rise_is_refused(x: Any, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        StepMap(x, y)


def test_a_map_may_be_level_from_0_to_1() -> None:
    assert StepMap((0.1, 0.2, 0.3), (0.0, 1.0, 1.0)).y == (0.0, 1.0, 1.0)


def test_isotonic_by_hand() -> None:
    # Blocks: {0.1} with 0, {0.3, 0.4} with 1/2 (they are out of order), {0.8, 0.8} with 1.
    raw = np.array([0.8, 0.1, 0.3, 0.4, 0.8])
    truth = np.array([1.0, 0.0, 1.0, 0.0, 1.0])
    found = fit_isotonic(raw, truth)
    assert found.x == pytest.approx((0.1, 0.35, 0.8))
    assert found.y == pytest.approx((0.5 / 2, 1.5 / 3, 2.5 / 3))
    assert {type(number) for number in (*found.x, *found.y)} == {float}


def test_weights_count_as_so_many_examples() -> None:
    raw, truth = np.array([0.2, 0.3, 0.7]), np.array([1.0, 0.0, 1.0])
    weights = np.array([1.0, 3.0, 2.0])
    found = fit_isotonic(raw, truth, weights)
    assert found.x == pytest.approx((1.1 / 4, 0.7))
    assert found.y == pytest.approx((1.5 / 5, 2.5 / 3))
    repeated = fit_isotonic(np.repeat(raw, [1, 3, 2]), np.repeat(truth, [1, 3, 2]))
    assert repeated.x == pytest.approx(found.x)
    assert repeated.y == pytest.approx(found.y)


def test_weights_decide_what_becomes_one_block() -> None:
    # 0.5 and 0.3 are out of order; their mean is 0.45 by weight, above the third, and 0.4 without.
    raw, truth = np.array([0.1, 0.2, 0.3]), np.array([0.5, 0.3, 0.42])
    assert fit_isotonic(raw, truth, np.array([3.0, 1.0, 1.0])).x == pytest.approx((0.8 / 5,))
    assert fit_isotonic(raw, truth).x == pytest.approx((0.15, 0.3))


def test_smoothing_never_makes_the_map_fall() -> None:
    raw = np.array([0.1] * 50 + [0.9])
    found = fit_isotonic(raw, np.array([0.9] * 50 + [0.92]))
    # Alone the single one would fall to 0.71; both get their weighted mean.
    assert found.x == pytest.approx((0.1, 0.9))
    single, many = (0.92 + 0.5) / 2, (45 + 0.5) / 51
    assert found.y == pytest.approx(((50 * many + single) / 51,) * 2)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Floats, Floats]:
    n = draw(st.integers(1, 25))
    raw = hnp.arrays(np.float64, n, elements=st.sampled_from([0.2, 0.5]) | st.floats(0, 1))
    truth = hnp.arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0]))
    return draw(raw), draw(truth)


@given(labelled(), hnp.arrays(np.float64, 10, elements=st.floats(0, 1)))
def test_an_isotonic_map_rises_and_never_claims_0_or_1(found: Any, others: Floats) -> None:
    step_map = fit_isotonic(*found)
    assert 0 < step_map.y[0] <= step_map.y[-1] < 1
    results = step_map(np.sort(others))
    assert np.all(np.diff(results) >= 0)
    apart = np.diff(np.sort(others)) > 1e-9
    assert np.all(np.diff(results)[apart] > 0)
    assert np.all((results > 0) & (results < 1))


@given(labelled())
def test_the_order_of_the_examples_does_not_matter(found: Any) -> None:
    raw, truth = found
    there, back = fit_isotonic(raw, truth), fit_isotonic(raw[::-1], truth[::-1])
    assert back.x == pytest.approx(there.x)
    assert back.y == pytest.approx(there.y)


def test_many_examples_show_the_true_curve() -> None:
    rng = np.random.default_rng(0)
    raw = rng.random(20_000)
    found = fit_isotonic(raw, (rng.random(20_000) < raw**2).astype(float))
    at = np.array([0.2, 0.5, 0.9])
    np.testing.assert_allclose(found(at), at**2, atol=0.03)


@pytest.mark.parametrize(
    ("raw", "truth", "weights", "message"),
    [
        ([], [], None, "0 raw, 0 true and 0 weights do not fit"),
        ([0.1], [0.0, 1.0], None, "1 raw, 2 true and 1 weights do not fit"),
        ([0.1], [0.0], [1.0, 1.0], "1 raw, 1 true and 2 weights do not fit"),
        ([1.1], [0.0], None, "raw probabilities must lie in 0 to 1"),
        ([-0.1], [0.0], None, "raw probabilities must lie in 0 to 1"),
        ([0.1], [1.1], None, "true probabilities must lie in 0 to 1"),
        ([0.1], [-0.1], None, "true probabilities must lie in 0 to 1"),
        ([0.1], [0.0], [0.0], "weights must be above 0"),
        ([0.1], [0.0], [math.nan], "weights must be above 0"),
    ],
)
def test_examples_that_cannot_be_fitted_are_refused(
    raw: Any, truth: Any, weights: Any, message: str
) -> None:
    given = None if weights is None else np.array(weights)
    with pytest.raises(ValueError, match=f"^{message}$"):
        fit_isotonic(np.array(raw), np.array(truth), given)


def test_all_options_become_single_predictions() -> None:
    items = [np.array([0.7, 0.3]), np.array([0.2, 0.5, 0.3])]
    raw, truth = one_against_rest(items, np.array([0, 2]))
    assert raw.tolist() == [0.7, 0.3, 0.2, 0.5, 0.3]
    assert truth.tolist() == [1, 0, 0, 0, 1]
    assert truth.dtype == np.float64


@pytest.mark.parametrize("learn", [fit_temperature, one_against_rest])
def test_items_without_their_right_option_are_refused(learn: Any) -> None:
    with pytest.raises(ValueError, match=r"^item 0 has 2 options, and number 2 is to be right$"):
        learn([np.array([0.5, 0.5])], np.array([2]))
    with pytest.raises(ValueError, match=r"^0 items do not fit 0 right options$"):
        learn([], np.array([], dtype=np.int64))


@given(distributions, labelled())
def test_a_mapped_distribution_keeps_the_order_and_the_sum(item: Floats, found: Any) -> None:
    step_map = fit_isotonic(*found)
    result = mapped(item, step_map)
    assert result.sum() == pytest.approx(1)
    assert np.all(np.diff(result[np.argsort(item)]) >= 0)
    each = step_map(item)
    np.testing.assert_allclose(result, each / each.sum())


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.integers(0, 1)), min_size=1, max_size=30))
def test_a_map_of_both_options_treats_p_and_the_rest_alike(examples: Any) -> None:
    items = [np.array([p, 1 - p]) for p, _ in examples]
    step_map = fit_isotonic(*one_against_rest(items, np.array([r for _, r in examples])))
    for item in items:
        np.testing.assert_allclose(step_map(item).sum(), 1, atol=1e-6)
        np.testing.assert_allclose(mapped(item, step_map), step_map(item), atol=1e-6)


def test_no_item_is_predicted_by_what_was_learned_from_its_group() -> None:
    groups = np.array(["a", "b", "a", "c", "d", "b", "e"])
    learned: list[set[str]] = []

    def fit(positions: npt.NDArray[np.int64]) -> set[str]:
        learned.append(set(groups[positions]))
        return learned[-1]

    def apply(known: set[str], positions: npt.NDArray[np.int64]) -> list[tuple[int, bool]]:
        assert known.isdisjoint(groups[positions])
        assert known | set(groups[positions]) == set(groups)
        assert np.all(np.diff(positions) > 0)
        return [(int(position), groups[position] in known) for position in positions]

    found = cross_validated(fit, apply, groups, 2, np.random.default_rng(0))
    assert found == [(position, False) for position in range(7)]
    assert sorted(map(len, learned)) == [2, 3]
    learned.clear()
    cross_validated(fit, apply, groups, 5, np.random.default_rng(0))
    assert [len(known) for known in learned] == [4] * 5


def test_folds_are_dealt_by_the_generator() -> None:
    def fit(positions: npt.NDArray[np.int64]) -> tuple[int, ...]:
        return tuple(positions.tolist())

    def apply(known: tuple[int, ...], positions: npt.NDArray[np.int64]) -> list[tuple[int, ...]]:
        return [known] * len(positions)

    groups = np.arange(12)
    deals = [
        tuple(cross_validated(fit, apply, groups, 3, np.random.default_rng(seed)))
        for seed in (0, 0, 1, 2)
    ]
    assert deals[0] == deals[1]
    assert len(set(deals)) == 3


@pytest.mark.parametrize("folds", [0, 1, 4])
def test_folds_that_do_not_fit_the_groups_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match=f"^3 groups cannot be dealt into {folds} folds$"):
        cross_validated(len, lambda _, p: p, np.arange(3), folds, np.random.default_rng(0))


def test_predictions_for_other_items_than_asked_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        cross_validated(len, lambda _, __: [1], np.arange(6), 2, np.random.default_rng(0))
