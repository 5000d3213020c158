from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from alignkit.alignment import AlignmentSettings, Estimates
from alignkit.alignment.function import Sight
from alignkit.alignment.settings import Norm
from alignkit.alignment.wanted import normed, wanted_density, wanted_levels
from alignkit.errors import InvalidSetting
from alignkit.schema import Target

from .conftest import PLAIN, Floats, same

SAMPLES = Target(samples=(0.1, 0.1, 0.9))


def seen(norm: Norm, levels: list[float], pool: tuple[float, ...] | None) -> tuple[Floats, Floats]:
    means = np.array(levels)[:, None]
    estimates = Estimates(("a",), means, np.full_like(means, 0.1))
    settings = AlignmentSettings(norm=norm, pool={} if pool is None else {"a": pool})
    return normed(Sight(estimates, "a", SAMPLES, settings))


def test_which_levels_are_wanted() -> None:
    same(wanted_levels(SAMPLES), [0.1, 0.1, 0.9])
    same(wanted_levels(Target(value=0.3)), [0.3])
    same(wanted_levels(Target(range=(0.5, 1))), [0.5 + step / 200 for step in range(101)])


def test_raw_levels_stay_as_they_are() -> None:
    for norm in ("raw", "prior"):
        levels, sds = seen(norm, [0.2, 0.4, 0.3], (0.0, 0.5))
        same(levels, [0.2, 0.4, 0.3])
        same(sds, [0.1] * 3)


def test_local_levels_run_from_the_smallest_to_the_largest_of_the_item() -> None:
    levels, sds = seen("local", [0.2, 0.4, 0.25], None)
    same(levels, [0, 1, 0.25])
    same(sds, [0.5] * 3)


def test_global_levels_run_from_the_smallest_to_the_largest_of_the_pool() -> None:
    levels, sds = seen("global", [0.2, 0.6, 0.4, 0.0], (0.5, 0.1, 0.3))
    same(levels, [0.25, 1, 0.75, 0])
    same(sds, [0.25] * 4)


def test_where_all_are_equal_nothing_is_stretched() -> None:
    same(seen("local", [0.2, 0.2], None)[0], [0.2, 0.2])
    levels, sds = seen("global", [0.2, 0.6], (0.5, 0.5))
    same(levels, [0.2, 0.6])
    same(sds, [0.1, 0.1])


@pytest.mark.parametrize("norm", ["global", "prior"])
def test_a_pool_that_is_needed_is_asked_for(norm: Norm) -> None:
    settings = AlignmentSettings(norm=norm, pool={"b": (0.5,)})
    sight = Sight(Estimates(("a",), np.zeros((2, 1)), np.zeros((2, 1))), "a", SAMPLES, settings)
    needing: Callable[[], object] = {
        "global": lambda: normed(sight),
        "prior": lambda: wanted_density("a", SAMPLES, settings),
    }[norm]
    with pytest.raises(InvalidSetting) as error:
        needing()
    assert str(error.value) == (
        f"norm={norm} needs levels of 'a' over many items. "
        "Give them as pool, or use norm=raw or norm=local."
    )


def test_the_density_has_the_kernel_that_is_set() -> None:
    found = wanted_density("a", SAMPLES, AlignmentSettings(bandwidth=0.2, boundary="none"))
    same(found.points, [0.1, 0.1, 0.9])
    same(found.weights, [1 / 3] * 3)
    same(found.sds, [0.2] * 3)
    assert found.boundary == "none"
    assert wanted_density("a", SAMPLES, PLAIN).boundary == "reflect"


def test_rare_levels_count_more_by_hand() -> None:
    # The pool has 0.1 three times as often as 0.9, too far apart to reach each other.
    given = {"bandwidth": 0.05, "boundary": "none", "norm": "prior"}
    kernel = 1 / (0.05 * np.sqrt(2 * np.pi))
    rare, usual = 1 / (kernel / 4), 1 / (kernel * 3 / 4)
    for factor in (0.0, 0.5, 0.75, 1.0):
        settings = AlignmentSettings(prior_factor=factor, pool={"a": (0.1, 0.1, 0.1, 0.9)}, **given)
        found = wanted_density("a", SAMPLES, settings)
        weights = np.array([usual, usual, rare]) * factor + 1 - factor
        same(found.weights, weights / weights.sum(), 1e-9)
        same(found.points, [0.1, 0.1, 0.9])
        same(found.sds, [0.05] * 3)
        assert found.boundary == "none"


def test_the_pool_is_folded_back_as_the_target_is() -> None:
    pool = {"a": (0.0, 0.5)}
    folded = AlignmentSettings(norm="prior", prior_factor=1, pool=pool)
    wanted = Target(samples=(0.0, 0.5))
    # Folded back, the pool's density at 0 is twice that at 0.5; without, it is the same.
    same(wanted_density("a", wanted, folded).weights, [1 / 3, 2 / 3], 1e-9)
    plain = folded.model_copy(update={"boundary": "none"})
    same(wanted_density("a", wanted, plain).weights, [0.5, 0.5], 1e-9)


def test_a_level_that_the_pool_never_has_counts_finitely() -> None:
    settings = AlignmentSettings(
        norm="prior", pool={"a": (0.0,)}, bandwidth=0.01, boundary="none", prior_factor=1
    )
    found = wanted_density("a", Target(samples=(0.0, 1.0)), settings)
    kernel = 1 / (0.01 * np.sqrt(2 * np.pi))
    expected = (1 / (kernel + 1e-10)) / 1e10
    assert found.weights[0] / found.weights[1] == pytest.approx(expected, rel=1e-9)
