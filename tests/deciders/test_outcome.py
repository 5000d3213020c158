from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.outcome import Conclusion, conclude
from alignkit.schema import Choice, Escalation, Profile, Scenario


def end(
    *shares: float,
    forbidden: dict[str, str] | None = None,
    ranking: tuple[int, ...] | None = None,
    **escalate: float,
) -> Conclusion:
    """How a case with choices a, b, c, ... ends when they have these probabilities."""
    choices = tuple(Choice(id=sign, text=f"Do {sign}") for sign in "abcdefgh"[: len(shares)])
    scenario = Scenario(id="s", context="x", question="y", choices=choices)
    wish = Escalation.model_validate(escalate) if escalate else None
    profile = Profile(name="p", persona="You are kind.", escalate=wish)
    verdict = Verdict(np.array(shares), ranking=ranking)
    return conclude(Case(scenario, profile, ()), verdict, forbidden or {})


def test_the_likeliest_choice_is_taken() -> None:
    found = end(0.2, 0.7, 0.1)
    assert (found.choice, found.reason) == ("b", None)
    assert found.probabilities.tolist() == pytest.approx([0.2, 0.7, 0.1])
    assert found.confidence == pytest.approx((0.7 - 1 / 3) / (2 / 3))


def test_without_a_profile_nothing_is_escalated_for_lack_of_confidence() -> None:
    choices = (Choice(id="a", text="x"), Choice(id="b", text="y"))
    scenario = Scenario(id="s", context="x", question="y", choices=choices)
    verdict = Verdict(np.array([0.51, 0.49]))
    assert conclude(Case(scenario, None, ()), verdict, {}).choice == "a"


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.4, 0.2, 0.4), (0.5 + 1e-13, 0.5 - 1e-13)])
def test_a_tie_is_left_to_a_person(shares: tuple[float, ...]) -> None:
    found = end(*shares)
    assert (found.choice, found.reason) == (None, "the likeliest choices are exactly tied")
    assert found.probabilities.tolist() == pytest.approx(list(shares))


def test_a_tie_behind_the_likeliest_does_not_matter() -> None:
    assert end(0.4, 0.3, 0.3).choice == "a"
    assert end(0.5 + 1e-9, 0.5 - 1e-9).choice == "a"


def test_a_forbidden_choice_loses_its_probability_to_the_others() -> None:
    found = end(0.6, 0.3, 0.1, forbidden={"a": "no-harm"})
    assert (found.choice, found.reason) == ("b", None)
    assert found.probabilities.tolist() == pytest.approx([0, 0.75, 0.25])
    assert found.confidence == pytest.approx((0.75 - 1 / 3) / (2 / 3))


def test_when_only_one_choice_is_allowed_it_is_taken() -> None:
    found = end(0.6, 0.3, 0.1, forbidden={"a": "x", "b": "y"})
    assert (found.choice, found.confidence) == ("c", 1)
    assert end(1.0, 0.0, forbidden={"a": "x"}).choice == "b"


def test_when_all_probability_was_forbidden_nothing_tells_the_others_apart() -> None:
    found = end(1.0, 0.0, 0.0, forbidden={"a": "x"})
    assert (found.choice, found.reason) == (None, "the likeliest choices are exactly tied")
    assert found.probabilities.tolist() == [0, 0.5, 0.5]


def test_when_every_choice_is_forbidden_the_boundaries_are_named() -> None:
    found = end(0.7, 0.3, 0.0, forbidden={"a": "b2", "b": "b1", "c": "b2"})
    assert (found.choice, found.confidence) == (None, 0)
    assert found.reason == "every choice breaks a boundary (b1, b2)"
    assert found.probabilities.tolist() == [0.7, 0.3, 0]


@pytest.mark.parametrize("last_bits", [(0.0, 0.0), (1e-16, 0.0), (0.0, 1e-16)])
def test_of_equally_likely_choices_the_first_by_text_is_called_the_likeliest(
    last_bits: tuple[float, float],
) -> None:
    choices = (Choice(id="1", text="b"), Choice(id="2", text="a"), Choice(id="3", text="c"))
    scenario = Scenario(id="s", context="x", question="y", choices=choices)
    shares = np.array([0.4, 0.4, 0.2]) + np.array([*last_bits, 0.0])
    best, share = Verdict(shares).likeliest(Case(scenario, None, ()))
    assert best.id == "2"
    assert share == pytest.approx(0.4)


@pytest.mark.parametrize(("threshold", "decided"), [(0.0, True), (0.5, True), (0.5001, False)])
def test_low_confidence_is_left_to_a_person(threshold: float, decided: bool) -> None:  # noqa: FBT001
    found = end(0.75, 0.25, min_confidence=threshold)
    assert (found.choice == "a") is decided
    assert (found.reason is None) is decided


def test_the_reason_names_both_confidences() -> None:
    reason = end(0.6, 0.4, min_confidence=0.25).reason
    assert reason == "confidence 0.20 is below the profile's 0.25"


def test_an_error_rate_cannot_be_promised_without_calibration() -> None:
    found = end(0.9, 0.1, error_rate=0.1, confidence=0.9)
    assert found.choice is None
    assert found.reason == (
        "the profile asks for an error rate of at most 0.1, which cannot be promised without a "
        "calibration of this model, decider and profile (align calibrate)"
    )


def test_a_tie_is_told_before_low_confidence() -> None:
    assert end(0.5, 0.5, min_confidence=0.9).reason == "the likeliest choices are exactly tied"


def test_a_method_with_a_ranking_takes_its_first() -> None:
    found = end(0.5, 0.5, ranking=(1, 0))
    assert (found.choice, found.reason) == ("b", None)


def test_and_the_next_allowed_one_where_that_is_forbidden() -> None:
    assert end(0.25, 0.25, 0.25, 0.25, ranking=(3, 1, 0, 2), forbidden={"d": "x"}).choice == "b"
    found = end(0.25, 0.25, 0.25, 0.25, ranking=(3, 1, 0, 2), forbidden={"d": "x", "b": "x"})
    assert found.choice == "a"
    assert found.probabilities.tolist() == [0.5, 0, 0.5, 0]


def test_low_confidence_counts_for_a_ranking_too() -> None:
    assert end(0.5, 0.5, ranking=(1, 0), min_confidence=0.1).choice is None


weights = st.lists(st.floats(0.01, 1), min_size=2, max_size=6)


@given(weights, st.data())
def test_a_forbidden_choice_is_never_taken(given: list[float], data: st.DataObject) -> None:
    shares = np.array(given) / sum(given)
    ids = "abcdefgh"[: len(given)]
    banned = data.draw(st.sets(st.sampled_from(ids)))
    order = data.draw(st.none() | st.permutations(range(len(given))).map(tuple))
    found = end(*shares.tolist(), forbidden=dict.fromkeys(banned, "x"), ranking=order)
    assert found.choice not in banned
    assert (found.choice is None) != (found.reason is None)
    assert found.probabilities.sum() == pytest.approx(1)
    assert 0 <= found.confidence <= 1
    if len(banned) < len(ids):
        assert all(found.probabilities[ids.index(one)] == 0 for one in banned)


@given(weights, st.data())
def test_the_end_does_not_depend_on_the_order(given: list[float], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(given))))
    shares = np.array(given) / sum(given)
    found: Any = end(*shares.tolist())
    turned = end(*shares[order].tolist())
    assert turned.probabilities.tolist() == pytest.approx(found.probabilities[order].tolist())
    if found.choice is None:
        assert turned.choice is None
    else:
        assert order["abcdefgh".index(turned.choice or "")] == "abcdefgh".index(found.choice)
