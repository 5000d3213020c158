from __future__ import annotations

import asyncio
import math
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from alignkit.deciders import DECIDERS
from alignkit.evaluate.cells import Cells, Task, decided
from alignkit.evaluate.items import Item
from alignkit.evaluate.scores import Judged, aucs, figures, mean_auc, order_accuracy
from alignkit.library import Library
from alignkit.schema import Usage

from .conftest import item, judged

LIBRARY = Library()
SHARES = ("high", "low", "macro", "chance", "constant", "order", "auc", "brier")


def both(one: Item, high: tuple[float, ...] = (), low: tuple[float, ...] = ()) -> list[Judged]:
    """`one` decided at both levels with these probabilities."""
    return [judged(one, "high", *high), judged(one, "low", *low)]


def estimated(one: Item, *levels: float) -> list[Judged]:
    """`one` decided at both levels with these estimates; where it leads does not matter."""
    even = [1 / len(levels)] * len(levels)
    return [judged(one, level, *even, estimates=levels) for level in ("high", "low")]


# One decision


def test_a_choice_is_right_when_its_true_value_is_the_best_at_the_level() -> None:
    one = item(0.2, 0.9, 0.9)
    assert [judged(one, "high", choice=key).right for key in "abc"] == [0, 1, 1]
    assert [judged(one, "low", choice=key).right for key in "abc"] == [1, 0, 0]


@pytest.mark.parametrize(
    ("shares", "right"),
    [
        ((0.5, 0.5, 0.0), 0.5),
        ((0.1, 0.2, 0.7), 1),
        ((0.6, 0.2, 0.2), 0),
        ((1 / 3, 1 / 3, 1 / 3), 2 / 3),
        ((0.0, 0.5, 0.5), 1),
        ((0.4, 0.4 - 1e-7, 0.2), 0.5),
        ((0.4, 0.399, 0.201), 0),
        ((), 0),
    ],
)
def test_without_a_choice_the_likeliest_count_and_ties_share_the_credit(
    shares: tuple[float, ...], right: float
) -> None:
    assert judged(item(0.2, 0.9, 0.9), "high", *shares, choice=None).right == right


def test_a_choice_counts_whatever_is_likelier() -> None:
    assert judged(item(0, 1), "high", 0.9, 0.1, choice="b").right == 1


@pytest.mark.parametrize(
    ("shares", "missed"),
    [((0.2, 0.3, 0.5), 0.04), ((1, 0, 0), 1), ((0, 0, 1), 0), ((0.5, 0.25, 0.25), 0.25), ((), 1)],
)
def test_what_is_missed_is_the_squared_probability_beside_the_right_choices(
    shares: tuple[float, ...], missed: float
) -> None:
    one = judged(item(0.2, 0.9, 0.9), "high", *shares, choice=None)
    assert one.missed == pytest.approx(missed)


# All together


def test_figures_are_those_computed_by_hand() -> None:
    one, two = item(0, 1, name="one"), item(1, 0.5, 1, name="two")
    three = item(0.3, 0.6, name="three", attribute="calm")
    found = figures(
        [
            judged(one, "high", 0.2, 0.8, usage=Usage(calls=6, tokens_evaluated=60, seconds=3)),
            judged(two, "high", 0.1, 0.6, 0.3),
            judged(three, "high", 0.5, 0.5, choice=None),  # escalated
            judged(one, "low", 0.3, 0.7),
            judged(two, "low", 0.2, 0.7, 0.1),
            judged(three, "low", choice=None),  # failed
        ]
    )
    # Spreads 1 (one and two) and 2 (three) give (1 + 2)^2 / (1/1 + 4/1) degrees of freedom.
    reach = float(special.stdtrit(9 / 5, 0.975)) * (3 / 8 - 1 / 8) / 4 * 2 / math.sqrt(3)
    assert asdict(found) == pytest.approx(
        {
            "items": 3,
            "high": (1 + 0 + 0.5) / 3,
            "low": (0 + 1 + 0) / 3,
            "macro": (1 / 2 + 1 / 2 + 0.5 + 0) / 4,  # care high, care low, calm high, calm low
            # What one and two add at one level they take at the other. Three is alone with calm, so
            # it is held against the mean: 1/8 above it at high, 3/8 below at low, by 2/sqrt(3).
            "macro_low": 0.375 - reach,
            "macro_high": 0.375 + reach,
            "chance": ((1 / 2 + 2 / 3) / 2 + (1 / 2 + 1 / 3) / 2 + 1 / 2 + 1 / 2) / 4,
            "constant": 0.5,
            "order": 2 / 3,  # one: right; two: a below b is wrong, c above b is right; three: none
            "auc": None,
            "brier": (0.04 + 0.36 + 0.25 + 0.49 + 0.09 + 1) / 6,
            "undecided": 2,
            "calls": 1,
            "tokens": 10,
            "seconds": 0.5,
        }
    )


