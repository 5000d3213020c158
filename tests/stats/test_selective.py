from __future__ import annotations

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.stats.selective import area_under_risk, risk_coverage

Floats = npt.NDArray[np.float64]
items = st.lists(
    st.tuples(st.sampled_from([0.1, 0.3, 0.3, 0.6, 0.9]), st.sampled_from([0.0, 0.5, 1.0])),
    min_size=1,
    max_size=6,
)


def test_a_curve_by_hand() -> None:
    found = risk_coverage(np.array([0.9, 0.5, 0.9, 0.2]), np.array([0.0, 1.0, 1.0, 0.0]))
    np.testing.assert_array_equal(found.thresholds, [0.9, 0.5, 0.2])
    np.testing.assert_allclose(found.coverage, [0.5, 0.75, 1])
    np.testing.assert_allclose(found.risk, [0.5, 2 / 3, 0.5])
    # The surest is one of the first two: wrong by half. Then 1 of 2, 2 of 3, 2 of 4.
    assert found.area == pytest.approx((0.5 + 0.5 + 2 / 3 + 0.5) / 4)


@settings(max_examples=40)
@given(items)
def test_equal_confidences_come_in_any_order(pairs: list[tuple[float, float]]) -> None:
    confidence, losses = np.array(pairs).T

    def area(order: tuple[int, ...]) -> float:
        return float(np.mean(np.cumsum(losses[list(order)]) / np.arange(1, len(order) + 1)))

    orders = [
        order
        for order in permutations(range(len(pairs)))
        if np.all(np.diff(confidence[list(order)]) <= 0)
    ]
    assert area_under_risk(confidence, losses) == pytest.approx(np.mean([area(o) for o in orders]))


def test_a_confidence_that_says_nothing_scores_the_mean_loss() -> None:
    losses = np.array([1.0, 0, 0, 1, 0])
    assert area_under_risk(np.full(5, 0.7), losses) == pytest.approx(0.4)


def test_the_best_area_comes_near_its_formula() -> None:
    losses = np.arange(10_000) < 3000
    best = area_under_risk(-losses.astype(float), losses.astype(float))
    assert best == pytest.approx(0.3 + 0.7 * np.log(0.7), abs=1e-3)
    assert area_under_risk(losses.astype(float), losses.astype(float)) > 0.3


@given(items)
def test_a_curve_ends_at_the_mean_loss(pairs: list[tuple[float, float]]) -> None:
    confidence, losses = np.array(pairs).T
    found = risk_coverage(confidence, losses)
    assert found.coverage[-1] == 1
    assert found.risk[-1] == pytest.approx(losses.mean())
    for threshold, share, risk in zip(found.thresholds, found.coverage, found.risk, strict=True):
        kept = confidence >= threshold
        assert kept.mean() == pytest.approx(share)
        assert losses[kept].mean() == pytest.approx(risk)


def test_what_has_no_curve_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^2 confidences do not fit 1 losses$"):
        risk_coverage(np.ones(2), np.ones(1))
    with pytest.raises(ValueError, match=r"^0 confidences do not fit 0 losses$"):
        area_under_risk(np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match=r"^losses must lie in 0 to 1$"):
        area_under_risk(np.ones(1), np.array([1.5]))
