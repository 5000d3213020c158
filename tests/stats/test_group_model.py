"""Groups whose members' wishes are known: are the mean and the spread recovered?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.stats

from alignkit.stats.distributions import shortest_interval, systematic_samples
from alignkit.stats.group_model import SPREADS, group_priors, pooled
from alignkit.stats.probability import softmax
from alignkit.stats.wanted_level import GRID, TEMPERATURES, Offer, log_likelihoods, posterior

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def chosen(rng: np.random.Generator, wish: float, temperature: float, choices: int) -> Floats:
    """The likelihood of what somebody with this wish took from random pairs."""
    found = []
    for _ in range(choices):
        levels = rng.random(2)
        shares = softmax(-np.abs(levels - wish) / temperature)
        found.append(Offer(levels, int(rng.choice(2, p=shares))))
    return log_likelihoods(found)


def test_what_comes_out_are_distributions() -> None:
    rng = np.random.default_rng(0)
    found = pooled(np.array([chosen(rng, wish, 0.1, 8) for wish in (0.2, 0.6, 0.7)]))
    assert found.members.shape == (3, len(GRID))
    for shares in (found.mean, found.wishes, *found.members):
        assert shares.sum() == pytest.approx(1)
        assert shares.min() >= 0
    priors = group_priors()
    assert priors.shape == (len(SPREADS) * len(GRID), len(GRID))
    np.testing.assert_allclose(priors.sum(axis=1), 1)


def test_the_evidence_is_the_mean_over_all_groups() -> None:
    rng = np.random.default_rng(1)
    logs = np.array([chosen(rng, wish, 0.1, 5) for wish in (0.3, 0.5)])
    each = np.prod(group_priors() @ np.exp(logs).T, axis=1)
    assert pooled(logs).log_evidence == pytest.approx(np.log(each.mean()), abs=1e-9)


def test_who_is_little_known_leans_on_the_others() -> None:
    rng = np.random.default_rng(2)
    known = [chosen(rng, 0.8, 0.05, 40) for _ in range(6)]
    barely = chosen(rng, 0.8, 0.05, 1)
    found = pooled(np.array([*known, barely]))
    alone = posterior(barely) @ GRID
    assert abs(found.members[-1] @ GRID - 0.8) < 0.08 < abs(alone - 0.8)


def test_impossible_looking_members_do_no_harm() -> None:
    sure = np.full((2, len(GRID)), -2000.0)
    sure[0, 0] = sure[1, -1] = 0.0
    found = pooled(sure)
    assert found.members[0] @ GRID == pytest.approx(0)
    assert found.members[1] @ GRID == pytest.approx(1)
    assert np.all(np.isfinite(found.mean))


@pytest.mark.parametrize("spread", [0.05, 0.25])
def test_samples_are_spread_as_the_members_are(spread: float) -> None:
    rng = np.random.default_rng(3)
    gaps, means = [], []
    for _ in range(15):
        wishes = np.clip(rng.normal(0.6, spread, 12), 0, 1)
        found = pooled(np.array([chosen(rng, wish, 0.1, 20) for wish in wishes]))
        samples = systematic_samples(GRID, found.wishes, 20)
        gaps.append(samples.std() - wishes.std())
        means.append(samples.mean() - wishes.mean())
    assert np.mean(gaps) == pytest.approx(0, abs=0.03)
    assert np.mean(means) == pytest.approx(0, abs=0.03)


def test_intervals_hold_what_they_are_of_as_often_as_they_say() -> None:
    """Groups, members and temperatures drawn as the prior says, so that 0.9 is exact."""
    rng, priors = np.random.default_rng(4), group_priors()
    runs, members = 150, 4
    mean_held = members_held = 0
    for _ in range(runs):
        group = priors[rng.integers(len(priors))]
        wishes = rng.choice(GRID, size=members, p=group)
        found = pooled(
            np.array([chosen(rng, wish, rng.choice(TEMPERATURES), 12) for wish in wishes])
        )
        low, high = shortest_interval(GRID, found.mean, 0.9)
        mean_held += low - 0.005 <= group @ GRID <= high + 0.005
        for wish, shares in zip(wishes, found.members, strict=True):
            low, high = shortest_interval(GRID, shares, 0.9)
            members_held += low - 1e-9 <= wish <= high + 1e-9
    assert scipy.stats.binomtest(mean_held, runs, 0.9).pvalue > 0.01
    # Members of one group are no independent trials, so the tolerance is a plain one.
    assert members_held / runs / members == pytest.approx(0.9, abs=0.04)