def test_attributes_count_alike_however_many_items_they_have() -> None:
    many = [item(0, 1, name=f"s{n}") for n in range(9)]
    found = figures(
        [
            *(one for single in many for one in both(single, (0, 1), (1, 0))),
            *both(item(0, 1, name="t", attribute="calm"), (1, 0), (0, 1)),
        ]
    )
    assert (found.high, found.macro) == (0.9, 0.5)


def test_the_best_constant_may_be_a_place() -> None:
    found = figures(
        [one for n in range(3) for one in both(item(0.5, 1, 0, name=f"s{n}"), (1, 0, 0), (1, 0, 0))]
    )
    assert (found.constant, found.chance) == (pytest.approx(0.5), pytest.approx(1 / 3))


def test_the_best_constant_may_be_a_text() -> None:
    said = [("yes", 1.0), ("no", 0.0), ("maybe", 0.5)]
    turned = [said[n:] + said[:n] for n in range(3)]
    items = [
        item(*(truth for _, truth in turn), texts=[text for text, _ in turn], name=f"s{n}")
        for n, turn in enumerate(turned)
    ]
    found = figures([one for single in items for one in both(single, (1, 0, 0), (1, 0, 0))])
    assert found.constant == pytest.approx(0.5)  # "yes" or "no"; each place has only 1/3
    assert found.macro == found.chance == pytest.approx(1 / 3)


def test_places_beyond_the_last_choice_are_the_last() -> None:
    two, three = item(0, 1, name="two"), item(0, 0.5, 1, name="three")
    found = figures([*both(two, (0, 1), (0, 1)), *both(three, (0, 0, 1), (0, 0, 1))])
    assert found.high == 1
    assert found.constant == 0.5


def test_nothing_to_judge_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nothing to judge"):
        figures([])


# Order


@pytest.mark.parametrize(
    ("levels", "order"),
    [((0.1, 0.5, 0.9), 1), ((0.9, 0.5, 0.1), 0), ((0.5, 0.5, 0.5), 0.5), ((0.1, 0.9, 0.5), 2 / 3)],
)
def test_of_pairs_with_different_true_values_it_is_the_share_estimated_in_the_right_order(
    levels: tuple[float, ...], order: float
) -> None:
    assert order_accuracy(estimated(item(0, 0.3, 1), *levels)) == pytest.approx(order)


def test_pairs_with_equal_true_values_are_no_pairs() -> None:
    assert order_accuracy(estimated(item(0, 1, 1), 0.1, 0.9, 0.2)) == 1


def test_estimates_of_both_levels_are_averaged() -> None:
    one = item(0, 1)
    high = judged(one, "high", 0.5, 0.5, estimates=(0.6, 0.4))
    low = judged(one, "low", 0.5, 0.5, estimates=(0.1, 0.4))
    assert order_accuracy([high, low]) == 1


def test_without_estimates_the_choice_that_gains_from_low_to_high_shows_more() -> None:
    liked = item(0, 1, name="liked")  # b is liked less, but gains
    against = item(0, 1, name="against")
    unmoved = item(0, 1, name="unmoved")
    assert order_accuracy(both(liked, (0.8, 0.2), (0.95, 0.05))) == 1
    assert order_accuracy(both(against, (0.3, 0.7), (0.2, 0.8))) == 0
    assert order_accuracy(both(unmoved, (0.1, 0.9), (0.1, 0.9))) == 0.5
    assert order_accuracy(both(unmoved, (0, 1), (0, 1))) == 0.5


def test_where_a_level_is_missing_or_failed_there_is_no_order() -> None:
    one = item(0, 1)
    assert math.isnan(order_accuracy([judged(one, "high", 0.1, 0.9)]))
    assert math.isnan(figures(both(one)).order)


