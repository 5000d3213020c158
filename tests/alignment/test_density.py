from __future__ import annotations

import math
from hashlib import blake2b

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats

from alignkit.alignment import ALIGNMENTS, AlignmentSettings
from alignkit.alignment.kde import GRID, Kde
from alignkit.schema import Target

from .conftest import PLAIN, chances, item, same

SAMPLED, LIKELY, DIVERGENCE = map(ALIGNMENTS.load, ("kde_sampled", "kde_likely", "kde_divergence"))
SAMPLES = (0.1, 0.2, 0.9)
WANTED = {"a": Target(samples=SAMPLES)}
GIVEN = item(a=[0.0, 0.3, 0.95], sd=0.1)
RAW = AlignmentSettings(boundary="none", bandwidth=0.1)


def drawn(key: str, settings: AlignmentSettings = PLAIN, name: str = "a") -> float:
    """The level that was drawn, read from the costs of a choice at 0."""
    given = item(**{name: [0.0, 1.0]})
    costs = SAMPLED.costs(given, {name: Target(samples=SAMPLES)}, settings, key)
    same(costs.sum(), 1)
    return float(costs[0, 0])


def test_equal_seeds_keys_and_attributes_draw_equally() -> None:
    assert drawn("x") == drawn("x")
    assert len({drawn("x"), drawn("y"), drawn("x", AlignmentSettings(seed=1))}) == 3
    assert drawn("x", name="b") != drawn("x")
    seed = int.from_bytes(blake2b(b'[3, "x", "a"]', digest_size=16).digest(), "big")
    expected = Kde.of(np.array(SAMPLES), 0.075, "reflect").draw(np.random.default_rng(seed))
    assert drawn("x", AlignmentSettings(seed=3)) == pytest.approx(expected, abs=1e-12)


def test_every_attribute_has_its_own_draw_whatever_else_is_wanted() -> None:
    both = item(b=[0.0, 1.0], a=[0.0, 1.0])
    targets = {"b": WANTED["a"], "a": WANTED["a"]}
    found = SAMPLED.costs(both, targets, PLAIN, "x") * 2
    same(found[0], [drawn("x", name="b"), drawn("x")])


def test_draws_follow_the_target() -> None:
    settings = AlignmentSettings(bandwidth=0.01)
    levels = np.array([drawn(str(i), settings) for i in range(300)])
    near = [float(np.mean(np.abs(levels - sample) < 0.04)) for sample in SAMPLES]
    assert sum(near) == 1
    same(near, [1 / 3] * 3, 0.08)


def test_local_levels_are_compared_with_the_draw() -> None:
    local = AlignmentSettings(norm="local")
    found = SAMPLED.costs(item(a=[0.4, 0.6]), WANTED, local, "x")
    same(found[:, 0], [drawn("x"), 1 - drawn("x")])


def test_likelihood_by_hand() -> None:
    sd = math.sqrt(0.1**2 + 0.1**2)
    densities = [
        np.mean([scipy.stats.norm.pdf(level, sample, sd) for sample in SAMPLES])
        for level in (0.0, 0.3, 0.95)
    ]
    same(LIKELY.costs(GIVEN, WANTED, RAW)[:, 0], -np.log(densities))
    same(chances(LIKELY, GIVEN, WANTED, RAW), np.array(densities) / sum(densities))


def test_sure_likelihood_is_scipys_density() -> None:
    kde = scipy.stats.gaussian_kde(SAMPLES, lambda kde: 0.1 / math.sqrt(np.cov(kde.dataset)))
    levels = [0.0, 0.3, 0.95]
    found = LIKELY.costs(item(a=levels), WANTED, RAW)
    same(found[:, 0], -np.log(kde(levels)))


def test_likelihood_is_that_of_normed_levels() -> None:
    local = RAW.model_copy(update={"norm": "local"})
    found = LIKELY.costs(item(a=[0.4, 0.6], sd=0.02), WANTED, local)
    same(found, LIKELY.costs(item(a=[0.0, 1.0], sd=0.1), WANTED, RAW))


def test_a_prior_is_divided_out() -> None:
    prior = RAW.model_copy(
        update={"norm": "prior", "prior_factor": 1.0, "pool": {"a": (0.1, 0.2, 0.2, 0.2)}}
    )
    plain, found = (LIKELY.costs(GIVEN, WANTED, settings)[:, 0] for settings in (RAW, prior))
    assert found[2] - found[1] < plain[2] - plain[1]


def test_divergence_is_scipys_on_the_grid() -> None:
    found = DIVERGENCE.costs(GIVEN, WANTED, RAW)[:, 0]
    target = np.mean([scipy.stats.norm.pdf(GRID, sample, 0.1) for sample in SAMPLES], axis=0)
    for cost, level in zip(found, (0.0, 0.3, 0.95), strict=True):
        own = scipy.stats.norm.pdf(GRID, level, math.sqrt(0.02))
        expected = scipy.spatial.distance.jensenshannon(own, target, base=2)
        assert cost == pytest.approx(expected, abs=1e-9)


def test_divergence_folds_back_as_set() -> None:
    found = DIVERGENCE.costs(item(a=[0.0, 0.3]), {"a": Target(value=0.05)}, PLAIN)[:, 0]
    own, wanted = (Kde.of(np.array([x]), 0.075, "reflect").on_grid() for x in (0.0, 0.05))
    expected = scipy.spatial.distance.jensenshannon(own, wanted, base=2)
    assert found[0] == pytest.approx(expected, abs=1e-9)


def test_a_choice_that_shows_what_is_wanted_does_not_diverge() -> None:
    found = DIVERGENCE.costs(item(a=[0.3, 0.7]), {"a": Target(value=0.3)}, PLAIN)[:, 0]
    assert found[0] == pytest.approx(0, abs=1e-7)
    assert found[1] > 0.9


def test_a_target_at_an_end_is_not_halved() -> None:
    # Half of the people at 0, half at 0.5: folded back, both levels are about as good.
    wanted = {"a": Target(samples=(0.0, 0.5))}
    folded = chances(LIKELY, item(a=[0.05, 0.5]), wanted)
    lost = chances(LIKELY, item(a=[0.05, 0.5]), wanted, AlignmentSettings(boundary="none"))
    same(folded, [0.6157, 0.3843], 1e-4)
    same(lost, [0.4447, 0.5553], 1e-4)


def test_a_range_is_equally_good_throughout() -> None:
    wanted = {"a": Target(range=(0.2, 0.8))}
    found = LIKELY.costs(item(a=[0.45, 0.5, 0.55, 0.1]), wanted, PLAIN)[:, 0]
    same(found[:3], [found[1]] * 3, 1e-3)
    assert found[3] > found[1] + 2
