from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats
from benchmarks.simulated.worlds import Person
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.stats import ideal_point
from alignkit.stats.ideal_point import (
    Compared,
    Wishes,
    expected_information,
    fit_wishes,
    gains,
    log_evidence,
    more_to_halve,
)

Floats = npt.NDArray[np.float64]
few = settings(max_examples=10, deadline=None)
WISHES: Floats = np.array([0.2, 0.75])
SURE = Person(WISHES, np.array([60.0, 40.0]))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def said(person: Person, count: int, seed: int = 0) -> Compared:
    """What `person` says of pairs with random levels."""
    draws = rng(seed)
    return person.compares(*draws.random((2, count, len(person.targets))), draws)


def nothing(attributes: int) -> Compared:
    empty = np.empty((0, attributes))
    return Compared(empty, empty, np.empty(0), np.empty(0))


@st.composite
def comparisons(draw: st.DrawFn) -> Compared:
    """Any comparisons, contradictory ones and unknown levels among them."""
    count, size = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    levels = st.floats(0, 1) | st.just(np.nan)
    cells = st.lists(levels, min_size=count * size, max_size=count * size)
    first, second = (np.array(draw(cells)).reshape(count, size) for _ in range(2))
    replies = st.lists(st.sampled_from((0.0, 0.5, 1.0)), min_size=count, max_size=count)
    weights = st.lists(st.floats(0, 3), min_size=count, max_size=count)
    return Compared(first, second, np.array(draw(replies)), np.array(draw(weights)))


def test_targets_and_their_weights_are_recovered() -> None:
    found = fit_wishes(said(SURE, 300), rng(1))
    np.testing.assert_allclose(found.estimate(), WISHES, atol=0.07)
    for place, (target, weight) in enumerate(zip(WISHES, SURE.weights, strict=True)):
        interval = found.interval(place, 0.99)
        assert interval.low <= target <= interval.high
        assert interval.high - interval.low < 0.35
        counts = found.weight_interval(place, 0.99)
        assert counts.low <= weight <= counts.high


def test_a_peak_is_told_from_more_is_better() -> None:
    levels = np.array([[0.5, 0.0], [0.5, 1.0]] * 8)  # the middle is better than either end
    compared = Compared(levels[:, :1], levels[:, 1:], np.ones(16), np.ones(16))
    interval = fit_wishes(compared, rng()).interval(0, 0.95)
    assert 0.2 < interval.low < 0.5 < interval.high < 0.8


def test_who_always_takes_the_most_wants_the_end() -> None:
    levels = np.linspace(0, 1, 9)
    compared = Compared(levels[1:, None], levels[:-1, None], np.ones(8), np.full(8, 3.0))
    found = fit_wishes(compared, rng())
    assert found.interval(0, 0.95).high == 1.0
    assert found.estimate()[0] > 0.85


def test_without_comparisons_all_is_as_it_was_beforehand() -> None:
    found = fit_wishes(nothing(2), rng())
    np.testing.assert_allclose(found.estimate(), 0.5, atol=0.03)
    interval = found.interval(1, 0.95)
    assert interval.high - interval.low == pytest.approx(0.95, abs=0.02)
    assert scipy.stats.kstest(found.targets[::8, 0], "uniform").pvalue > 0.001
    assert np.median(found.weights) == pytest.approx(6, rel=0.15)
    assert log_evidence(nothing(2)) == 0


def test_the_draws_are_those_of_the_exact_distribution() -> None:
    compared = said(Person(np.array([0.3]), np.array([12.0])), 12)
    targets, logs = np.linspace(0.0005, 0.9995, 400), np.linspace(-3, 3, 301) * 1.5 + np.log(6)
    weights = np.exp(logs)[:, None]
    likelihood = np.zeros((len(logs), len(targets)))
    for first, second, likes in zip(
        compared.first[:, 0], compared.second[:, 0], compared.preferred, strict=True
    ):
        gap = weights * ((second - targets) ** 2 - (first - targets) ** 2)
        likelihood += likes * gap - np.logaddexp(0, gap)
    prior = scipy.stats.norm(np.log(6), 1.5).logpdf(logs)[:, None]
    exact = np.exp(likelihood + prior)
    shares = exact.sum(axis=0) / exact.sum()
    found = fit_wishes(compared, rng(3))
    assert found.estimate()[0] == pytest.approx(float(shares @ targets), abs=0.02)
    spread = float(np.sqrt(shares @ (targets - shares @ targets) ** 2))
    assert float(found.targets.std()) == pytest.approx(spread, rel=0.08)
    total = np.log(exact.mean() * (logs[-1] - logs[0]))
    assert total - 0.9 < log_evidence(compared) < total + 0.1