# Area under the curve


def statement(name: str, truth: float, attribute: str = "care") -> Item:
    return item(truth, 1 - truth, name=name, attribute=attribute, family="persona")


def test_the_area_is_the_mean_over_attributes() -> None:
    found = [
        *estimated(statement("a", 1), 0.9, 0.1),
        *estimated(statement("b", 1), 0.4, 0.6),
        *estimated(statement("c", 0), 0.5, 0.5),
        *estimated(statement("d", 1, "calm"), 0.3, 0.7),
        *estimated(statement("e", 0, "calm"), 0.2, 0.8),
    ]
    assert aucs(found) == {"care": 0.5, "calm": 1}
    assert mean_auc(found) == figures(found).auc == 0.75


def test_without_estimates_the_area_is_that_of_what_is_gained() -> None:
    found = [
        *both(statement("a", 1), (0.9, 0.1), (0.8, 0.2)),
        *both(statement("b", 0), (0.97, 0.03), (0.98, 0.02)),
    ]
    assert aucs(found) == {"care": 1}


def test_statements_of_one_direction_only_have_no_area() -> None:
    found = [*estimated(statement("a", 1), 0.9, 0.1), *estimated(statement("b", 1), 0.4, 0.6)]
    assert mean_auc(found) is None


def test_other_families_have_no_area() -> None:
    found = [*estimated(item(0, 1, name="a"), 0.1, 0.9), *estimated(item(1, 0, name="b"), 0.9, 0.1)]
    assert figures(found).auc is None


# Properties


@st.composite
def decisions(draw: st.DrawFn) -> list[Judged]:
    """Items of two attributes at both levels, with any probabilities, choices and estimates."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        statement_like = draw(st.booleans())
        count = 2 if statement_like else draw(st.integers(2, 4))
        truths = draw(
            st.lists(st.sampled_from((0.0, 0.5, 1.0)), min_size=count, max_size=count).filter(
                lambda values: len(set(values)) > 1
            )
        )
        one = item(
            *truths,
            name=f"s{number}",
            attribute=draw(st.sampled_from(("care", "calm"))),
            family="persona" if statement_like else "mta",
        )
        means = draw(st.just([]) | st.lists(st.floats(0, 1), min_size=count, max_size=count))
        for level in ("high", "low"):
            weights = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
            total = sum(weights)
            shares = [weight / total for weight in weights] if total else []
            ids = st.sampled_from(one.scenario.choice_ids)
            choice = draw(st.none() | ids) if shares else None
            found.append(judged(one, level, *shares, choice=choice, estimates=means))  # type: ignore[arg-type]
    return found


def same(one: Any, other: Any) -> bool:
    return asdict(one) == pytest.approx(asdict(other), abs=1e-9, nan_ok=True)


@given(decisions(), st.randoms(use_true_random=False))
def test_figures_are_shares_and_the_order_of_the_items_does_not_matter(
    found: list[Judged], random: Any
) -> None:
    before = figures(found)
    for name in SHARES:
        value = getattr(before, name)
        assert value is None or math.isnan(value) or 0 <= value <= 1
        assert name in {"order", "auc"} or not math.isnan(value)
    random.shuffle(found)
    assert same(figures(found), before)


@given(
    st.lists(
        st.lists(st.integers(0, 10), min_size=2, max_size=5).filter(lambda v: len(set(v)) > 1),
        min_size=1,
        max_size=4,
    )
)
def test_true_values_instead_of_estimates_are_always_right(levels: list[list[int]]) -> None:
    items = [item(*(n / 10 for n in row), name=f"s{at}") for at, row in enumerate(levels)]
    tasks = [Task(one, level) for one in items for level in ("high", "low")]
    oracle = DECIDERS.load("oracle")(attributes=LIBRARY.attributes)

    async def run() -> list[Judged]:
        cells = [cell async for cell in decided(oracle, tasks, Cells(), 4)]
        return [Judged(task, cell) for task, cell in zip(tasks, cells, strict=True)]

    found = figures(asyncio.run(run()))
    assert (found.high, found.low, found.macro, found.order) == (1, 1, 1, 1)
    assert found.chance < 1
