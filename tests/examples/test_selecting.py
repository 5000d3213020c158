from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alignkit.errors import BadScenario, UsageError
from alignkit.examples import ExampleSettings, Pool, Selector, Shot, Similarity, select
from alignkit.schema import Scenario

from .conftest import CARE, Placed, scenario

ITEM = scenario("0 degrees", values=(None, None), id="item")
WAYS = ("random", "similar", "spanning")


def at(degrees: int, *values: float) -> Scenario:
    return scenario(f"{degrees} degrees", values or (0.0, 1.0), id=str(degrees))


def chosen(candidates: Sequence[Scenario], item: Scenario = ITEM, **settings: object) -> list[str]:
    return [shot.scenario.id for shot in shots(candidates, item, **settings)]


def shots(
    candidates: Sequence[Scenario], item: Scenario = ITEM, **settings: object
) -> tuple[Shot, ...]:
    wanted = ExampleSettings.model_validate(settings)
    return select(candidates, item, CARE, wanted, Similarity(Placed()))


TEN = [at(degrees) for degrees in (50, 10, 90, 30, 70, 20, 80, 40, 60, 5)]


def test_the_defaults_show_none() -> None:
    assert ExampleSettings() == ExampleSettings(
        shots=0, selection="spanning", seed=0, nearest_last=True
    )
    assert chosen(TEN) == []
    assert chosen([]) == []


@pytest.mark.parametrize("settings", [{"shots": -1}, {"shots": 101}, {"selection": "best"}])
def test_settings_are_checked(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ExampleSettings.model_validate(settings)


def test_the_most_similar_stand_last_or_first() -> None:
    assert chosen(TEN, shots=3, selection="similar") == ["20", "10", "5"]
    assert chosen(TEN, shots=3, selection="similar", nearest_last=False) == ["5", "10", "20"]


def test_shots_tell_their_similarity() -> None:
    found = shots(TEN, shots=2, selection="similar")
    assert [round(shot.similarity, 4) for shot in found] == [0.9848, 0.9962]


def test_equally_similar_ones_come_by_their_texts() -> None:
    same = [
        scenario("7 degrees", choices=("x", text), id=id_)
        for id_, text in (("a", "third"), ("b", "first"), ("c", "second"))
    ]
    assert chosen(same, shots=3, selection="similar", nearest_last=False) == ["b", "c", "a"]


def test_spanning_takes_the_nearest_of_every_level() -> None:
    candidates = [
        *(at(1, 0.0, 0.0), at(2, 0.0, 0.0), at(3, 0.25, 0.25), at(40, 0.5, 0.5)),
        *(at(60, 0.75, 0.75), at(5, 0.75, 0.75), at(80, 1.0, 1.0), at(90, 1.0, 1.0)),
    ]
    assert chosen(candidates, shots=5) == ["80", "40", "5", "3", "1"]


def test_spanning_begins_with_the_ends_then_the_middle() -> None:
    candidates = [at(n, value, value) for n, value in enumerate((0.0, 0.25, 0.5, 0.75, 1.0))]
    found = [set(chosen(candidates, shots=count)) for count in range(1, 6)]
    assert found == [
        {"0"},
        {"0", "4"},
        {"0", "4", "2"},
        {"0", "4", "2", "1"},
        {"0", "4", "2", "1", "3"},
    ]


def test_spanning_counts_every_level_that_an_example_shows() -> None:
    candidates = [at(1, 0.0, 1.0), at(2, 0.0, 1.0), at(80, 0.5, 0.5)]
    assert chosen(candidates, shots=2) == ["80", "1"]


def test_spanning_goes_on_where_levels_are_missing() -> None:
    candidates = [at(1, 1.0, 1.0), at(2, 1.0, 1.0), at(3, 0.75, 1.0)]
    assert chosen(candidates, shots=3) == ["3", "2", "1"]


def test_random_depends_on_seed_and_texts() -> None:
    drawn = {seed: chosen(TEN, shots=4, selection="random", seed=seed) for seed in range(10)}
    assert len({tuple(one) for one in drawn.values()}) > 5
    renamed = ITEM.model_copy(update={"id": "x", "choices": tuple(reversed(ITEM.choices))})
    assert chosen(TEN, renamed, shots=4, selection="random") == drawn[0]
    other = ITEM.model_copy(update={"question": "And now?"})
    assert chosen(TEN, other, shots=4, selection="random") != drawn[0]


def test_random_draws_each_equally_often() -> None:
    items = [ITEM.model_copy(update={"question": f"Question {n}?"}) for n in range(300)]
    drawn = [one for item in items for one in chosen(TEN, item, shots=2, selection="random")]
    for candidate in TEN:
        assert 35 < drawn.count(candidate.id) < 90


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_candidates_has_no_part_in_it(way: str) -> None:
    rng = random.Random(3)  # noqa: S311
    values = [[rng.random(), rng.random()] for _ in TEN]
    candidates = [at(n * 7, *pair) for n, pair in enumerate(values)]
    found = chosen(candidates, shots=5, selection=way)
    for _ in range(10):
        rng.shuffle(candidates)
        assert chosen(candidates, shots=5, selection=way) == found


@given(
    st.lists(st.lists(st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0)), min_size=2, max_size=3)),
    st.integers(0, 8),
    st.sampled_from(WAYS),
)
def test_as_many_different_ones_as_asked_for(
    values: list[list[float]], wanted: int, way: str
) -> None:
    candidates = [at(n, *row) for n, row in enumerate(values)]
    if len(candidates) < wanted:
        with pytest.raises(UsageError):
            chosen(candidates, shots=wanted, selection=way)
        return
    found = shots(candidates, shots=wanted, selection=way)
    assert len({shot.scenario.id for shot in found}) == len(found) == wanted
    if way != "random":
        near = [shot.similarity for shot in found]
        assert near == sorted(near)
    if way == "spanning":
        occurring = {
            level for one in shots(candidates, shots=len(candidates)) for level in one.numbers
        }
        shown = {level for shot in found for level in shot.numbers}
        assert len(shown) >= min(wanted, len(occurring))