@few
@given(compared=comparisons())
def test_the_order_of_a_pair_does_not_matter(compared: Compared) -> None:
    one, other = fit_wishes(compared, rng()), fit_wishes(compared.swapped(), rng())
    np.testing.assert_allclose(one.top, other.top, atol=1e-3)
    np.testing.assert_allclose(one.information, other.information, atol=1e-2)


@few
@given(compared=comparisons(), seed=st.integers(0, 99))
def test_the_order_of_comparisons_does_not_matter(compared: Compared, seed: int) -> None:
    order = rng(seed).permutation(len(compared))
    shuffled = Compared(
        compared.first[order],
        compared.second[order],
        compared.preferred[order],
        compared.weights[order],
    )
    assert log_evidence(compared) == pytest.approx(log_evidence(shuffled), abs=1e-3)


@few
@given(compared=comparisons())
def test_low_and_high_can_be_exchanged(compared: Compared) -> None:
    mirrored = Compared(
        1 - compared.first, 1 - compared.second, compared.preferred, compared.weights
    )
    size = compared.first.shape[1]
    one, other = fit_wishes(compared, rng()).top, fit_wishes(mirrored, rng()).top
    np.testing.assert_allclose(one[:size], -other[:size], atol=1e-2)


@few
@given(compared=comparisons())
def test_whatever_was_said_the_result_is_one(compared: Compared) -> None:
    found = fit_wishes(compared, rng())
    assert np.all((found.targets >= 0) & (found.targets <= 1))
    assert np.all(found.weights > 0)
    assert np.all(np.isfinite(found.weights))
    for place in range(compared.first.shape[1]):
        interval = found.interval(place, 0.95)
        assert 0 <= interval.low <= interval.high <= 1
    told = expected_information(found, compared.first, compared.second)
    assert np.all((told >= 0) & (told <= 1))
    assert np.all(np.isfinite(gains(compared)))


def test_a_level_that_is_not_known_says_nothing() -> None:
    compared = said(SURE, 30)
    unknown = np.full((30, 1), np.nan)
    beside = Compared(
        np.hstack([compared.first, unknown]),
        np.hstack([compared.second, unknown]),
        compared.preferred,
        compared.weights,
    )
    assert log_evidence(beside) == pytest.approx(log_evidence(compared), abs=1e-3)
    assert gains(beside)[2] == pytest.approx(0, abs=1e-3)
    interval = fit_wishes(beside, rng()).interval(2, 0.95)
    assert interval.high - interval.low > 0.9


def test_a_weight_counts_as_so_many_equal_comparisons() -> None:
    compared = said(SURE, 15)
    heavy = Compared(compared.first, compared.second, compared.preferred, np.full(15, 2.0))
    twice = Compared(*(np.concatenate([each, each]) for each in vars(compared).values()))
    assert log_evidence(heavy) == pytest.approx(log_evidence(twice), abs=1e-3)


def test_equal_is_half_a_preference_either_way() -> None:
    levels = rng().random((2, 10, 1))
    equal = Compared(*levels, np.full(10, 0.5), np.ones(10))
    both = Compared(
        *(np.concatenate([each, each]) for each in levels),
        np.repeat([1.0, 0.0], 10),
        np.full(20, 0.5),
    )
    assert log_evidence(equal) == pytest.approx(log_evidence(both), abs=1e-3)


