"""Targets from comparisons and ratings: what counts as how much, and what it costs."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import combinations

import numpy as np
import pytest
import scipy.stats

from alignkit.errors import DataError
from alignkit.schema import KeptRating, Taste
from alignkit.service.taste.kept import mark
from alignkit.service.taste.learning import comparisons_of, learned, learned_profile
from alignkit.stats import ideal_point
from alignkit.stats.ideal_point import Compared, fit_wishes
from alignkit.stats.probability import Floats

NOW = datetime(2026, 11, 27, tzinfo=UTC)
WISHES: Floats = np.array([0.3, 0.7])
NAMES = ("verbosity", "formality")


def rated(count: int, seed: int = 0) -> Taste:
    """What a reader who wants `WISHES` says of so many answers: 1 to 5, with some noise."""
    draws = np.random.default_rng(seed)
    levels = draws.random((count, 2))
    liked = -20 * ((levels - WISHES) ** 2).sum(axis=1) + draws.gumbel(size=count)
    marks = 1 + np.digitize(liked, (-6, -3, -1, 0))
    ratings = (
        KeptRating(
            when=NOW,
            levels=dict(zip(NAMES, map(float, row), strict=True)),
            rating=float(given),
            text=mark(None, f"Answer {place}."),
        )
        for place, (row, given) in enumerate(zip(levels, marks, strict=True))
    )
    return Taste(person="reader", ratings=tuple(ratings))


def every_pair(taste: Taste) -> Compared:
    """All pairs of ratings, which together count as one less than there are."""
    pairs = list(combinations(taste.ratings, 2))
    first, second = (
        np.array([[pair[side].levels[name] for name in NAMES] for pair in pairs]) for side in (0, 1)
    )
    better = np.array([(np.sign(a.rating - b.rating) + 1) / 2 for a, b in pairs])
    return Compared(first, second, better, np.full(len(pairs), 2 / len(taste.ratings)))


def targets(compared: Compared) -> Floats:
    """The likeliest ones."""
    top = fit_wishes(compared, np.random.default_rng(0)).top
    return np.asarray(scipy.stats.norm.cdf(top[:2]))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 21])
def test_of_few_ratings_each_two_are_compared(count: int) -> None:
    found = comparisons_of(rated(count), NAMES)
    assert len(found) == count * (count - 1) // 2
    assert found.weights.sum() == pytest.approx(max(count - 1, 0))


@pytest.mark.parametrize("count", [22, 23, 200, 1000])
def test_of_many_ratings_each_is_compared_with_twenty_others(count: int) -> None:
    taste = rated(count)
    found = comparisons_of(taste, NAMES)
    assert len(found) == 10 * count
    assert found.weights.sum() == pytest.approx(count - 1)
    pairs = np.hstack([found.first, found.second])
    assert len(np.unique(pairs, axis=0)) == len(pairs)
    _, times = np.unique(np.vstack([found.first, found.second]), axis=0, return_counts=True)
    assert times.tolist() == [20] * count


def test_in_which_order_ratings_were_given_does_not_matter() -> None:
    taste = rated(60)
    ratings = list(taste.ratings)
    random.Random(1).shuffle(ratings)  # noqa: S311  a test draws what it likes
    one, other = (
        comparisons_of(each, NAMES)
        for each in (taste, taste.model_copy(update={"ratings": ratings}))
    )
    np.testing.assert_array_equal(one.first, other.first)
    np.testing.assert_array_equal(one.preferred, other.preferred)


def test_some_pairs_of_ratings_say_what_all_of_them_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in (("CHAINS", 1), ("KEPT", 1), ("_UNTIL_KEPT", 0)):  # draws are not looked at
        monkeypatch.setattr(ideal_point, name, few)
    found = np.array(
        [
            [targets(comparisons_of(taste, NAMES)), targets(every_pair(taste))]
            for taste in (rated(60, seed) for seed in range(12))
        ]
    )
    away, wrong = found[:, 0] - found[:, 1], found[:, 1] - WISHES
    assert np.sqrt(np.mean(away**2)) < np.sqrt(np.mean(wrong**2)) / 2
    assert np.abs(away).max() < 0.05


def test_ratings_are_counted_as_what_they_are_worth() -> None:
    found = learned(rated(30), NAMES)
    for one in found.likings():
        assert one.comparisons == 29
        assert one.more is not None
        assert 29 < one.more < 600  # 435 pairs would make it ten times as many


def test_of_what_only_some_answers_differ_in_fewer_comparisons_tell() -> None:
    taste = rated(4)
    same = [
        one.model_copy(update={"levels": {**one.levels, "formality": float(place == 0)}})
        for place, one in enumerate(taste.ratings)
    ]
    likings = learned(taste.model_copy(update={"ratings": same}), NAMES).likings()
    assert [one.comparisons for one in likings] == [3, 2]  # 3 of 6 pairs are worth 1.5


def test_too_few_ratings_are_worded_as_the_comparisons_that_they_count_as() -> None:
    with pytest.raises(DataError, match="counts as 1 comparison, which is too little"):
        learned_profile(learned(rated(2), NAMES), "mine")
    with pytest.raises(DataError, match="counts as 3 comparisons, which is too little"):
        learned_profile(learned(rated(4), NAMES), "mine")
