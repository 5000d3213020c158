from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.alignment import ALIGNMENTS, SECOND_PASS, AlignmentSettings, Estimates, SecondPass
from alignkit.alignment.divergence import jensen_shannon
from alignkit.alignment.kde import Kde
from alignkit.errors import InvalidSetting, UsageError
from alignkit.schema import LogitEffects, Target

from .conftest import PLAIN, item, items, level_targets, same, shuffled

NAMES = ("cumulative_distance", "cumulative_divergence", "match_population")
PASSES = DISTANCE, DIVERGENCE, POPULATION = [SECOND_PASS.load(name) for name in NAMES]
PAIR = item(a=[0.2, 0.9])
WISHES = [PLAIN, AlignmentSettings(reverse=True), AlignmentSettings(temperature=0.5)]
TARGETS = st.fixed_dictionaries({"a": level_targets, "b": level_targets})


def test_the_mean_of_the_history_is_kept_near_the_target_by_hand() -> None:
    found = DISTANCE([PAIR, PAIR, PAIR], {"a": Target(value=0.5)}, PLAIN)
    # 0.2 is nearer at first; then 0.9 brings the mean to 0.55; then 0.2 to 1.3/3, 0.9 to 2/3.
    assert found.taken == [0, 1, 0]
    same(found.costs[0], [[0.3], [0.4]])
    same(found.costs[1], [[2 * 0.3], [2 * 0.05]])
    same(found.costs[2], [[3 * (0.5 - 1.3 / 3)], [3 * (2 / 3 - 0.5)]])
    same(found.probabilities[1], scipy.special.softmax([-6.0, -1.0]))


def test_a_range_lets_the_mean_wander_inside() -> None:
    found = DISTANCE([PAIR, PAIR], {"a": Target(range=(0.2, 0.6))}, PLAIN)
    same(found.costs[0], [[0], [0.3]])
    same(found.costs[1], [[0], [0]])
    assert found.taken == [0, 0]


def test_targets_count_by_weight_and_relevance() -> None:
    given = item(b=[0.0, 1.0], a=[0.2, 0.9], relevance=[1, 0.5])
    targets = {"a": Target(value=0.5, weight=6), "b": Target(value=1.0)}
    found = DISTANCE([given, given], targets, PLAIN)
    same(found.costs[0], [[0.75 * 0.3, 0.25], [0.75 * 0.4, 0]])
    assert found.taken == [1, 0]
    same(found.costs[1], [[2 * 0.75 * 0.05, 2 * 0.25 * 0.5], [2 * 0.75 * 0.4, 0]])


def on_grid(*levels: float) -> np.ndarray:
    return Kde.of(np.array(levels), 0.075, "reflect").on_grid()


def test_the_distribution_of_the_history_is_kept_near_the_targets_by_hand() -> None:
    wanted = on_grid(0.2, 0.9, 0.9)
    found = DIVERGENCE([PAIR] * 3, {"a": Target(samples=(0.2, 0.9, 0.9))}, PLAIN)
    assert found.taken == [1, 0, 1]
    first = [jensen_shannon(on_grid(level), wanted) for level in (0.2, 0.9)]
    same(found.costs[0][:, 0], first, 1e-7)
    second = [2 * jensen_shannon(on_grid(0.9, level), wanted) for level in (0.2, 0.9)]
    same(found.costs[1][:, 0], second, 1e-7)
    third = [3 * jensen_shannon(on_grid(0.9, 0.2, level), wanted) for level in (0.2, 0.9)]
    same(found.costs[2][:, 0], third, 1e-6)
    same(third[1], 0, 1e-6)
    same(found.probabilities[1], scipy.special.softmax(np.array(second) / -0.1), 1e-6)


def test_a_history_of_one_is_the_functions_without_history() -> None:
    targets = {"a": Target(samples=(0.1, 0.4))}
    for function, name in ((DISTANCE, "distance"), (DIVERGENCE, "kde_divergence")):
        expected = ALIGNMENTS.load(name).costs(PAIR, targets, PLAIN)
        same(function([PAIR], targets, PLAIN).costs[0], expected, 1e-9)


def test_densities_follow_their_settings() -> None:
    settings = AlignmentSettings(bandwidth=0.2, boundary="none", norm="local")
    found = DIVERGENCE([PAIR], {"a": Target(value=0.1)}, settings)
    wanted, low, high = (Kde.of(np.array([x]), 0.2, "none").on_grid() for x in (0.1, 0.0, 1.0))
    same(found.costs[0][:, 0], [jensen_shannon(own, wanted) for own in (low, high)], 1e-9)
    with pytest.raises(InvalidSetting, match="norm=prior needs levels of 'a'"):
        DIVERGENCE([PAIR], {"a": Target(value=0.1)}, AlignmentSettings(norm="prior"))


