from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.deciders.ordering import canonical, groups, rotations
from alignkit.schema import Choice

choices = st.lists(
    st.tuples(st.text("abcAB", min_size=1, max_size=4), st.booleans()),
    min_size=1,
    max_size=9,
    unique_by=lambda pair: pair[0],
).map(
    lambda pairs: [
        Choice(id=str(n), text=text, pinned=pinned) for n, (text, pinned) in enumerate(pairs)
    ]
)


def made(*texts: str) -> list[Choice]:
    """Choices with these texts; one that starts with ! is pinned."""
    return [Choice(id=text, text=text, pinned=text.startswith("!")) for text in texts]


def texts(found: tuple[Choice, ...] | list[Choice]) -> str:
    """The texts one behind the other."""
    return "".join(choice.text for choice in found)


def test_the_canonical_order_is_by_text_with_pinned_choices_last() -> None:
    assert texts(canonical(made("c", "!a", "b", "!0", "a"))) == "abc!0!a"


def test_equal_texts_go_by_id() -> None:
    one, two = Choice(id="1", text="a"), Choice(id="2", text="a")
    assert canonical([two, one]) == canonical([one, two]) == (one, two)


@given(choices, st.randoms())
def test_the_canonical_order_does_not_depend_on_the_given_one(
    given: list[Choice], random: Random
) -> None:
    shuffled = list(given)
    random.shuffle(shuffled)
    assert canonical(shuffled) == canonical(given)
    assert Counter(choice.id for choice in canonical(given)) == Counter(
        choice.id for choice in given
    )


def test_rotations_by_hand() -> None:
    found = [texts(order) for order in rotations(made("a", "b", "c"))]
    assert found == ["abc", "bca", "cab"]


def test_pinned_choices_stay_behind_in_their_order() -> None:
    found = [texts(order) for order in rotations(made("!x", "a", "!y", "b"))]
    assert found == ["ab!x!y", "ba!x!y"]


@pytest.mark.parametrize("given", [["a"], ["!a"], ["!a", "!b"], ["a", "!b"]])
def test_where_nothing_can_be_turned_there_is_one_order(given: list[str]) -> None:
    assert [texts(order) for order in rotations(made(*given))] == ["".join(given)]


@given(choices)
def test_each_unpinned_choice_stands_at_each_place_once(given: list[Choice]) -> None:
    orders = rotations(given)
    free = [choice for choice in given if not choice.pinned]
    fixed = tuple(choice for choice in given if choice.pinned)
    assert len(orders) == max(len(free), 1)
    for place in range(len(free)):
        assert {order[place].id for order in orders} == {choice.id for choice in free}
    assert all(order[len(free) :] == fixed for order in orders)


@pytest.mark.parametrize(
    ("count", "largest", "sizes"),
    [
        (2, 8, [2]),
        (8, 8, [8]),
        (9, 8, [4, 5]),
        (16, 8, [8, 8]),
        (17, 8, [5, 6, 6]),
        (3, 2, [1, 2]),
        (7, 6, [3, 4]),
        (255, 26, [25, 26, 25, 26, 25, 26, 25, 26, 25, 26]),
    ],
)
def test_groups_are_few_and_of_like_size(count: int, largest: int, sizes: list[int]) -> None:
    found = [len(group) for group in groups(made(*(f"{n:03}" for n in range(count))), largest)]
    assert sorted(found) == sorted(sizes)


@given(choices, st.integers(2, 6))
def test_groups_together_are_all_choices_in_their_order(given: list[Choice], largest: int) -> None:
    found = groups(given, largest)
    assert [choice for group in found for choice in group] == given
    sizes = [len(group) for group in found]
    assert max(sizes) <= largest
    assert max(sizes) - min(sizes) <= 1
    assert len(found) == -(-len(given) // largest)
