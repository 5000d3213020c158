from __future__ import annotations

from alignkit.evaluate.rightness import extreme, taken


def test_the_choice_that_was_made_is_the_one_that_is_taken() -> None:
    assert taken("b", {"a": 0.9, "b": 0.1}) == {"b": 1.0}


def test_without_a_choice_the_likeliest_ones_share() -> None:
    assert taken(None, {"a": 0.4, "b": 0.4, "c": 0.2}) == {"a": 0.5, "b": 0.5}
    assert taken(None, {}) == {}


def test_ties_for_the_extreme_are_all_right() -> None:
    truths = {"a": 1.0, "b": 0.2, "c": 1.0}
    assert extreme(truths, high=True) == {"a", "c"}
    assert extreme(truths, high=False) == {"b"}
