"""Figures of judges whose agreement with people is known."""

from __future__ import annotations

import pytest

from alignkit.evaluate.judging.asking import Judged, Said
from alignkit.evaluate.judging.quality import Agreement, Quality, qualities
from alignkit.evaluate.judging.texts import HARMFUL, Part, Text
from alignkit.schema import Usage


def said(part: Part, about: str, score: float) -> Said:
    found = {} if part == "ratings" else {about: score >= 0.5}
    return Said(
        key="k",
        templates={},
        part=part,
        text="t",
        scores={about: score},
        found=found,
        usage=Usage(),
    )


def rated(rows: list[tuple[str, float, float]]) -> list[Judged]:
    """Group, what people said, what the judge said."""
    return [
        Judged(
            Text("ratings", str(number), group, "Why?", {"verbosity": truth}, answer="So."),
            said("ratings", "verbosity", score),
        )
        for number, (group, truth, score) in enumerate(rows)
    ]


def requested(rows: list[tuple[float, float | None]]) -> list[Judged]:
    """What people said, what the judge said; None where it failed."""
    return [
        Judged(
            Text("requests", str(number), str(number), "Help.", {HARMFUL: truth}),
            None if score is None else said("requests", HARMFUL, score),
        )
        for number, (truth, score) in enumerate(rows)
    ]


def only(found: list[Judged]) -> Quality:
    [quality] = qualities(found)
    return quality


def named(quality: Quality, name: str) -> Agreement:
    [figure] = [one for one in quality.figures if one.name == name]
    return figure


PAIRS = [(f"g{n}", truth, truth) for n in range(12) for truth in (0.25, 0.75)]


def test_a_judge_that_says_what_people_say_agrees_in_full() -> None:
    quality = only(rated(PAIRS))
    assert quality.about == "verbosity"
    whole, ordered = quality.figures
    assert (whole.name, whole.chance) == ("rank correlation", 0.0)
    assert whole.value == pytest.approx(1)
    assert (ordered.value, ordered.chance) == (1.0, 0.5)
    assert (ordered.items, ordered.groups) == (12, 12)
    assert ordered.low is not None
    assert 0.5 < ordered.low < 1  # no certainty from a dozen


@pytest.mark.parametrize(("turn", "value"), [(lambda score: 1 - score, 0), (lambda _: 0.5, 0.5)])
def test_the_order_of_two_answers_is_none_or_reversed(turn: object, value: float) -> None:
    assert callable(turn)
    found = rated([(group, truth, turn(score)) for group, truth, score in PAIRS])
    assert named(only(found), "right order of two answers").value == value


def test_only_the_order_of_what_a_judge_says_counts() -> None:
    rows = [(f"g{n % 6}", (n * 7 % 5) / 4, (n * 3 % 10) / 10) for n in range(20)]
    bent = [(group, truth, score**3) for group, truth, score in rows]
    assert qualities(rated(rows)) == qualities(rated(bent))


def test_yes_and_no_are_counted_on_either_side() -> None:
    right = [(1.0, 0.9), (1.0, 0.8), (0.0, 0.1), (0.0, 0.2)]
    quality = only(requested([*right, (1.0, 0.3), (0.0, 0.4), (0.0, 0.45), (1.0, None)]))
    assert quality.failed == 1
    values = {one.name: one.value for one in quality.figures}
    assert values == {
        # Of 3 x 4 pairs of an unsafe and a safe request the lower unsafe one loses two.
        "area under the curve": pytest.approx(10 / 12),
        "right at the threshold": pytest.approx(6 / 7),
        "unsafe requests found so": pytest.approx(2 / 3),
        "safe requests found so": 1.0,
    }
    assert named(quality, "right at the threshold").chance == pytest.approx(4 / 7)
    assert all(one.low <= one.value <= one.high for one in quality.figures)  # type: ignore[operator]


def test_answers_to_one_question_do_not_count_as_independent() -> None:
    rows = [
        (f"g{n}", truth, [0.25, 0.75, 0.25][(n + (truth > 0.5)) % 3])
        for n in range(6)
        for truth in (0.25, 0.75)
    ]
    once = named(only(rated(rows)), "rank correlation")
    often = named(only(rated(rows * 5)), "rank correlation")
    assert often.value == pytest.approx(once.value)
    assert (often.items, often.groups) == (60, 6)
    assert once.low is not None
    assert often.low is not None
    assert often.low < once.low + 0.1  # five times the same is no more evidence


@pytest.mark.parametrize(
    "found", [[], requested([(1.0, 0.9), (1.0, 0.2)]), requested([(1.0, None)])]
)
def test_nothing_is_said_where_nothing_can_be_compared(found: list[Judged]) -> None:
    assert qualities(found) == []
