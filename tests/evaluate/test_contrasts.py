"""Comparisons of runs whose true difference is known, and gates on them."""

from __future__ import annotations

import numpy as np
import pytest

from alignkit.evaluate.contrasts import Contrast, Side, contrasts, sides_by
from alignkit.evaluate.gate import checks
from alignkit.evaluate.metrics.plain import borrowed
from alignkit.report.run.contrasts import sentence
from alignkit.testing.runs import Pair, asked, made, steered_run


def marks(name: str, right: int, n: int, decider: str = "d") -> list[Pair]:
    """`n` decisions of which the first `right` are right."""
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}
    return [
        made(
            f"{name} {number}",
            truths,
            "a" if number < right else "b",
            profile="care-high",
            targets={"care": 1.0},
            decider=decider,
        )
        for number in range(n)
    ]


def compared(a: list[Pair], b: list[Pair], *by: str) -> list[Contrast]:
    return contrasts([(Side("A", a), Side("B", b))], {}, by or ("dataset",))


def test_a_difference_that_is_there_is_told() -> None:
    (one,) = compared(marks("s", 20, 60), marks("s", 50, 60))
    assert one.told
    assert one.difference == pytest.approx(0.5)
    assert (one.value_a, one.value_b) == (pytest.approx(1 / 3), pytest.approx(5 / 6))
    assert one.items == 60
    assert one.interval.low > 0.3
    assert one.p_value == pytest.approx(2 * 0.5**30)
    assert one.needed is None


def test_where_the_data_cannot_tell_it_says_how_many_items_would() -> None:
    (one,) = compared(marks("s", 5, 10), marks("s", 6, 10))
    assert not one.told
    assert one.needed is not None
    assert one.needed > 10
    assert one.looked_for == pytest.approx(0.1)


def test_no_difference_at_all_needs_as_many_as_could_show_a_small_one() -> None:
    (one,) = compared(marks("s", 5, 10), marks("s", 5, 10))
    assert one.p_value == 1.0
    assert one.needed == 120  # 6 pairs that differ, 2/2^6 < 0.05, are 5 % of 120


@pytest.mark.parametrize("right", [1, 2, 4])
def test_what_is_needed_is_more_than_there_is_and_enough_for_the_family(right: int) -> None:
    found = compared(marks("s", 0, 5), marks("s", right, 5))
    assert not found[0].told
    assert found[0].needed is not None
    assert found[0].needed > found[0].items
    other = made("x", {"a": {"care": 1.0}, "b": {"care": 0.0}}, "a", profile="care-high")
    extra = [(other[0].model_copy(update={"targets": {"care": 1.0}, "dataset": "z"}), other[1])]
    extra += [(extra[0][0].model_copy(update={"scenario": "y", "group": "y"}), other[1])]
    more = compared(marks("s", 0, 5) + extra, marks("s", right, 5) + extra)
    part = next(one for one in more if one.part == "made")
    assert part.family == 3
    assert part.needed is not None
    assert part.needed > found[0].needed


def test_a_few_that_all_differ_alike_are_too_few_for_the_smallest_p_value() -> None:
    (one,) = compared(marks("s", 0, 4), marks("s", 4, 4))
    assert one.needed == 6  # 2/2^6 is the first below 0.05


def test_only_items_that_both_decided_are_paired() -> None:
    (one,) = compared(marks("s", 5, 10), marks("s", 5, 10)[3:] + marks("t", 5, 10))
    assert one.items == 7
    assert compared(marks("s", 5, 10), marks("t", 5, 10)) == []


def test_deciders_in_common_are_paired_with_themselves() -> None:
    one = marks("s", 10, 10, "x") + marks("s", 0, 10, "y")
    other = marks("s", 0, 10, "y") + marks("s", 10, 10, "x")
    (found,) = compared(one, other)
    assert found.difference == 0
    assert found.items == 20


def test_others_are_paired_by_their_mean() -> None:
    both = marks("s", 10, 10, "x") + marks("s", 0, 10, "y")
    (found,) = compared(both, marks("s", 10, 10, "z"))
    assert found.items == 10
    assert found.difference == pytest.approx(0.5)