def test_an_attribute_that_counts_gains_and_one_that_does_not_loses() -> None:
    person = Person(np.array([0.3, 0.5]), np.array([40.0, 1e-9]))
    found = gains(said(person, 60))
    assert found[0] > 5
    assert found[1] < 1.1


def test_a_single_attribute_is_weighed_against_chance() -> None:
    compared = said(Person(np.array([0.3]), np.array([50.0])), 30)
    assert gains(compared)[0] == pytest.approx(log_evidence(compared) + 30 * np.log(2))
    assert gains(compared)[0] > 2


def test_information_is_none_where_nothing_differs_and_does_not_depend_on_the_order() -> None:
    known = fit_wishes(said(SURE, 5), rng())
    first, second = rng(1).random((2, 20, 2))
    np.testing.assert_allclose(
        expected_information(known, first, second), expected_information(known, second, first)
    )
    assert expected_information(known, first, first) == pytest.approx(np.zeros(20), abs=1e-9)


def test_what_is_as_good_as_known_tells_nothing() -> None:
    targets, weights = np.full((100, 1), 0.2), np.full((100, 1), 50.0)
    known = Wishes(targets, weights, np.zeros(2), np.eye(2))
    told = expected_information(known, np.array([[0.2], [0.1]]), np.array([[0.9], [0.3]]))
    np.testing.assert_allclose(told, 0, atol=1e-9)  # unsure (the second) is not the same as unknown


def _width_after(seed: int, *, best: bool) -> float:
    """Mean width of intervals after 8 comparisons of 12 candidates: the best ones, or any."""
    draws = rng(seed)
    person = Person(draws.random(2), np.array([20.0, 20.0]))
    candidates = draws.random((12, 2))
    pairs = np.array(list(combinations(range(12), 2)))
    compared, taken = nothing(2), []
    for _ in range(8):
        told = draws.random(len(pairs))
        if best:
            known = fit_wishes(compared, rng())
            told = expected_information(known, *(candidates[pairs[:, side]] for side in (0, 1)))
        told[taken] = -1
        taken.append(int(told.argmax()))
        one, other = candidates[pairs[taken[-1]]]
        new = person.compares(one[None], other[None], draws)
        compared = Compared(
            *(
                np.concatenate(each)
                for each in zip(*(vars(c).values() for c in (compared, new)), strict=True)
            )
        )
    found = fit_wishes(compared, rng())
    return float(np.mean([i.high - i.low for i in (found.interval(k, 0.9) for k in (0, 1))]))


def test_the_most_informative_comparisons_teach_faster_than_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ideal_point, "CHAINS", 80)
    gained = [_width_after(seed, best=False) - _width_after(seed, best=True) for seed in range(16)]
    assert scipy.stats.ttest_1samp(gained, 0, alternative="greater").pvalue < 0.01


def test_so_many_more_halve_the_interval() -> None:
    ratios = []
    for seed in range(8):
        compared = said(SURE, 40, seed)
        before = fit_wishes(compared, rng())
        more = int(more_to_halve(compared, before, 0.95)[0])
        assert 40 < more < 2000
        after = fit_wishes(said(SURE, 40 + more, seed + 100), rng())
        widths = [found.interval(0, 0.95) for found in (before, after)]
        ratios.append((widths[1].high - widths[1].low) / (widths[0].high - widths[0].low))
    assert 0.35 < np.median(ratios) < 0.7


def test_comparisons_are_counted_by_their_weights_in_what_halves_an_interval() -> None:
    compared = said(SURE, 40)
    parts = Compared(*(np.concatenate([each] * 5) for each in vars(compared).values()))
    parts = Compared(parts.first, parts.second, parts.preferred, parts.weights / 5)
    once, in_parts = (
        more_to_halve(each, fit_wishes(each, rng()), 0.95) for each in (compared, parts)
    )
    np.testing.assert_allclose(in_parts, once, atol=1)


def test_what_no_comparison_speaks_of_is_never_halved() -> None:
    levels = rng().random((2, 10, 2))
    levels[:, :, 1] = 0.5
    compared = SURE.compares(*levels, rng())
    found = more_to_halve(compared, fit_wishes(compared, rng()), 0.95)
    assert found[1] == np.inf
