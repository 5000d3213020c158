from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alignkit.schema import SCHEMA_VERSION, Decision, Estimate, Evidence, Worked

Mistake = Callable[[type, Any], str]


def fields(**changed: Any) -> dict[str, Any]:
    """The fields of a decision without mistakes."""
    return {
        "id": "1",
        "scenario": "s",
        "profile": "p",
        "decider": "instructed?reasoning=true",
        "model": "fake",
        "outcome": "decided",
        "choice": "a",
        "probabilities": {"a": 0.75, "b": 0.25},
        "confidence": 0.5,
    } | changed


@pytest.mark.parametrize(
    ("outcome", "choice", "reason"),
    [("decided", "a", None), ("escalated", None, "too close"), ("failed", None, "no answer")],
)
def test_each_outcome_has_a_choice_or_a_reason(
    outcome: str, choice: str | None, reason: str | None
) -> None:
    made = Decision.model_validate(fields(outcome=outcome, choice=choice, reason=reason))
    assert (made.outcome, made.choice, made.reason) == (outcome, choice, reason)


@pytest.mark.parametrize(
    ("outcome", "choice", "reason"),
    [("decided", None, None), ("escalated", "a", "too close"), ("failed", "a", "no answer")],
)
def test_a_choice_is_given_exactly_when_decided(
    mistake: Mistake, outcome: str, choice: str | None, reason: str | None
) -> None:
    given = fields(outcome=outcome, choice=choice, reason=reason)
    expected = ": a choice is given exactly when the outcome is 'decided'"
    assert mistake(Decision, given) == expected


@pytest.mark.parametrize(
    ("outcome", "choice", "reason"),
    [("decided", "a", "but"), ("escalated", None, None), ("failed", None, None)],
)
def test_a_reason_is_given_exactly_when_not_decided(
    mistake: Mistake, outcome: str, choice: str | None, reason: str | None
) -> None:
    given = fields(outcome=outcome, choice=choice, reason=reason)
    expected = ": a reason is given exactly when the outcome is not 'decided'"
    assert mistake(Decision, given) == expected


def test_there_are_three_outcomes(mistake: Mistake) -> None:
    message = mistake(Decision, fields(outcome="guessed"))
    assert message == "outcome: Input should be 'decided', 'escalated' or 'failed'"


def test_the_json_of_a_decision_has_the_agreed_fields_in_order() -> None:
    made = Decision.model_validate(fields(estimates={"a": {"care": {"mean": 0.5, "sd": 0.1}}}))
    assert list(made.model_dump(mode="json")) == [
        *("id", "schema_version", "scenario", "profile", "decider", "model", "outcome"),
        *("choice", "probabilities", "confidence", "estimates", "order_shift"),
        *("name_shift", "explanation", "reason", "usage"),
    ]
    assert made.schema_version == SCHEMA_VERSION
    assert made.model_dump(mode="json")["estimates"] == {"a": {"care": {"mean": 0.5, "sd": 0.1}}}
    assert made.model_dump(mode="json")["usage"] == {
        "tokens_submitted": 0,
        "tokens_evaluated": 0,
        "tokens_generated": 0,
        "calls": 0,
        "seconds": 0.0,
    }


def test_the_evidence_is_left_out_of_the_json() -> None:
    made = Decision.model_validate(fields(evidence=Evidence(excluded={"b": "no-harm"})))
    assert made.evidence.excluded == {"b": "no-harm"}
    assert "evidence" not in made.model_dump()
    assert "no-harm" not in repr(made)


def test_a_decision_survives_being_written_as_json() -> None:
    made = Decision.model_validate(
        fields(
            profile=None,
            order_shift=0.1,
            name_shift=0.2,
            explanation="Because.",
            estimates={"a": {"care": Estimate(mean=0.1, sd=0.2)}},
        )
    )
    assert Decision.model_validate_json(made.model_dump_json()) == made


def test_evidence_survives_being_written_as_json() -> None:
    made = Evidence(
        costs={"a": {"care": 0.5}, "b": {"care": 0.25}},
        temperature=0.1,
        relevance={"care": 0.9, "order": 0.1},
        weighed_by={"care": 0.9},
        examples={"care": (Worked(scenario="s", similarity=0.5), Worked(scenario="t"))},
        votes={"a": 1.5, "b": -0.5},
        weights={"baseline": 0.5, "instructed": 0.5},
    )
    assert Evidence.model_validate_json(made.model_dump_json()) == made


def test_what_was_not_looked_at_is_null() -> None:
    fresh = Evidence()
    for field in ("costs", "temperature", "relevance", "weighed_by", "votes", "weights"):
        assert getattr(fresh, field) is None
    assert fresh.examples == {}
    assert Decision.model_validate(fields()).name_shift is None
