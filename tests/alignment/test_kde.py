from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.alignment.kde import GRID, Kde
from alignkit.alignment.settings import Boundary

from .conftest import same, unit

POINTS = np.array([0.0, 0.05, 0.3, 0.35, 0.9])
WEIGHTS = np.array([1.0, 2.0, 3.0, 1.0, 1.0])
LEVELS = np.array([0.0, 0.02, 0.3, 0.61, 1.0])


def normal(x: float, sd: float) -> float:
    return math.exp(-(x**2) / (2 * sd**2)) / (sd * math.sqrt(2 * math.pi))


def test_without_a_boundary_it_is_scipys_density() -> None:
    for weights in (None, WEIGHTS):
        plain = scipy.stats.gaussian_kde(POINTS, lambda kde: 0.1 / kde_sd(kde), weights=weights)
        found = Kde.of(POINTS, 0.1, "none", weights)
        same(np.exp(found.log_density(LEVELS)), plain(LEVELS), 1e-12)


def kde_sd(kde: scipy.stats.gaussian_kde) -> float:
    """The standard deviation by which scipy multiplies the bandwidth."""
    return math.sqrt(np.cov(kde.dataset, aweights=kde.weights, bias=False))


def test_one_kernel_by_hand() -> None:
    found = np.exp(Kde.of(np.array([0.1]), 0.2, "reflect").log_density(np.array([0.0, 0.3])))
    same(found, [2 * normal(0.1, 0.2), normal(0.2, 0.2) + normal(0.4, 0.2) + normal(1.6, 0.2)])
    plain = np.exp(Kde.of(np.array([0.1]), 0.2, "none").log_density(np.array([0.0, 0.3])))
    same(plain, [normal(0.1, 0.2), normal(0.2, 0.2)])


def test_all_points_count_equally_unless_weighted() -> None:
    kde = Kde.of(np.array([0.2, 0.8]), 0.05, "none")
    same(kde.weights, [0.5, 0.5])
    same(kde.sds, [0.05, 0.05])
    same(Kde.of(np.array([0.2, 0.8]), 0.05, "none", np.array([3.0, 1.0])).weights, [0.75, 0.25])


@settings(max_examples=25)
@given(st.lists(unit, min_size=1, max_size=4), st.floats(0.03, 1))
def test_what_is_folded_back_integrates_to_1(points: list[float], bandwidth: float) -> None:
    kde = Kde.of(np.array(points), bandwidth, "reflect")
    fine = np.linspace(0, 1, 2001)
    assert scipy.integrate.simpson(np.exp(kde.log_density(fine)), x=fine) == pytest.approx(1, 1e-6)


@given(st.lists(unit, min_size=1, max_size=4), st.sampled_from(["none", "reflect"]), unit)
def test_low_and_high_are_treated_alike(
    points: list[float], boundary: Boundary, level: float
) -> None:
    kde = Kde.of(np.array(points), 0.075, boundary)
    mirrored = Kde.of(1 - np.array(points), 0.075, boundary)
    same(kde.log_density(np.array([level])), mirrored.log_density(np.array([1 - level])), 1e-9)


def test_an_uncertain_level_gets_its_expected_density() -> None:
    kde = Kde.of(POINTS, 0.1, "none", WEIGHTS)
    for level, sd in ((0.3, 0.2), (0.0, 0.05)):
        expected, _ = scipy.integrate.quad(
            lambda x, at=level, sd=sd: (
                math.exp(kde.log_density(np.array([x]))[0]) * normal(x - at, sd)
            ),
            -4,
            4,
            points=[0, 1, level],
        )
        found = kde.log_density(np.array([level]), np.array([sd]))
        same(np.exp(found), [expected], 1e-7)


def test_a_folded_uncertain_level_gets_its_expected_density_as_well() -> None:
    kde, own = Kde.of(POINTS, 0.1, "reflect", WEIGHTS), Kde.of(np.array([0.05]), 0.3, "reflect")
    fine = np.linspace(0, 1, 4001)
    product = np.exp(kde.log_density(fine) + own.log_density(fine))
    found = np.exp(kde.log_density(np.array([0.05]), np.array([0.3])))
    same(found, [scipy.integrate.simpson(product, x=fine)], 1e-9)


def test_each_level_has_its_own_uncertainty() -> None:
    kde = Kde.of(POINTS, 0.1, "reflect")
    both = kde.log_density(np.array([0.2, 0.2]), np.array([0.0, 0.4]))
    same(both[0], kde.log_density(np.array([0.2]))[0])
    same(both[1], kde.log_density(np.array([0.2]), 0.4)[0])
    assert both[0] != pytest.approx(both[1])


def test_far_away_the_logarithm_is_still_finite() -> None:
    kde = Kde.of(np.array([0.0]), 0.01, "none")
    same(kde.log_density(np.array([1.0])), [-5000 - math.log(0.01 * math.sqrt(2 * math.pi))], 1e-9)


def test_the_grid_has_101_levels() -> None:
    same(GRID, [step / 100 for step in range(101)])
    kde = Kde.of(np.array([0.5]), 0.075, "reflect")
    found = kde.on_grid()
    assert found.sum() == pytest.approx(1, abs=1e-12)
    same(found[50] / found[[40, 60]], [math.exp(0.1**2 / (2 * 0.075**2))] * 2, 1e-9)


class Scripted:
    """A generator whose draws are known."""

    def __init__(self, place: int, normal: float) -> None:
        self.place, self.normal = place, normal

    def choice(self, count: int, p: list[float]) -> int:
        assert (count, list(p)) == (2, [0.25, 0.75])
        return self.place

    def standard_normal(self) -> float:
        return self.normal


@pytest.mark.parametrize(
    ("place", "normal", "reflected", "moved"),
    [
        (0, 0.5, 0.15, 0.15),
        (1, -1, 0.8, 0.8),
        (0, -2, 0.1, 0.0),
        (1, 1.5, 0.95, 1.0),
        (1, 12, 0.1, 1.0),
        (0, -13, 0.8, 0.0),
    ],
)
def test_a_draw_by_hand(place: int, normal: float, reflected: float, moved: float) -> None:
    rng: np.random.Generator = Scripted(place, normal)  # type: ignore[assignment]
    points, weights = np.array([0.1, 0.9]), np.array([1.0, 3.0])
    kde = Kde(points, np.array([0.1, 0.1]), weights / 4, "reflect")
    plain = Kde(points, np.array([0.1, 0.1]), weights / 4, "none")
    assert kde.draw(rng) == pytest.approx(reflected, abs=1e-12)
    assert plain.draw(rng) == pytest.approx(moved, abs=1e-12)


def test_draws_are_distributed_as_the_density() -> None:
    kde, rng = Kde.of(POINTS, 0.1, "reflect", WEIGHTS), np.random.default_rng(1)
    drawn = [kde.draw(rng) for _ in range(2000)]
    fine = np.linspace(0, 1, 1001)
    below = scipy.integrate.cumulative_trapezoid(np.exp(kde.log_density(fine)), fine, initial=0)
    test = scipy.stats.kstest(drawn, lambda x: np.interp(x, fine, below))
    assert test.pvalue > 0.01
