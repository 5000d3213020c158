from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alignkit.alignment import ALIGNMENTS, AlignmentSettings
from alignkit.alignment.midpoint import affiliation_midpoint, merit_midpoint, midpoint
from alignkit.schema import Target

from .conftest import PLAIN, chances, item, same, steps, unit

MIDPOINT = ALIGNMENTS.load("midpoint")
COUNTED = AlignmentSettings(votes="counted")
WEIGHTED = AlignmentSettings(midpoints="weighted")


def vote_for_second(
    urgency: tuple[float, float],
    level: tuple[float, float],
    target: float,
    settings: AlignmentSettings = PLAIN,
    name: str = "a",
) -> float:
    given = item(**{name: list(level), "medical_urgency": list(urgency)})
    first, second = MIDPOINT.costs(given, {name: Target(value=target)}, settings)[:, 0]
    assert first + second == pytest.approx(1, abs=1e-12)
    return float(first - second)


def test_midpoints_by_hand() -> None:
    assert midpoint(0.2, 0.8) == pytest.approx(0.2)
    assert midpoint(0.75, 0.25) == pytest.approx(0.75)
    assert affiliation_midpoint(0.5, 0.2) == pytest.approx((0.2 + 1 - 0.1) / 2)
    assert merit_midpoint(0.5, 0.2) == pytest.approx((0.2 + 2) / 4)


def test_a_graded_vote_is_the_target_less_the_midpoint() -> None:
    # The first is more urgent by 0.2, the second shows 0.8 more: the midpoint is 0.2.
    same(vote_for_second((0.9, 0.7), (0.1, 0.9), 0.5), 0.3, 2e-9)
    same(vote_for_second((0.9, 0.7), (0.1, 0.9), 0.0), -0.2, 2e-9)
    same(vote_for_second((0.7, 0.9), (0.9, 0.1), 0.5), -0.3, 2e-9)


def test_a_counted_vote_is_whole() -> None:
    same(vote_for_second((0.9, 0.7), (0.1, 0.9), 0.21, COUNTED), 1, 2e-9)
    same(vote_for_second((0.9, 0.7), (0.1, 0.9), 0.19, COUNTED), -1, 2e-9)
    # At the midpoint itself it is for the more urgent.
    same(vote_for_second((0.75, 0.25), (0.0, 0.5), 0.5, COUNTED), -1, 2e-9)


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("settings", [PLAIN, COUNTED, WEIGHTED])
def test_who_has_at_least_as_much_of_both_gets_a_full_vote(
    target: float, settings: AlignmentSettings
) -> None:
    def vote(urgency: tuple[float, float], level: tuple[float, float]) -> float:
        return vote_for_second(urgency, level, target, settings)

    same(vote((0.6, 0.5), (0.5, 0.4)), -1, 2e-9)
    same(vote((0.6, 0.5), (0.5, 0.5)), -1, 2e-9)
    same(vote((0.5, 0.6), (0.5, 0.5)), 1, 2e-9)
    assert vote((0.5, 0.5), (0.5, 0.6)) == pytest.approx(1, abs=1e-12)
    assert vote((0.5, 0.5), (0.5, 0.4)) == pytest.approx(-1, abs=1e-12)
    assert vote((0.5, 0.5), (0.5, 0.5)) == 0


def test_rounding_does_not_make_a_difference() -> None:
    same(vote_for_second((0.1 + 0.2, 0.3), (0.4, 0.2), 0.5), -1, 1e-12)
    same(vote_for_second((0.5, 0.3), (0.3, 0.1 + 0.2), 1.0), -1, 2e-9)
    assert vote_for_second((0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2), 1.0) == 0


