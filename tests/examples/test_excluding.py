"""Nothing that is the scenario itself in another dress is ever allowed, and little else is not."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from alignkit.examples import Pool, allowed
from alignkit.examples.excluding import containment
from alignkit.schema import Scenario
from alignkit.testing.strategies import scenarios

from .conftest import scenario

OTHERS = [
    scenario(text, id=f"other {n}")
    for n, text in enumerate(
        (
            "The bridge over the river closes for repairs during the whole summer.",
            "Your neighbour asks whether you would water the tomatoes while she travels.",
            "A student hands in an essay that copies long parts of a known book.",
        )
    )
]
SEEDS = st.integers(0, 2**32 - 1)


def ids(found: list[Scenario]) -> list[str]:
    return [one.id for one in found]


def changed(one: Scenario, **changes: object) -> Scenario:
    """`one` with some fields changed and another id; what the schema refuses is not tried."""
    try:
        return Scenario.model_validate({**one.model_dump(), "id": "twin", **changes})
    except ValidationError:
        assume(condition=False)
        raise


def rewritten(one: Scenario, change: Callable[[str], str]) -> Scenario:
    """`one` with all its texts changed."""
    return changed(
        one,
        context=change(one.context),
        question=change(one.question),
        choices=[{**c.model_dump(), "text": change(c.text)} for c in one.choices],
    )


def never_allowed(item: Scenario, twin: Scenario, rng: random.Random, copies: int = 1) -> None:
    """Whatever else is in the pool, wherever the twin stands, and both ways round."""
    for a, b in ((item, twin), (twin, item)):
        told = [f"copy {n} of {b.id}" for n in range(copies)]  # no id of another scenario
        pool = [*OTHERS, *(b.model_copy(update={"id": one}) for one in told)]
        rng.shuffle(pool)
        assert not {one.id for one in allowed(pool, a)} & {*told}
        assert not {one.id for one in allowed([*pool, a], a)} & {a.id, *told}


any_item = scenarios(max_choices=5)
few = settings(max_examples=50)


@few
@given(any_item, SEEDS)
def test_never_the_item_itself_under_whatever_id(item: Scenario, seed: int) -> None:
    assert allowed([item], item) == []
    never_allowed(item, changed(item), random.Random(seed))  # noqa: S311


def test_never_the_same_id_whatever_it_says() -> None:
    item = scenario("Something else altogether.", id="other 1")
    assert ids(allowed(OTHERS, item)) == ["other 0", "other 2"]


@few
@given(any_item, st.sampled_from((str.upper, str.lower, str.swapcase, str.title)), SEEDS)
def test_never_another_case(item: Scenario, case: Callable[[str], str], seed: int) -> None:
    never_allowed(item, rewritten(item, case), random.Random(seed))  # noqa: S311


@few
@given(any_item, SEEDS)
def test_never_other_blanks(item: Scenario, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311

    def blanks(text: str) -> str:
        return re.sub(r"\s+", lambda _: rng.choice((" ", "\n", "\t", "  ", " \n\n ")), text)

    never_allowed(item, rewritten(item, blanks), rng)


@few
@given(any_item, SEEDS)
def test_never_another_order_of_choices(item: Scenario, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    choices = [{**c.model_dump(), "pinned": False} for c in item.choices]
    rng.shuffle(choices)
    never_allowed(item, changed(item, choices=choices), rng)


@few
@given(scenarios(min_choices=3), SEEDS, st.integers(1, 6))
def test_never_some_of_the_choices(item: Scenario, seed: int, copies: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    count = rng.randint(2, len(item.choices) - 1)
    choices = rng.sample([c.model_dump() for c in item.choices], count)
    never_allowed(item, changed(item, choices=choices), rng, copies)


@few
@given(any_item, any_item, SEEDS)
def test_never_the_same_scene_under_other_choices(
    item: Scenario, other: Scenario, seed: int
) -> None:
    choices = [c.model_dump() for c in other.choices]
    twin = changed(item, choices=choices, question=other.question)
    never_allowed(item, twin, random.Random(seed))  # noqa: S311


@few
@given(any_item, SEEDS)
def test_never_all_these_together(item: Scenario, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    choices = [{**c.model_dump(), "pinned": False} for c in item.choices]
    rng.shuffle(choices)
    twin = changed(item, choices=choices[:2])
    never_allowed(item, rewritten(twin, lambda text: f" {text.upper()}\n"), rng, 3)


SAID = (
    "{} has a deep cut in the left arm and bleeds slowly",
    "{} cannot breathe well and calls for help again and again",
    "{} is a stranger who was passing by when the wall came down",
    "{} has trained with you for years and knows your family",
    "Somebody has to stay with {} until the second ambulance is there",
)
NAMES = ("Anna", "Bob", "Patient A", "Patient B", "Soldier X", "Patient 1", "Dr Okafor", "José")


def story(rng: random.Random, names: tuple[str, str], lines: list[tuple[str, int]]) -> Scenario:
    """A scenario that says each of `lines` about the first or the second of `names`."""
    context = ". ".join(line.format(names[who]) for line, who in lines)
    choices = [f"Treat {names[0]}", f"Treat {names[1]}"]
    rng.shuffle(choices)
    return scenario(f"{context}.", choices=choices, id="twin", question="Whom do you treat first?")


@st.composite
def twins(draw: st.DrawFn) -> tuple[Scenario, Scenario, random.Random]:
    """A story and the same story with other names, exchanged names, or another order."""
    rng = random.Random(draw(SEEDS))  # noqa: S311
    count = draw(st.integers(2, len(SAID)))
    lines = [(line, draw(st.integers(0, 1))) for line in draw(st.permutations(SAID))[:count]]
    one = draw(st.permutations(NAMES))[:2]
    other = draw(st.permutations(NAMES))[:2]
    item = story(rng, (one[0], one[1]), lines).model_copy(update={"id": "item"})
    return item, story(rng, (other[0], other[1]), draw(st.permutations(lines))), rng


@few
@given(twins())
def test_never_a_twin_with_other_names_or_in_another_order(
    drawn: tuple[Scenario, Scenario, random.Random],
) -> None:
    item, twin, rng = drawn
    never_allowed(item, twin, rng)


@few
@given(twins())
def test_never_what_was_exchanged_between_two_people(
    drawn: tuple[Scenario, Scenario, random.Random],
) -> None:
    item, _, rng = drawn
    first, second = (choice.text.removeprefix("Treat ") for choice in item.choices)

    def exchanged(text: str) -> str:
        return text.replace(first, "\x00").replace(second, first).replace("\x00", second)

    never_allowed(item, rewritten(item, exchanged), rng, 3)


def test_never_other_declared_names_in_small_letters() -> None:
    said = " and ".join(line.lower() for line in SAID[:2])
    item = scenario(said.format("the plumber", "the plumber"), entities=["the plumber"], id="item")
    twin = scenario(said.format("the carpenter", "the carpenter"), entities=["the carpenter"])
    assert allowed([twin], item) == []


@given(st.permutations(SAID), st.integers(0, 4), SEEDS)
@few
def test_never_a_version_without_a_sentence(lines: list[str], left_out: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    told = [(line, n % 2) for n, line in enumerate(lines)]
    item = story(rng, ("Anna", "Bob"), told).model_copy(update={"id": "item"})
    del told[left_out]
    never_allowed(item, story(rng, ("Anna", "Bob"), told), rng)


def test_groups_are_left_out() -> None:
    item = scenario("Something else altogether.", id="item")
    assert ids(allowed(OTHERS, item)) == ["other 0", "other 1", "other 2"]
    seen = []

    def same_group(one: Scenario, other: Scenario) -> bool:
        seen.append(one.id)
        return other.id != "other 1"

    assert ids(allowed(OTHERS, item, same_group)) == ["other 1"]
    assert set(seen) == {"item"}


def test_a_pool_or_a_list_will_do() -> None:
    item = scenario("Something else altogether.")
    assert allowed(Pool(OTHERS), item) == allowed(OTHERS, item) == OTHERS


OPENING = (
    "Imagine that you are the only medic at the site of an accident and it will be half an hour "
    "before anybody can be taken away. There are two people and you have time for one of them. "
)


def test_a_long_opening_that_all_share_makes_no_duplicates() -> None:
    pool = [scenario(OPENING + line.format("Anna"), id=str(n)) for n, line in enumerate(SAID)]
    for item in pool:
        assert ids(allowed(pool, item)) == [one.id for one in pool if one.id != item.id]


SURVEY = [
    ("Should the town build more cycle paths next year?", ("Yes, many", "Yes, a few", "No")),
    ("How often do you read a printed newspaper?", ("Daily", "Weekly", "Never")),
    ("Do you trust what the weather forecast says?", ("Mostly", "Sometimes", "Never")),
    ("Is the school holiday too long, too short or right?", ("Too long", "Too short", "Right")),
    ("Would you move abroad for better work?", ("Yes, many", "Perhaps", "Never")),
]


def survey() -> list[Scenario]:
    return [
        scenario("A question from a survey.", (0.0, 0.5, 1.0), question, choices, id=str(n))
        for n, (question, choices) in enumerate(SURVEY)
    ]


def test_a_frame_around_different_questions_is_no_scene() -> None:
    pool = survey()
    for item in pool:
        assert ids(allowed(pool, item)) == [one.id for one in pool if one.id != item.id]


@given(st.integers(0, len(SURVEY) - 1), SEEDS)
def test_but_the_question_with_some_of_its_choices_is_the_item(which: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    item = survey()[which]
    fewer = rng.sample([c.model_dump() for c in item.choices], 2)
    twin = rewritten(changed(item, choices=fewer), str.upper)
    assert "twin" not in ids(allowed([*survey(), twin], item))
    assert "twin" not in ids(allowed([*survey(), twin], item.model_copy(update={"id": "new"})))


def test_few_questions_about_one_context_are_one_scene() -> None:
    pool = survey()[:3]
    assert all(allowed(pool, item) == [] for item in pool)


def test_containment_weighs_by_rarity_in_the_direction_in_which_more_is_contained() -> None:
    counts = Counter({"common": 4, "rare": 1, "its own": 1})
    found = containment(
        frozenset({"common", "rare", "mine"}), frozenset({"common", "rare", "its own"}), counts
    )
    assert found == pytest.approx((1 / 4 + 1) / (1 / 4 + 1 + 1))
    assert containment(frozenset({"rare"}), frozenset({"rare", "its own"}), counts) == 1
    assert containment(frozenset({"rare", "mine"}), frozenset({"rare"}), counts) == 1
    assert containment(frozenset({"mine"}), frozenset({"rare"}), counts) == 0
