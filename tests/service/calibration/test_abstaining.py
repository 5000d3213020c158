from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignkit.errors import BadRecord, UsageError
from alignkit.prompts import Prompts
from alignkit.schema import Escalation
from alignkit.schema.abstention import Abstention
from alignkit.service.calibration.abstaining import (
    JudgedAnswer,
    Way,
    learn_abstention,
)
from alignkit.service.calibration.kept_answers import abstention_for, write_abstention
from alignkit.testing import FakeModel, FakeSettings
from alignkit.writing.abstaining import Worth, calibrated, reason_to_abstain

WISH = Escalation(error_rate=0.3, confidence=0.9)
SETTINGS = {"samples": 5, "temperature": 0.8}
PROMPTS = Prompts()


def way(**given: Any) -> Way:
    """How answers of the made-up model are checked by what it knows."""
    return Way(FakeModel(FakeSettings(**given)).identity, "knowledge", SETTINGS)


def boastful(count: int, seed: int = 0, each: int = 1) -> list[JudgedAnswer]:
    """Answers of a model that is right as often as half its log-odds say."""
    rng = np.random.default_rng(seed)
    found = []
    for group in range(count):
        raw = float(rng.uniform(0.02, 0.98))
        true = 1 / (1 + ((1 - raw) / raw) ** 0.5)
        found += [JudgedAnswer(raw, bool(rng.random() < true), f"q{group}")] * each
    return found


def learned(judged: list[JudgedAnswer], **given: Any) -> tuple[Abstention, str]:
    """What these teach."""
    return learn_abstention(judged, way(), PROMPTS, "judged.jsonl", **given)


def test_a_boastful_model_learns_modesty() -> None:
    found, reason = learned(boastful(300))
    assert (found.kind, found.threshold, reason) == ("temperature", None, "")
    assert 1.5 < found.temperature < 2.7
    assert found.after.brier < found.before.brier
    assert calibrated(0.9, found) == pytest.approx(0.75, abs=0.08)
    assert [one.name for one in found.templates] == ["agreement", "knowledge", "sample_answer"]


def test_many_answers_teach_a_curve() -> None:
    found, _ = learned(boastful(600))
    assert found.kind == "isotonic"
    assert found.probabilities is not None
    assert calibrated(0.9, found) == pytest.approx(0.75, abs=0.1)


def test_a_threshold_keeps_the_error_rate_as_often_as_it_promises() -> None:
    wish = Escalation(error_rate=0.4, confidence=0.9)
    raw = np.linspace(0.02, 0.98, 200)
    wrong = 1 - 1 / (1 + ((1 - raw) / raw) ** 0.5)
    kept, broken = 0, 0
    for seed in range(12):
        found, reason = learned(boastful(300, seed), wish=wish)
        threshold = found.threshold
        assert (threshold is None) is bool(reason)
        if threshold is None:
            continue
        assert threshold.errors / threshold.kept <= threshold.bound <= 0.4
        assert found.examples == threshold.examples == 150
        given = [not reason_to_abstain(calibrated(one, found), wish, found) for one in raw.tolist()]
        kept += 1
        broken += bool(wrong[given].mean() > 0.4)
    assert kept >= 6
    # At most one in ten breaks it on average; more than 4 of 12 come once in 200 times.
    assert broken <= 4


def test_answers_of_one_question_are_not_parted_and_count_once_in_the_test() -> None:
    found, _ = learned(boastful(200, each=3), wish=WISH)
    assert found.examples == 300
    if found.threshold:
        assert found.threshold.examples == 100
    again, _ = learned(boastful(200, each=3), wish=WISH)
    assert again.model_copy(update={"created": found.created}) == found


def test_a_model_that_is_always_wrong_is_promised_nothing() -> None:
    judged = [JudgedAnswer(0.9, n % 4 == 0, f"q{n}") for n in range(200)]
    found, reason = learned(judged, wish=WISH)
    assert found.threshold is None
    assert "no threshold keeps errors at 0.3" in reason
    assert reason_to_abstain(0.99, WISH, found).startswith("the profile asks for an error rate")


def test_too_few_to_test_on_are_told() -> None:
    strict = Escalation(error_rate=0.01, confidence=0.95)
    found, reason = learned(boastful(100), wish=strict)
    assert found.threshold is None
    left = "50 questions are left to test it on whose answer is supported"
    assert reason == f"{left}, and 299 are needed"


