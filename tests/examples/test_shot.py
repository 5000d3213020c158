from __future__ import annotations

from collections import Counter

import pytest

from alignkit.examples import Shot, ShotLevel
from alignkit.schema import Choice

from .conftest import CARE, scenario


@pytest.mark.parametrize(
    ("value", "number"),
    [(0.0, 1), (0.12, 1), (0.13, 2), (0.25, 2), (0.5, 3), (0.74, 4), (0.88, 5), (1.0, 5)],
)
def test_a_value_becomes_the_nearest_level(value: float, number: int) -> None:
    shot = Shot.of(scenario(values=(value, value)), CARE, 0.5, seed=0)
    assert {(level.number, level.word) for level in shot.levels} == {
        (number, CARE.levels[number - 1])
    }
    assert shot.numbers == {number}
    assert shot.similarity == 0.5


def test_every_choice_is_shown_with_its_own_level() -> None:
    shot = Shot.of(scenario(values=(0.0, 0.5, 1.0)), CARE, 0.0, seed=0)
    assert sorted(shot.levels) == [
        ShotLevel("option 1", 1, "none"),
        ShotLevel("option 2", 3, "some"),
        ShotLevel("option 3", 5, "most"),
    ]
    texts = {choice.id: choice.text for choice in shot.scenario.choices}
    assert [texts[choice] for choice in shot.choice_ids] == [level.text for level in shot.levels]


def test_a_place_is_no_sign_of_a_level() -> None:
    shots = [Shot.of(scenario(f"Case {n}."), CARE, 0.0, seed=0) for n in range(400)]
    firsts = Counter(shot.levels[0].number for shot in shots)
    assert 150 < firsts[1] < 250
    assert firsts[1] + firsts[5] == 400


def test_the_order_depends_on_texts_and_seed_only() -> None:
    one = scenario(values=(0.0, 0.25, 0.5, 0.75, 1.0))
    other = one.model_copy(update={"id": "other", "choices": tuple(reversed(one.choices))})
    assert Shot.of(one, CARE, 0.0, 0).levels == Shot.of(other, CARE, 0.0, 0).levels
    assert len({Shot.of(one, CARE, 0.0, seed).levels for seed in range(20)}) > 5


def test_pinned_choices_stay_behind() -> None:
    pinned = Choice(id="none", text="a: none of these", values={"care": 0.5}, pinned=True)
    for n in range(20):
        one = scenario(f"Case {n}.")
        with_pinned = one.model_copy(update={"choices": (pinned, *one.choices)})
        assert Shot.of(with_pinned, CARE, 0.0, 0).choice_ids[-1] == "none"
