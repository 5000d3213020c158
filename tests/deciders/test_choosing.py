from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.trace import Trace
from alignkit.prompts import Prompts, Rendered
from alignkit.schema import Choice, ChoiceQuestion, Prompt, Request, Segment
from alignkit.testing import FakeModel, Script

ASKED = Rendered(
    Prompt(segments=(Segment(role="user", depends="scenario", text="Two are hurt."),)), "Which?"
)


def made(count: int, pinned: int = 0) -> list[Choice]:
    """Choices called 000, 001, ..., the last of them pinned, each with a true value."""
    return [
        Choice(id=f"id{n:03}", text=f"{n:03}", pinned=n >= count - pinned, values={"care": 0.5})
        for n in range(count)
    ]


async def chosen(
    choices: Sequence[Choice], script: Script | None = None, in_view: int = 8
) -> tuple[Chosen, list[tuple[str, ...]]]:
    """What comes out, and the ids in each listing that the model was shown."""
    model = FakeModel(script=script)
    found = await choose(Trace(model, Prompts()), Ballot(ASKED, in_view), choices)
    listings = [request.question for request in model.requests]
    assert all(isinstance(listing, ChoiceQuestion) for listing in listings)
    return found, [listing.option_ids for listing in listings]


def by_number(request: Request) -> Mapping[str, float]:
    """A liking that doubles with each number."""
    return {option: 2.0 ** int(option[2:]) for option in request.question.option_ids}


def by_place(request: Request) -> Mapping[str, float]:
    """A liking for the first place only."""
    return {option: 0.5**place for place, option in enumerate(request.question.option_ids)}


async def test_the_model_is_asked_once_per_rotation() -> None:
    _, listings = await chosen(made(3))
    assert listings == [
        ("id000", "id001", "id002"),
        ("id001", "id002", "id000"),
        ("id002", "id000", "id001"),
    ]


async def test_an_exam_is_asked_once_in_its_own_order_however_long_it_is() -> None:
    model = FakeModel(script=by_place)
    choices = made(9)[::-1]
    ballot = Ballot(ASKED, in_view=4, lettered=True)
    found = await choose(Trace(model, Prompts()), ballot, choices)
    [request] = model.requests
    assert isinstance(request.question, ChoiceQuestion)
    assert request.question.lettered
    assert request.question.option_ids == tuple(one.id for one in choices)
    assert max(found.shares, key=lambda choice: found.shares[choice]) == "id008"
    assert found.shift == pytest.approx(0)


async def test_a_pinned_choice_stays_last() -> None:
    _, listings = await chosen(made(3, pinned=1))
    assert listings == [("id000", "id001", "id002"), ("id001", "id000", "id002")]


async def test_what_is_asked_stands_in_every_request() -> None:
    model = FakeModel()
    await choose(Trace(model, Prompts()), Ballot(ASKED, 8), made(3))
    assert {request.prompt for request in model.requests} == {ASKED.prompt}
    assert {request.question.instructions for request in model.requests} == {"Which?"}


async def test_a_liking_for_a_place_is_averaged_out() -> None:
    found, _ = await chosen(made(4), by_place)
    assert found.shares == pytest.approx(dict.fromkeys(found.shares, 0.25))
    assert found.shift == pytest.approx(8 / 15 - 0.25 + 4 / 15 - 0.25)


async def test_a_liking_for_a_choice_stays() -> None:
    found, _ = await chosen(made(3), by_number)
    assert found.shares == pytest.approx({"id000": 1 / 7, "id001": 2 / 7, "id002": 4 / 7})
    assert found.shift == pytest.approx(0, abs=1e-12)


async def test_both_likings_together_leave_that_for_the_choice() -> None:
    def both(request: Request) -> Mapping[str, float]:
        places, numbers = by_place(request), by_number(request)
        return {option: places[option] * numbers[option] for option in places}

    found, _ = await chosen(made(3), both)
    assert found.shares == pytest.approx({"id000": 1 / 7, "id001": 2 / 7, "id002": 4 / 7})
    assert found.shift > 0.1


