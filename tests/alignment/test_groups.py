from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.alignment.groups import group_midpoint, group_probabilities
from alignkit.alignment.kde import Kde
from alignkit.errors import UsageError

from .conftest import same, unit

samples = st.lists(unit, min_size=1, max_size=6)


def test_between_two_points_it_is_the_middle() -> None:
    assert group_midpoint([0.3], [0.7]) == pytest.approx(0.5, abs=1e-9)
    assert group_midpoint([0.35], [0.6]) == pytest.approx(0.475, abs=1e-9)


def test_the_rarer_kernel_has_to_be_nearer_by_hand() -> None:
    # Half of the second group is out of sight: f1 = N(x - 0.4), f2 = N(x - 0.6) / 2.
    found = group_midpoint([0.4], [0.6, 1.0], bandwidth=0.04)
    assert found == pytest.approx(0.5 + 0.04**2 * math.log(2) / 0.2, abs=1e-9)


def test_of_several_crossings_the_best_cut_is_taken() -> None:
    # One stray of the first group above the second group makes crossings at 0.45 and 0.85.
    one, two = [0.2, 0.25, 0.3, 0.95], [0.6, 0.65, 0.7]
    found = group_midpoint(one, two, bandwidth=0.05)
    assert 0.4 < found < 0.5
    assert group_midpoint([0.05, *two], [0.4, 0.45, 0.5, 0.35], 0.05) == pytest.approx(
        0.55, abs=0.03
    )


@settings(max_examples=40)
@given(samples, samples)
def test_there_both_groups_are_equally_likely(one: list[float], two: list[float]) -> None:
    densities = [Kde.of(np.array(group), 0.075, "reflect").on_grid() for group in (one, two)]
    if np.abs(densities[0] - densities[1]).max() < 1e-6:
        return
    found = group_midpoint(one, two)
    assert 0 <= found <= 1
    assert found == group_midpoint(two, one)
    same(group_probabilities(np.array([found]), one, two), [0.5], 1e-6)


@settings(max_examples=25)
@given(samples, samples, unit)
def test_the_groups_share_every_level(one: list[float], two: list[float], level: float) -> None:
    at = np.array([level])
    found = group_probabilities(at, one, two)
    same(found + group_probabilities(at, two, one), [1], 1e-12)
    densities = [np.exp(Kde.of(np.array(g), 0.075, "reflect").log_density(at)) for g in (one, two)]
    same(found, densities[0] / (densities[0] + densities[1]), 1e-9)


def test_a_level_is_put_to_the_group_by_hand() -> None:
    found = group_probabilities(np.array([0.5, 0.45, 0.55]), [0.3], [0.7], bandwidth=0.1)
    odds = (0.25**2 - 0.15**2) / (2 * 0.1**2)
    same(found, [0.5, scipy.special.expit(odds), scipy.special.expit(-odds)], 1e-9)


def test_far_from_both_groups_it_is_still_sure() -> None:
    found = group_probabilities(np.array([0.0, 1.0]), [0.3], [0.7], bandwidth=0.01)
    same(found, [1, 0])


def test_groups_that_do_not_differ_have_no_midpoint() -> None:
    with pytest.raises(UsageError) as error:
        group_midpoint([0.2, 0.6], [0.6, 0.2, 0.2, 0.6])
    assert str(error.value) == "The two groups show the same levels. Compare groups that differ."


def test_groups_that_differ_a_little_have_one() -> None:
    assert group_midpoint([0.5], [0.500001]) == pytest.approx(0.5000005, abs=1e-6)
