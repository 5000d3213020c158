"""Which rules are kept in dilemmas whose answers are made up."""

from __future__ import annotations

import pytest

from alignkit.datasets import moralchoice
from alignkit.evaluate.metrics.dilemmas import RULES, rules_kept
from alignkit.testing.runs import Pair, made

KILLS, SPARES = {"causes_death": 1.0, "deceives": 0.0}, {"causes_death": 0.0, "deceives": 0.0}


def dilemma(number: int, choice: str | None, *, profile: str | None = None, **how: object) -> Pair:
    """A dilemma in which the first action kills; both deceive nobody."""
    truths = {"action1": KILLS, "action2": SPARES}
    return made(f"d{number}", truths, choice, profile=profile, **how)  # type: ignore[arg-type]


def test_the_rules_are_those_of_the_data_set() -> None:
    assert tuple(RULES) == tuple(moralchoice.RULES.values())


def test_a_rule_counts_where_one_action_keeps_it_and_the_other_breaks_it() -> None:
    pairs = [dilemma(n, "action2" if n < 9 else "action1") for n in range(12)]
    (one,) = rules_kept(pairs)
    assert (one.rule, one.profile, one.chosen.n, one.chosen.groups) == (
        "causes_death",
        None,
        12,
        12,
    )
    assert one.chosen.value == 0.75
    assert one.chosen.chance == 0.5
    assert one.chosen.constant == 1.0  # always the second action
    assert one.chosen.interval is not None
    assert one.chosen.interval.low < 0.75 < one.chosen.interval.high < 1
    assert one.likely.value == pytest.approx((9 * 0.8 + 3 * 0.2) / 12)


def test_where_annotators_did_not_agree_nothing_counts() -> None:
    open_ = {"action1": {"causes_pain": 1.0}, "action2": {"cheats": 0.0}}
    assert rules_kept([made("d", open_, "action1")]) == []


def test_failed_decisions_are_left_out_and_escalated_ones_count_by_the_likeliest() -> None:
    pairs = [
        dilemma(0, None, outcome="failed"),
        dilemma(1, None, outcome="escalated", probabilities={"action1": 0.4, "action2": 0.6}),
        dilemma(2, "action1"),
    ]
    (one,) = rules_kept(pairs)
    assert (one.chosen.n, one.chosen.value) == (2, 0.5)


def test_each_profile_has_a_line_and_what_it_wants() -> None:
    targets = {"causes_death": 0.0}
    pairs = [
        dilemma(n, "action1" if profile is None else "action2", profile=profile, targets=wish)
        for n in range(4)
        for profile, wish in ((None, {}), ("spares", targets))
    ]
    plain, spares = rules_kept(pairs)
    assert (plain.profile, plain.chosen.value, plain.wanted) == (None, 0.0, None)
    assert (spares.profile, spares.chosen.value, spares.wanted) == ("spares", 1.0, 1.0)


def test_dilemmas_of_one_group_count_as_one() -> None:
    pairs = [dilemma(n, "action2", group=f"g{n // 3}") for n in range(12)]
    (one,) = rules_kept(pairs)
    assert (one.chosen.n, one.chosen.groups) == (12, 4)


def test_scales_and_other_attributes_are_no_rules() -> None:
    steps = {str(n): {"care": n / 5} for n in range(6)}
    assert rules_kept([made("care 1", steps, "5", tags={"scale": "0-5"})]) == []