def test_candidates_without_labels_are_passed_over() -> None:
    plain = scenario("1 degree", values=(0.5, None), id="plain")
    assert chosen([plain, at(5)], shots=1) == ["5"]
    with pytest.raises(UsageError) as caught:
        chosen([plain, at(5)], shots=2)
    assert str(caught.value) == (
        "2 examples of 'care' are asked for, but only 1 may be shown with 'item': it and what "
        "nearly equals it are left out. Set shots=1 or less, or add examples."
    )


def test_where_none_is_left_more_are_needed() -> None:
    with pytest.raises(UsageError, match=r"left out\. Add examples\.$"):
        chosen([], shots=2)


class TestSelector:
    def test_it_never_shows_the_scenario(self, placed: Similarity) -> None:
        copies = [scenario("0 degrees", id="copy"), at(5)]  # 5 is masked like the A of Patient A
        pool = Pool([*TEN[:9], *copies])
        selector = Selector(pool, ExampleSettings(shots=9, selection="similar"), placed)
        found = {shot.scenario.id for shot in selector.shots(ITEM, CARE)}
        assert found == {one.id for one in TEN[:9]}
        with pytest.raises(UsageError, match="only 9 may be shown with 'item'"):
            Selector(pool, ExampleSettings(shots=10), placed).shots(ITEM, CARE)

    def test_groups_are_left_out(self, placed: Similarity) -> None:
        selector = Selector(
            Pool(TEN),
            ExampleSettings(shots=3, selection="similar"),
            placed,
            lambda _, other: int(other.id) < 50,
        )
        found = [shot.scenario.id for shot in selector.shots(ITEM, CARE)]
        assert found == ["70", "60", "50"]

    def test_it_compares_by_words_where_nothing_else_is_given(self) -> None:
        near = scenario("A nurse hands out bandages in the ward.", id="near")
        far = scenario("Trains leave the station every hour.", id="far")
        item = scenario("The doctor and the nurse count bandages.", id="item")
        selector = Selector(Pool([far, near]), ExampleSettings(shots=1, selection="similar"))
        assert [shot.scenario.id for shot in selector.shots(item, CARE)] == ["near"]

    def test_without_shots_it_asks_for_nothing(self) -> None:
        assert Selector(Pool([]), ExampleSettings()).shots(ITEM, CARE) == ()

    def test_a_pool_without_labels_is_told(self, placed: Similarity) -> None:
        pool = Pool([scenario("1 degree", values=(None, None))])
        with pytest.raises(BadScenario, match="None of the 1 examples"):
            Selector(pool, ExampleSettings(shots=1), placed).shots(ITEM, CARE)