def test_the_other_midpoints_by_hand() -> None:
    urgency, level = (0.9, 0.4), (0.2, 0.8)
    same(vote_for_second(urgency, level, 1.0, WEIGHTED, "affiliation"), 1 - 0.55, 2e-9)
    for name in ("merit", "moral_deservingness"):
        same(vote_for_second(urgency, level, 1.0, WEIGHTED, name), 1 - 0.55, 2e-9)
    same(vote_for_second((0.9, 0.7), level, 1.0, WEIGHTED, "affiliation"), 1 - 0.28, 2e-9)
    same(vote_for_second((0.9, 0.7), level, 1.0, WEIGHTED, "merit"), 1 - 0.25, 2e-9)
    same(vote_for_second((0.7, 0.9), level[::-1], 1.0, WEIGHTED, "merit"), -0.75, 2e-9)
    same(vote_for_second((0.9, 0.7), level, 1.0, WEIGHTED, "care"), 1 - 0.3, 2e-9)
    same(vote_for_second((0.9, 0.7), level, 1.0, PLAIN, "affiliation"), 1 - 0.3, 2e-9)


pairs = st.tuples(unit, unit).map(sorted).filter(lambda pair: pair[1] > pair[0] + 1e-6)


@given(pairs, pairs, unit)
def test_the_less_urgent_is_likelier_exactly_above_the_midpoint(
    needs: list[float], levels: list[float], target: float
) -> None:
    (less, urgent), (level, more) = needs, levels
    middle = 0.5 + ((urgent - less) - (more - level)) / 2
    assume(abs(target - middle) > 1e-6)
    given = item(a=[level, more], medical_urgency=[urgent, less])
    for settings in (PLAIN, COUNTED):
        found = chances(MIDPOINT, given, {"a": Target(value=target)}, settings)
        assert (found[1] > found[0]) == (target > middle)


def test_attributes_vote_with_their_weight() -> None:
    given = item(a=[0.1, 0.9], b=[0.1, 0.3], medical_urgency=[0.9, 0.7])
    targets = {"a": Target(value=0.5, weight=3), "b": Target(value=0.25, weight=1)}
    # Midpoints 0.2 and 0.5: votes of 0.3 and -0.25 for the second.
    found = MIDPOINT.costs(given, targets, PLAIN)
    same(found, [[0.75 * 0.65, 0.25 * 0.375], [0.75 * 0.35, 0.25 * 0.625]], 1e-9)
    counted = MIDPOINT.costs(given, targets, COUNTED)
    same(counted, [[0.75, 0], [0, 0.25]], 1e-9)


def test_a_tie_goes_to_the_more_urgent_wherever_it_is_listed() -> None:
    targets = {"a": Target(value=0.5), "b": Target(value=0.25)}
    first = chances(MIDPOINT, item(a=[0.1, 0.9], b=[0.1, 0.3], medical_urgency=[0.9, 0.7]), targets)
    assert first[1] > first[0]
    for settings in (COUNTED, COUNTED.model_copy(update={"temperature": 1.0})):
        given = item(a=[0.1, 0.9], b=[0.1, 0.3], medical_urgency=[0.9, 0.7])
        turned = item(a=[0.9, 0.1], b=[0.3, 0.1], medical_urgency=[0.7, 0.9])
        urgent, less = chances(MIDPOINT, given, targets, settings)
        assert urgent > less
        same([urgent, less], [0.5, 0.5], 1e-8)
        same(chances(MIDPOINT, turned, targets, settings), [less, urgent])


def test_a_tie_without_a_more_urgent_is_left_open() -> None:
    given = item(a=[0.1, 0.9], b=[0.3, 0.1], medical_urgency=[0.5, 0.5])
    same(chances(MIDPOINT, given, {"a": Target(value=0), "b": Target(value=1)}), [0.5, 0.5])


@given(steps, steps, steps, steps, unit)
def test_ranges_and_samples_count_by_their_centre(
    one: float, two: float, other_one: float, other_two: float, target: float
) -> None:
    given = item(a=[one, two], medical_urgency=[other_one, other_two])
    found = MIDPOINT.costs(given, {"a": Target(samples=(target, target))}, PLAIN)
    same(found, MIDPOINT.costs(given, {"a": Target(value=target)}, PLAIN))
    found = MIDPOINT.costs(given, {"a": Target(range=(target / 2, target))}, PLAIN)
    same(found, MIDPOINT.costs(given, {"a": Target(value=target * 3 / 4)}, PLAIN))