def test_reversed_the_history_goes_away_from_the_target() -> None:
    found = DISTANCE([PAIR] * 2, {"a": Target(value=0.5)}, AlignmentSettings(reverse=True))
    assert found.taken == [1, 1]
    same(found.costs[1], [[-2 * 0.05], [-2 * 0.4]])
    found = DIVERGENCE([PAIR] * 2, {"a": Target(value=0.2)}, AlignmentSettings(reverse=True))
    assert found.taken == [1, 1]
    same(found.costs[0][0], [0], 1e-7)
    assert found.costs[0][1, 0] < -0.9


def test_over_many_items_the_levels_taken_show_the_target() -> None:
    rng = np.random.default_rng(3)
    several = [item(a=list(row)) for row in rng.random((150, 3))]
    wanted = Target(samples=(0.15, 0.2, 0.8))
    for function in (DIVERGENCE, POPULATION):
        taken = function(several, {"a": wanted}, PLAIN).taken
        levels = np.array([it.means[i, 0] for it, i in zip(several, taken, strict=True)])
        assert np.mean(levels > 0.5) == pytest.approx(1 / 3, abs=0.07)
    taken = DISTANCE(several, {"a": Target(value=0.3)}, PLAIN).taken
    mean = np.mean([it.means[i, 0] for it, i in zip(several, taken, strict=True)])
    assert mean == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("function", PASSES, ids=NAMES)
@settings(max_examples=15)
@given(data=st.data(), wish=st.sampled_from(WISHES))
def test_what_holds_for_all_passes(
    function: SecondPass, data: st.DataObject, wish: AlignmentSettings
) -> None:
    given_items = data.draw(st.lists(items(), min_size=1, max_size=4))
    targets = data.draw(TARGETS)
    found = function(given_items, targets, wish)
    orders = [data.draw(st.permutations(range(len(one.means)))) for one in given_items]
    turned = [shuffled(one, order) for one, order in zip(given_items, orders, strict=True)]
    again = function(turned, targets, wish)
    for i, (one, order) in enumerate(zip(given_items, orders, strict=True)):
        assert found.costs[i].shape == (len(one.means), 2)
        total = found.costs[i].sum(axis=1)
        same(found.probabilities[i], scipy.special.softmax(-total / (wish.temperature or 0.1)))
        assert total[found.taken[i]] == pytest.approx(total.min(), abs=1e-9)
        same(again.costs[i], found.costs[i][order], 1e-9)
        same(turned[i].means[again.taken[i]], one.means[found.taken[i]], 0)


@pytest.mark.parametrize(("function", "name"), list(zip(PASSES, NAMES, strict=True)), ids=NAMES)
def test_what_cannot_be_followed_is_told(function: SecondPass, name: str) -> None:
    with pytest.raises(UsageError) as error:
        function([PAIR], {}, PLAIN)
    assert str(error.value) == f"The second pass {name!r} needs targets. Add some."
    with pytest.raises(UsageError) as error:
        function([PAIR], {"a": Target(logit=LogitEffects(weight=1))}, PLAIN)
    assert str(error.value) == (
        f"The second pass {name!r} cannot follow the target of 'a' (weighed +1). "
        "Give it value or range or samples, or choose another function."
    )
    with pytest.raises(UsageError, match=r"^There is no estimate of 'b'\. Estimated are: a\.$"):
        function([PAIR], {"a": Target(value=0), "b": Target(value=1)}, PLAIN)


@pytest.mark.parametrize("function", PASSES, ids=NAMES)
def test_without_items_there_are_no_decisions(function: SecondPass) -> None:
    found = function([], {"a": Target(samples=(0.1, 0.2))}, PLAIN)
    assert (found.costs, found.probabilities, found.taken) == ([], [], [])


def taken_levels(given_items: list[Estimates], taken: list[int]) -> list[float]:
    return [float(one.means[row, 0]) for one, row in zip(given_items, taken, strict=True)]


def test_items_come_in_the_order_of_the_data_set() -> None:
    low, high = item(a=[0.0, 0.4]), item(a=[1.0, 0.4])
    target = {"a": Target(value=0.45)}
    assert taken_levels([low, high], DISTANCE([low, high], target, PLAIN).taken) == [0.4, 0.4]
    several = [high, low, high]
    assert taken_levels(several, DISTANCE(several, target, PLAIN).taken) == [0.4, 0.4, 0.4]
    target = {"a": Target(value=0.9)}
    assert taken_levels(several, DISTANCE(several, target, PLAIN).taken) == [1.0, 0.4, 1.0]