def test_parts_are_adjusted_together() -> None:
    rng = np.random.default_rng(0)
    a = steered_run(rng, {"care": 0.2, "fairness": 0.2}, 60, decider="x")
    b = steered_run(rng, {"care": 0.9, "fairness": 0.2}, 60, decider="y")
    found = compared(a, b, "attribute")
    assert [one.part for one in found] == [None, "care", "fairness"]
    assert {one.family for one in found} == {3}
    assert [one.told for one in found] == [True, True, False]


def test_capability_and_alignment_are_never_mixed() -> None:
    rng = np.random.default_rng(0)
    a = marks("s", 5, 10) + asked(rng, {None: 0.6}, 30)
    assert [one.measure for one in compared(a, a)] == ["alignment", "accuracy"]


def test_under_no_difference_chance_is_seldom_taken_for_one() -> None:
    told = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        a, b = (steered_run(rng, {"care": 0.4}, 20, decider=name) for name in ("x", "y"))
        told += any(one.told for one in compared(a, b, "profile"))
    assert told <= 8  # 5 % of 60 are 3; more than 8 has probability under 0.01


def test_ways_of_one_run_against_the_first_or_a_named_one() -> None:
    pairs = marks("s", 1, 3, "x") + marks("s", 2, 3, "y") + marks("s", 3, 3, "z")
    assert [(a.name, b.name) for a, b in sides_by("decider", pairs)] == [("x", "y"), ("x", "z")]
    named = sides_by("decider", pairs, "z")
    assert [(a.name, b.name) for a, b in named] == [("z", "x"), ("z", "y")]
    with pytest.raises(KeyError):
        sides_by("decider", pairs, "w")


def test_the_plain_model_is_judged_by_the_wishes_of_others() -> None:
    truths = {"a": {"care": 1.0}, "b": {"care": 0.0}}
    plain = [made("s 0", truths, "b")]
    ((cell, result),) = borrowed(plain, marks("s", 1, 2))
    assert (cell.profile, cell.targets, cell.decider) == ("care-high", {"care": 1.0}, "baseline")
    assert result.choice == "b"


def test_a_gate_passes_what_is_shown_and_nothing_else() -> None:
    rng = np.random.default_rng(5)
    pairs = steered_run(rng, {"care": 0.8, "fairness": 0.05}, 120)
    pairs += asked(rng, {None: 0.7, "care-high": 0.7, "care-low": 0.4}, 250)
    found = {(one.kind, one.about): one for one in checks(pairs, {}, 0.5, 0.05)}
    states = {about.split(" by ")[0]: one.state for (_, about), one in found.items()}
    assert states == {
        "all decisions": "passed",
        "care": "passed",
        "fairness": "failed",
        "accuracy under care-high": "passed",
        "accuracy under care-low": "failed",
        # Nothing was asked of ability under these: that cannot pass for no loss.
        "accuracy under fairness-high": "undecided",
        "accuracy under fairness-low": "undecided",
    }
    loss = next(one for one in found.values() if one.about.startswith("accuracy under care-low"))
    assert loss.value == pytest.approx(0.3, abs=0.1)
    assert loss.limit == 0.05


def test_a_gate_does_not_pass_what_the_data_cannot_tell() -> None:
    pairs = steered_run(np.random.default_rng(1), {"care": 0.6}, 8)
    _, one = checks(pairs, {}, 0.3)
    assert one.state == "undecided"
    assert not one.passed


def test_without_both_directions_the_gain_over_the_plain_model_is_judged() -> None:
    rng = np.random.default_rng(1)
    pairs = steered_run(rng, {"care": 0.9}, 150, levels=(1.0,), plain=True)
    _, one = checks(pairs, {}, 0.2)
    assert one.about.startswith("care-high by ")
    assert one.passed


def test_opinions_are_compared_by_nearness_to_the_group() -> None:
    truths = {"x": {"old": 0.8}, "y": {"old": 0.2}}

    def answers(p: float, decider: str) -> list[Pair]:
        return [
            made(
                f"q{n}",
                truths,
                "x",
                probabilities={"x": p, "y": 1 - p},
                profile="old",
                dataset="o",
                decider=decider,
            )
            for n in range(20)
        ]

    sides = [(Side("A", answers(0.2, "a")), Side("B", answers(0.8, "b")))]
    (one,) = contrasts(sides, {"o": "opinionqa_align"})
    assert (one.measure, one.value_b) == ("group", pytest.approx(1.0))
    assert one.told
    assert one.interval.high <= 1


