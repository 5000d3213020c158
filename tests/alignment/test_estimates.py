from __future__ import annotations

import math

import numpy as np
import pytest

from alignkit.alignment import Estimates
from alignkit.errors import UsageError

from .conftest import item, same

MEANS = np.array([[0.0, 0.5], [0.25, 1.0], [0.75, 0.5]])
SDS = np.array([[0.0, 0.1], [0.2, 0.3], [0.4, 9.0]])


def test_a_column_is_found_by_name() -> None:
    given = Estimates(("a", "b"), MEANS, SDS, np.array([0.0, 1.0]))
    assert (given.column("a"), given.column("b")) == (0, 1)
    same(given.levels("b"), [0.5, 1.0, 0.5])
    same(given.spreads("a"), [0.0, 0.2, 0.4])


def test_one_choice_is_enough() -> None:
    assert item(a=[0.5]).levels("a").shape == (1,)


def test_a_name_that_was_not_estimated_is_told() -> None:
    with pytest.raises(UsageError) as error:
        Estimates(("a", "b"), MEANS, SDS).column("c")
    assert str(error.value) == "There is no estimate of 'c'. Estimated are: a, b."


@pytest.mark.parametrize("shape", [(3, 1), (3, 3), (2,), (2, 2, 2)])
def test_means_fit_the_names(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^means \(.*\) do not fit 2 names$"):
        Estimates(("a", "b"), np.zeros(shape), np.zeros(shape))


def test_there_are_names_and_choices() -> None:
    with pytest.raises(ValueError, match=r"^means \(3, 0\) do not fit 0 names$"):
        Estimates((), np.zeros((3, 0)), np.zeros((3, 0)))
    with pytest.raises(ValueError, match=r"^there are no choices$"):
        Estimates(("a",), np.zeros((0, 1)), np.zeros((0, 1)))


def test_names_are_different() -> None:
    with pytest.raises(ValueError, match=r"^names \('a', 'a'\) are not all different$"):
        Estimates(("a", "a"), MEANS, SDS)


def test_sds_fit_the_means() -> None:
    with pytest.raises(ValueError, match=r"^sds \(2, 2\) do not fit means \(3, 2\)$"):
        Estimates(("a", "b"), MEANS, SDS[:2])


@pytest.mark.parametrize("bad", [-0.001, 1.001, math.nan, math.inf])
def test_levels_lie_in_0_to_1(bad: float) -> None:
    means = MEANS.copy()
    means[1, 1] = bad
    with pytest.raises(ValueError, match=r"^means must lie in 0 to 1$"):
        Estimates(("a", "b"), means, SDS)
    with pytest.raises(ValueError, match=r"^relevance must lie in 0 to 1$"):
        Estimates(("a", "b"), MEANS, SDS, np.array([0.5, bad]))


@pytest.mark.parametrize("bad", [-0.001, math.nan, math.inf])
def test_sds_are_finite_and_at_least_0(bad: float) -> None:
    sds = SDS.copy()
    sds[1, 1] = bad
    with pytest.raises(ValueError, match=r"^sds must be finite and at least 0$"):
        Estimates(("a", "b"), MEANS, sds)


def test_relevance_fits_the_names() -> None:
    with pytest.raises(ValueError, match=r"^relevance \(3,\) does not fit 2 names$"):
        Estimates(("a", "b"), MEANS, SDS, np.array([0.5, 0.5, 0.5]))
