"""People with known wishes, who choose at random as the model says: are they recovered?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

from alignkit.stats.distributions import shortest_interval
from alignkit.stats.probability import softmax
from alignkit.stats.wanted_level import (
    GRID,
    TEMPERATURES,
    Offer,
    chance_log_likelihood,
    log_evidence,
    log_likelihoods,
    posterior,
)

Floats = npt.NDArray[np.float64]


def past(
    rng: np.random.Generator, wish: float, temperature: float, choices: int, options: int = 2
) -> list[Offer]:
    """What somebody with this wish took from options whose levels were drawn evenly."""
    found = []
    for _ in range(choices):
        levels = rng.random(options)
        shares = softmax(-np.abs(levels - wish) / temperature)
        found.append(Offer(levels, int(rng.choice(options, p=shares))))
    return found


def gain(offers: list[Offer]) -> float:
    return log_evidence(log_likelihoods(offers)) - chance_log_likelihood(offers)


def test_the_likelihood_is_the_mean_over_temperatures_of_the_product_of_softmaxes() -> None:
    offers = [
        Offer(np.array([0.2, 0.9]), 1),
        Offer(np.array([0.0, 0.5, 0.6]), 0, weight=2.0),
    ]
    found = log_likelihoods(offers)
    for place in (0, 37, 100):
        each = [
            np.prod(
                [
                    softmax(-np.abs(offer.levels - GRID[place]) / temperature)[offer.taken]
                    ** offer.weight
                    for offer in offers
                ]
            )
            for temperature in TEMPERATURES
        ]
        assert found[place] == pytest.approx(np.log(np.mean(each)), abs=1e-10)


def test_a_weight_counts_as_so_many_equal_choices() -> None:
    rng = np.random.default_rng(1)
    once = past(rng, 0.3, 0.1, 4)
    heavy = [Offer(offer.levels, offer.taken, 3.0) for offer in once]
    np.testing.assert_allclose(log_likelihoods(heavy), log_likelihoods(once * 3), atol=1e-9)
    assert chance_log_likelihood(heavy) == pytest.approx(-12 * np.log(2))


def test_equal_options_say_nothing() -> None:
    found = log_likelihoods([Offer(np.array([0.4, 0.4]), 1)] * 9)
    np.testing.assert_allclose(posterior(found), 1 / len(GRID), atol=1e-12)
    assert gain([Offer(np.array([0.4, 0.4]), 1)] * 9) == pytest.approx(0, abs=1e-9)


def test_high_and_low_are_treated_alike() -> None:
    offers = past(np.random.default_rng(2), 0.2, 0.1, 12, options=3)
    mirrored = [Offer(1 - offer.levels, offer.taken) for offer in offers]
    shares = posterior(log_likelihoods(offers))
    np.testing.assert_allclose(posterior(log_likelihoods(mirrored)), shares[::-1], atol=1e-9)


def test_the_highest_of_low_levels_says_that_more_was_wanted_than_was_got() -> None:
    offers = [Offer(np.array([0.1, 0.2, 0.3]), 2)] * 10
    shares = posterior(log_likelihoods(offers))
    assert shares @ GRID > 0.55  # the mean of what was taken is 0.3
    low, high = shortest_interval(GRID, shares, 0.95)
    assert low > 0.24
    assert high > 0.95


@pytest.mark.parametrize("wish", [0.1, 0.35, 0.5, 0.8, 1.0])
def test_a_consistent_person_is_recovered(wish: float) -> None:
    offers = past(np.random.default_rng(3), wish, 0.05, 60)
    shares = posterior(log_likelihoods(offers))
    low, high = shortest_interval(GRID, shares, 0.95)
    assert shares @ GRID == pytest.approx(wish, abs=0.08)
    assert high - low < 0.25
    assert gain(offers) > 5


def test_more_choices_make_it_surer() -> None:
    offers = past(np.random.default_rng(4), 0.6, 0.1, 160)
    widths = []
    for count in (10, 40, 160):
        shares = posterior(log_likelihoods(offers[:count]))
        low, high = shortest_interval(GRID, shares, 0.95)
        widths.append(high - low)
    assert widths[0] > widths[1] > widths[2]


def test_who_chooses_blindly_is_hardly_known_and_gains_nothing() -> None:
    rng = np.random.default_rng(5)
    widths, gains = [], []
    for _ in range(40):
        offers = past(rng, 0.5, 1e9, 30)
        low, high = shortest_interval(GRID, posterior(log_likelihoods(offers)), 0.95)
        widths.append(high - low)
        gains.append(gain(offers))
    assert np.mean(widths) > 0.8
    assert np.mean(np.array(gains) < 1.1) > 0.95


def test_the_interval_holds_the_wish_as_often_as_it_says() -> None:
    """Wishes and temperatures drawn as the prior says, so that 0.9 is exact but for the grid.

    This is simulation-based calibration (Talts et al., 2018, arXiv:1804.06788).
    """
    rng = np.random.default_rng(6)
    runs, held = 300, 0
    for _ in range(runs):
        wish = rng.choice(GRID)
        offers = past(rng, wish, rng.choice(TEMPERATURES), 20)
        low, high = shortest_interval(GRID, posterior(log_likelihoods(offers)), 0.9)
        held += low - 1e-9 <= wish <= high + 1e-9
    assert scipy.stats.binomtest(held, runs, 0.9).pvalue > 0.01


def test_at_the_deciders_own_temperature_it_holds_about_as_often() -> None:
    rng = np.random.default_rng(7)
    runs, held = 300, 0
    for _ in range(runs):
        wish = rng.random()
        offers = past(rng, wish, 0.1, 25)
        low, high = shortest_interval(GRID, posterior(log_likelihoods(offers)), 0.9)
        held += low - 0.005 <= wish <= high + 0.005
    assert scipy.stats.binomtest(held, runs, 0.9).pvalue > 0.01