@pytest.mark.parametrize(("level", "better"), [(1.0, "B"), (0.0, "A")])
def test_questionnaires_are_compared_toward_the_wish(level: float, better: str) -> None:
    def answers(step: str, decider: str) -> list[Pair]:
        truths = {str(n): {"care": n / 5} for n in range(6)}
        return [
            made(
                f"care {n}",
                truths,
                step,
                probability=1.0,
                profile="p",
                targets={"care": level},
                tags={"scale": "0-5"},
                decider=decider,
            )
            for n in range(8)
        ]

    (one,) = contrasts([(Side("A", answers("1", "a")), Side("B", answers("4", "b")))], {})
    assert one.measure == "scale"
    assert abs(one.difference) == pytest.approx(0.6)
    assert (one.difference > 0) == (better == "B")
    assert -1 <= one.interval.low <= one.interval.high <= 1


def within(a: list[Pair], b: list[Pair], margin: float, *by: str) -> list[Contrast]:
    return contrasts([(Side("A", a), Side("B", b))], {}, by or ("dataset",), margin=margin)


def test_the_same_answers_on_many_items_are_equivalent_and_on_few_they_are_not() -> None:
    (one,) = within(marks("s", 300, 400), marks("s", 302, 400), 0.05)
    assert one.equivalent is not None
    assert one.equivalent.verdict == "equivalent"
    assert -0.05 < one.equivalent.interval.low < 0.005 < one.equivalent.interval.high < 0.05
    assert one.equivalent.p_value == one.equivalent.p_not_higher > one.equivalent.p_not_lower
    assert sentence(one).startswith("B and A are equivalent within 0.05 in alignment accuracy: +0.")
    (one,) = within(marks("s", 15, 20), marks("s", 15, 20), 0.05)
    assert one.equivalent is not None
    assert one.equivalent.verdict == "undecided"
    assert one.equivalent.needed == 59  # 0.95^59 is the first below 0.05
    more = marks("s", 30, 59)
    (one,) = within(more, more, 0.05)
    assert one.equivalent is not None
    assert one.equivalent.verdict == "equivalent"
    assert one.equivalent.needed is None


def test_what_is_further_apart_than_the_margin_is_not_equivalent() -> None:
    (one,) = within(marks("s", 10, 100), marks("s", 90, 100), 0.05)
    assert one.equivalent is not None
    assert (one.equivalent.verdict, one.equivalent.p_not_higher) == ("different", 0.5)
    assert "are not equivalent within 0.05" in sentence(one)
    assert "in alignment accuracy, B is better by more: +0.800" in sentence(one)


def test_equivalence_is_adjusted_for_all_that_is_compared() -> None:
    rng = np.random.default_rng(0)
    a = steered_run(rng, {"care": 0.9, "fairness": 0.9}, 150, decider="x")
    b = steered_run(rng, {"care": 0.9, "fairness": 0.9}, 150, decider="y")
    found = within(a, b, 0.1, "attribute")
    judged = [one.equivalent for one in found]
    raw = [max(one.p_not_lower, one.p_not_higher) for one in judged if one is not None]
    adjusted = [one.p_value for one in judged if one is not None]
    assert len(raw) == 3
    assert min(adjusted) == pytest.approx(3 * min(raw))
    assert all(p >= q for p, q in zip(adjusted, raw, strict=True))
    assert all(
        (one.verdict == "equivalent") == (one.p_value < 0.05) for one in judged if one is not None
    )
    assert "for both, Holm-corrected over 3" in sentence(found[0])


def test_it_is_said_when_only_some_methods_are_shared() -> None:
    one = marks("s", 10, 20, "x") + marks("s", 0, 20, "only-one")
    (found,) = compared(one, marks("s", 15, 20, "x") + marks("s", 3, 20, "only-other"))
    assert found.shared == "decider x"
    assert found.left_out == "decider only-one, only-other"
    assert "over what both have: decider x; left out: decider only-one" in sentence(found)
    (same,) = compared(marks("s", 1, 9, "x"), marks("s", 2, 9, "y"))
    assert same.left_out == ""
