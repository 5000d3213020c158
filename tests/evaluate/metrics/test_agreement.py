"""How often people agreed with the machine, by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from alignkit.evaluate.metrics.agreement import agreements
from alignkit.schema import Outcome, Review
from alignkit.testing.runs import Pair, made


def pair(
    number: int, probabilities: dict[str, float], outcome: Outcome = "escalated", **more: str
) -> Pair:
    truths: dict[str, dict[str, float]] = {key: {} for key in probabilities}
    likely = max(probabilities, key=lambda key: probabilities[key])
    return made(f"s{number}", truths, likely, probabilities=probabilities, outcome=outcome, **more)


def said(pairs: list[Pair], choices: list[str | None]) -> dict[str, Review]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return {
        result.decision: Review(choice=choice, note="So.", by="ann", made=now)
        for (_, result), choice in zip(pairs, choices, strict=True)
    }


def test_a_share_with_its_interval_chance_and_best_constant_answer() -> None:
    pairs = [pair(n, {"a": 0.6, "b": 0.4}) for n in range(4)]
    [found] = agreements(pairs, said(pairs, ["a", "a", "a", "b"]))
    assert (found.share.value, found.share.n, found.share.groups) == (0.75, 4, 4)
    assert (found.share.chance, found.share.constant) == (0.5, 0.75)
    assert found.share.interval is not None
    assert 0.1 < found.share.interval.low < 0.75 < found.share.interval.high < 1
    assert found.escalated


def test_no_choice_right_agrees_with_none_and_a_tie_counts_in_equal_parts() -> None:
    pairs = [pair(0, {"a": 0.6, "b": 0.4}), pair(1, {"a": 0.5, "b": 0.5})]
    [found] = agreements(pairs, said(pairs, [None, "b"]))
    assert found.share.value == 0.25


def test_what_people_looked_at_unasked_stands_apart_and_the_rest_does_not_count() -> None:
    pairs = [
        pair(0, {"a": 0.6, "b": 0.4}),
        pair(1, {"a": 0.9, "b": 0.1}, "decided"),
        pair(2, {"a": 0.9, "b": 0.1}, "decided"),
    ]
    found = agreements(pairs, said(pairs[:2], ["b", "a"]))
    assert [(one.escalated, one.share.value, one.share.n) for one in found] == [
        (True, 0.0, 1),
        (False, 1.0, 1),
    ]


def test_methods_and_profiles_are_told_apart() -> None:
    pairs = [
        pair(0, {"a": 0.6, "b": 0.4}, profile="kind"),
        pair(0, {"a": 0.6, "b": 0.4}, profile="strict"),
        pair(0, {"a": 0.6, "b": 0.4}, profile="kind", decider="instructed"),
    ]
    found = agreements(pairs, said(pairs, ["a", "b", "b"]))
    assert [(one.profile, one.method.decider, one.share.value) for one in found] == [
        ("kind", "baseline", 1.0),
        ("kind", "instructed", 0.0),
        ("strict", "baseline", 0.0),
    ]
