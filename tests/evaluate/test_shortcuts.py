from __future__ import annotations

import pytest

from alignkit.evaluate.repeats import repeats
from alignkit.evaluate.rules import rules
from alignkit.evaluate.shortcuts import Score, Shortcuts, shortcuts
from alignkit.schema import Choice, Scenario


def item(
    number: int,
    texts: tuple[str, ...] = ("one", "two"),
    values: tuple[float | None, ...] = (0.0, 1.0),
    **changes: object,
) -> Scenario:
    choices = tuple(
        Choice(id=f"c{place}", text=text, values=None if value is None else {"care": value})
        for place, (text, value) in enumerate(zip(texts, values, strict=True))
    )
    fields = {"id": f"s{number}", "context": f"Case {number}.", "question": "Which?"}
    return Scenario.model_validate({**fields, "choices": choices, **changes})


def scored(found: Shortcuts, rule: str, level: str = "high") -> Score:
    [one] = [score for score in found.scores if (score.rule, score.level) == (rule, level)]
    return one


def test_a_place_that_is_always_right_is_far_from_chance() -> None:
    found = shortcuts([item(n, (f"a{n}", f"b{n}")) for n in range(40)], "care")
    last, first = scored(found, "last"), scored(found, "first")
    assert (last.share, last.chance, last.items, last.far) == (1.0, 0.5, 40, True)
    assert last.interval[0] > 0.9
    assert (first.share, first.far) == (0.0, True)
    assert scored(found, "last", "low").share == 0.0
    assert found.places == {"high": (0.0, 1.0), "low": (1.0, 0.0)}
    assert found.worst == last
    best = found.best("low")
    assert best is not None
    assert (best.rule, best.share) == ("first", 1.0)


def test_even_places_are_near_chance() -> None:
    items = [item(n, (f"a{n}", f"b{n}"), (n % 2, 1 - n % 2)) for n in range(40)]
    found = shortcuts(items, "care")
    assert not found.far
    assert found.worst is None
    assert scored(found, "first").share == 0.5


def test_items_of_one_group_are_no_independent_evidence() -> None:
    """Forty copies of one item give nothing away that one does not."""
    found = shortcuts([item(n, group="g") for n in range(40)], "care")
    assert found.groups == 1
    assert not found.far
    assert scored(found, "last").interval == (0.0, 1.0)


def test_length_is_a_shortcut() -> None:
    items = [item(n, ("x" * (n + 3), "y" * (n + 9))[:: 1 - 2 * (n % 2)]) for n in range(40)]
    values = [(0.0, 1.0), (1.0, 0.0)]
    items = [item(n, tuple(c.text for c in i.choices), values[n % 2]) for n, i in enumerate(items)]
    found = shortcuts(items, "care")
    assert scored(found, "longest").share == 1.0
    assert scored(found, "first").share == 0.5
    assert found.worst is not None
    assert found.worst.rule == "longest"


def test_repeated_texts_names_and_words_are_tried_once() -> None:
    """What picks the same as an earlier rule says nothing new."""
    texts = [("Treat Patient A", f"Go {'far ' * (n % 2 * 9)}") for n in range(20)]
    same = [item(n, pair, entities=("Patient A", "Patient B")) for n, pair in enumerate(texts)]
    mixed = [one if n % 2 else turned(one) for n, one in enumerate(same)]
    assert [rule.name for rule in rules(mixed)] == [
        "first",
        "last",
        "longest",
        "shortest",
        "text 'Treat Patient A'",
        "text 'Go'",
        "text 'Go far far far far far far far far far'",
        "word 'go'",
    ]


def test_a_name_is_tried_where_the_texts_around_it_differ() -> None:
    items = [
        item(n, (f"Treat Patient A at {n}", f"Wait {n}"), entities=("Patient A",))
        for n in range(20)
    ]
    mixed = [one if n % 3 else turned(one) for n, one in enumerate(items)]
    names = [rule for rule in rules(mixed) if rule.name == "name 'Patient A'"]
    longest = next(rule for rule in rules(mixed) if rule.name == "longest")
    assert names == []  # it is the longest in each
    assert len(longest.picks) == 20


def turned(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update={"choices": scenario.choices[::-1]})


def test_a_word_in_a_part_of_the_items_is_found_with_its_count() -> None:
    items = [
        item(n, (f"it is never {n}", f"it is so {n}") if n < 20 else (f"p{n}", f"q{n}"), values)
        for n in range(40)
        for values in [(0.0, 1.0) if n < 20 or n % 2 else (1.0, 0.0)]
    ]
    found = shortcuts(items, "care")
    never = scored(found, "word 'never'")
    assert (never.items, never.share, never.far) == (20, 0.0, True)


def test_a_rule_that_several_choices_follow_takes_one_of_them() -> None:
    items = [item(n, ("same", "size", "longer"), (1.0, 0.0, 0.0)) for n in range(10)]
    found = shortcuts(items, "care")
    assert scored(found, "shortest").share == 0.5
    assert scored(found, "shortest").chance == pytest.approx(1 / 3)
    assert scored(found, "longest", "low").share == 1.0
    assert scored(found, "longest", "low").chance == pytest.approx(2 / 3)


def test_items_without_differing_values_do_not_count() -> None:
    items = [item(0), item(1, values=(1.0, 1.0)), item(2, values=(None, 1.0))]
    assert shortcuts(items, "care").items == 1
    none = shortcuts(items[1:], "care")
    assert (none.items, none.scores, none.places, none.scale) == (0, (), {}, False)
    assert none.best("high") is None


def test_steps_of_a_scale_give_nothing_away() -> None:
    items = [item(n, tags={"scale": "0-1"}) for n in range(40)]
    found = shortcuts(items, "care")
    assert found.scale
    assert scored(found, "last").share == 1.0
    assert found.far == ()


# Repeats

LONG = (
    "A bridge has come down after the flood and two engineers argue over who inspected the "
    "northern pillar last spring before the contract ended"
)


def test_equal_items_are_found_whatever_case_blanks_and_order() -> None:
    one = item(1, context="The  Same case.")
    other = item(2, ("Two", "one"), context="the same case.")
    found = repeats([one, item(3, ("red", "blue"), question="Now?"), other])
    assert found.equal == (("s1", "s2"),)
    assert found.near == ()


def test_nearly_equal_items_are_found_unless_they_are_a_group() -> None:
    one = item(1, context=LONG)
    other = item(2, ("red", "blue"), context=LONG.replace("two", "three"))
    [near] = repeats([one, item(3, ("six", "ten"), question="Now?"), other]).near
    assert (near.one, near.other) == ("s1", "s2")
    assert near.contained > 0.7
    together = [found.model_copy(update={"group": "g"}) for found in (one, other)]
    assert repeats(together).near == ()


def test_frames_and_twins_are_no_repeats() -> None:
    words = ("red", "blue", "green", "white", "black", "grey")
    items = [item(n, (f"all {word}", f"no {word}"), context=LONG) for n, word in enumerate(words)]
    assert repeats(items).near == ()
    twin = items[0].model_copy(update={"id": "s0 (mirrored)", "group": "s0"})
    assert repeats([*items, twin]).equal == ()