def cautious(count: int, seed: int) -> list[JudgedAnswer]:
    """Of a model that supports one answer in three, wrong in 0.3 whatever their probability.

    Of those that it does not support, 0.95 are right, and none is given.
    """
    rng = np.random.default_rng(seed)
    found = []
    for group in range(count):
        raw = float(rng.uniform(0.5, 0.95) if rng.random() < 1 / 3 else rng.uniform(0.02, 0.49))
        right = bool(rng.random() < (0.7 if raw >= 0.5 else 0.95))
        one = JudgedAnswer(raw, right, f"q{group}", supported=None, strongest=raw)
        found.append(one)
    return found


def test_answers_that_are_never_given_have_no_part_in_a_promise() -> None:
    wish = Escalation(error_rate=0.2, confidence=0.9)
    false = 0
    for seed in range(20):
        found, _ = learned(cautious(400, seed), wish=wish)
        assert found.examples == 200  # all of them teach what a probability is worth
        if found.threshold is not None:
            assert found.threshold.examples < 120
            false += 1
    # At most one in ten is promised too much on average; more than 5 of 20 come once in 90 times.
    assert false <= 5


@pytest.mark.parametrize("worth", [Worth(), Worth(4.0)])
def test_with_sources_it_is_known_whether_an_answer_is_given(worth: Worth) -> None:
    one = JudgedAnswer(0.2, right=True, group="q", supported=False)
    assert not one.given(worth)
    assert replace(one, supported=True).given(worth)
    weak = replace(one, supported=None, strongest=0.4)
    assert not weak.given(worth)
    assert replace(weak, strongest=0.6).given(worth)


@pytest.mark.parametrize(("wish", "needed"), [(None, 30), (WISH, 60)])
def test_too_few_to_learn_from_are_refused(wish: Escalation | None, needed: int) -> None:
    with pytest.raises(UsageError, match=f"29 judged questions .* at least {needed}"):
        learned(boastful(29, each=2), wish=wish)


def test_what_was_learned_is_found_again_for_the_same_way_alone(tmp_path: Path) -> None:
    found, _ = learned(boastful(60))
    path = write_abstention(tmp_path, found)
    assert path.parent == tmp_path / "answers"
    model = FakeModel()

    def known(**change: Any) -> Abstention | None:
        given = {"model": model, "check": "knowledge", "settings": SETTINGS, "prompts": PROMPTS}
        return abstention_for(tmp_path, **(given | change))

    assert known() == found
    assert known(model=FakeModel(FakeSettings(seed=1))) is None
    assert known(check="sources") is None
    assert known(settings=SETTINGS | {"samples": 6}) is None
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "knowledge.j2").write_text("{% block question %}True?{% endblock %}")
    assert known(prompts=Prompts(tmp_path / "own")) is None
    path.write_text("{")
    with pytest.raises(BadRecord):
        known()


@settings(max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_calibration_keeps_the_order(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert calibrated(low, None) == low
    for one in (TEMPERED, STEPPED):
        assert 0 <= calibrated(low, one) <= calibrated(high, one) + 1e-9 <= 1 + 1e-9


TEMPERED, STEPPED = learned(boastful(60))[0], learned(boastful(520))[0]


@pytest.mark.parametrize(
    ("wish", "probability", "reason"),
    [
        (None, 0.0, ""),
        (Escalation(min_confidence=0.6), 0.8, ""),
        (Escalation(min_confidence=0.6), 0.79, "confidence 0.58 is below 0.6"),
        (Escalation(min_confidence=0.6), 0.1, "confidence 0.00 is below 0.6"),
        (WISH, 1.0, "the profile asks for an error rate of at most 0.3"),
    ],
)
def test_without_labelled_answers(wish: Escalation | None, probability: float, reason: str) -> None:
    found = reason_to_abstain(probability, wish, None)
    assert found.startswith(reason)
    assert bool(found) is bool(reason)


def test_a_threshold_serves_weaker_wishes_only() -> None:
    found, _ = learned(boastful(1200), wish=WISH)
    sure = 1.0
    weaker = Escalation(error_rate=0.4, confidence=0.8)
    assert reason_to_abstain(sure, weaker, found) == ""
    for stronger in (
        {"error_rate": 0.1, "confidence": 0.9},
        {"error_rate": 0.3, "confidence": 0.95},
    ):
        assert reason_to_abstain(sure, Escalation(**stronger), found)
    assert "is right with probability 0.10" in reason_to_abstain(0.1, WISH, found)