async def test_a_tournament_by_hand() -> None:
    found, listings = await chosen(made(4), by_number, in_view=2)
    assert listings == [
        *(("id000", "id001"), ("id001", "id000"), ("id002", "id003"), ("id003", "id002")),
        *(("id001", "id003"), ("id003", "id001")),
    ]
    final = {"id001": 2 / 10, "id003": 8 / 10}
    assert found.shares == pytest.approx(
        {
            "id000": final["id001"] / 3,
            "id001": final["id001"] * 2 / 3,
            "id002": final["id003"] / 3,
            "id003": final["id003"] * 2 / 3,
        }
    )


async def test_a_choice_alone_in_its_group_goes_on_unasked() -> None:
    found, listings = await chosen(made(3), by_number, in_view=2)
    assert listings == [
        *(("id001", "id002"), ("id002", "id001")),
        *(("id000", "id002"), ("id002", "id000")),
    ]
    assert found.shares == pytest.approx(
        {"id000": 1 / 5, "id001": 4 / 5 / 3, "id002": 4 / 5 * 2 / 3}
    )


async def test_equal_choices_of_a_group_send_the_same_one_on_whatever_their_order() -> None:
    def equal(request: Request) -> Mapping[str, float]:
        return dict.fromkeys(request.question.option_ids, 1.0)

    choices = made(4)
    for order in (choices, choices[::-1], [choices[2], choices[0], choices[3], choices[1]]):
        _, listings = await chosen(order, equal, in_view=2)
        assert listings[4:] == [("id001", "id003"), ("id003", "id001")]


async def test_the_largest_shift_of_any_round_counts() -> None:
    def only_the_final_leans(request: Request) -> Mapping[str, float]:
        ids = request.question.option_ids
        final = set(ids) == {"id001", "id003"}
        return by_place(request) if final else by_number(request)

    final, _ = await chosen(made(4), only_the_final_leans, in_view=2)
    assert final.shift == pytest.approx(2 / 3 - 1 / 2)

    def only_a_heat_leans(request: Request) -> Mapping[str, float]:
        heat = set(request.question.option_ids) == {"id000", "id001"}
        return by_place(request) if heat else by_number(request)

    heat, _ = await chosen(made(4), only_a_heat_leans, in_view=2)
    assert heat.shift == pytest.approx(2 / 3 - 1 / 2)


async def test_255_choices_are_decided_in_rounds() -> None:
    found, listings = await chosen(made(255), by_number_gently)
    assert len(found.shares) == 255
    assert math.fsum(found.shares.values()) == pytest.approx(1, abs=1e-9)
    assert max(len(listing) for listing in listings) <= 8
    assert max(found.shares, key=lambda choice: found.shares[choice]) == "id254"
    assert len(listings) == 255 + 32 + 4


def by_number_gently(request: Request) -> Mapping[str, float]:
    """A liking that grows by a hundredth with each number."""
    return {option: 1.01 ** int(option[2:]) for option in request.question.option_ids}


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 20), st.integers(0, 3), st.integers(2, 8), st.randoms())
async def test_shares_sum_to_1_and_do_not_depend_on_the_order(
    count: int, pinned: int, in_view: int, random: Random
) -> None:
    choices = made(count, min(pinned, count))
    shuffled = list(choices)
    random.shuffle(shuffled)
    found, listings = await chosen(choices, in_view=in_view)
    again, _ = await chosen(shuffled, in_view=in_view)
    assert found.shares.keys() == {choice.id for choice in choices}
    assert math.fsum(found.shares.values()) == pytest.approx(1, abs=1e-9)
    assert all(share >= 0 for share in found.shares.values())
    assert again.shares == pytest.approx(found.shares, abs=1e-9)
    assert again.shift == pytest.approx(found.shift, abs=1e-9)
    assert 0 <= found.shift <= 1
    assert max(len(listing) for listing in listings) <= in_view
