from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignkit.deciders.calibrating import (
    attribute_hash,
    cooled,
    level_of,
    levelled,
    profile_hash,
    temperature,
    threshold_for,
)
from alignkit.deciders.case import Case, Costs, Verdict
from alignkit.deciders.outcome import conclude
from alignkit.library import Library
from alignkit.schema import (
    AttributeCalibration,
    Calibration,
    Choice,
    DeciderIdentity,
    Escalation,
    LevelMap,
    ModelIdentity,
    Profile,
    Reliability,
    Scenario,
    Target,
    Threshold,
)
from alignkit.schema.calibration import ProbabilityMap
from alignkit.stats.probability import Floats, softmax

ATTRIBUTES = Library().attributes
FAIRNESS, CARE = ATTRIBUTES["fairness"], ATTRIBUTES["care"]
NOTHING = Reliability(brier=0.2, calibration_error=0.1, bins=())
TURNED = LevelMap(raw=(0.0, 1.0), level=(1.0, 0.0))
STEPS = ProbabilityMap(raw=(0.1, 0.9), probability=(0.3, 0.7))


def learned(**changes: Any) -> AttributeCalibration:
    fields = {"kind": "temperature", "source": "x", "examples": 60, "scenarios": 30}
    whole = {"sha256": attribute_hash(FAIRNESS), "before": NOTHING, "after": NOTHING}
    return AttributeCalibration.model_validate({**fields, **whole, **changes})


def calibration(*thresholds: Threshold, **attributes: AttributeCalibration) -> Calibration:
    return Calibration(
        created=datetime.now(UTC),
        model=ModelIdentity(name="fake", backend="fake"),
        decider=DeciderIdentity(name="baseline"),
        templates=(),
        attributes=attributes,
        thresholds=thresholds,
    )


def case(count: int = 2, **targets: float | Target) -> Case:
    choices = tuple(Choice(id=sign, text=f"Do {sign}") for sign in "abcdef"[:count])
    scenario = Scenario(id="s", context="x", question="y", choices=choices)
    profile = Profile.model_validate({"name": "p", "persona": "You.", "targets": targets})
    return Case(scenario, profile, tuple(ATTRIBUTES[name] for name in targets))


def verdict(*costs: float) -> Verdict:
    table: Floats = np.array([costs]).T
    return Verdict(softmax(-table[:, 0] / 0.1), costs=Costs(("fairness",), table, 0.1))


def test_estimates_are_mapped_attribute_by_attribute() -> None:
    raw = np.array([[0.2, 0.3], [0.9, 0.4]])
    found = levelled(calibration(fairness=learned(estimates=TURNED)), (FAIRNESS, CARE), raw)
    assert found == pytest.approx(np.array([[0.8, 0.3], [0.1, 0.4]]))
    assert np.array_equal(levelled(None, (FAIRNESS, CARE), raw), raw)


def test_outside_its_points_a_map_is_level() -> None:
    half = LevelMap(raw=(0.2, 0.4), level=(0.1, 0.5))
    assert level_of(half, np.array([0.0, 0.3, 1.0])).tolist() == pytest.approx([0.1, 0.3, 0.5])


def test_another_wording_is_another_attribute() -> None:
    changed = FAIRNESS.model_copy(update={"high": "Everyone gets the same."})
    known = calibration(fairness=learned(estimates=TURNED, temperature=3.0, probabilities=STEPS))
    raw = np.array([[0.2], [0.9]])
    assert np.array_equal(levelled(known, (changed,), raw), raw)
    reworded = Case(case().scenario, case(fairness=1).profile, (changed,))
    before = verdict(0.1, 0.2)
    assert np.array_equal(cooled(known, reworded, before).probabilities, before.probabilities)


def test_log_probabilities_are_divided_by_the_temperature() -> None:
    known = calibration(fairness=learned(temperature=2.0))
    plain = Verdict(np.array([0.8, 0.2]))
    found = cooled(known, case(fairness=1), plain)
    assert found.probabilities.tolist() == pytest.approx([2 / 3, 1 / 3])
    costed = cooled(known, case(fairness=1), verdict(0.1, 0.3))
    assert costed.costs is not None
    assert costed.costs.temperature == pytest.approx(0.2)
    assert costed.probabilities == pytest.approx(softmax(-costed.costs.sums / 0.2))


def test_temperatures_of_several_targets_are_averaged_by_weight() -> None:
    known = calibration(fairness=learned(temperature=4.0, probabilities=STEPS))
    both = case(fairness=Target(value=1, weight=3), care=1.0)
    assert temperature(known, both) == pytest.approx(4 ** (3 / 4))
    found = cooled(known, both, Verdict(np.array([0.8, 0.2])))
    share = 4 ** (1 / 4 ** (3 / 4))
    assert found.probabilities[0] == pytest.approx(share / (1 + share))  # no steps: two targets
    assert temperature(known, case()) == 1
    assert temperature(None, both) == 1


def test_with_one_target_the_steps_take_the_place_of_the_temperature() -> None:
    known = calibration(fairness=learned(temperature=4.0, probabilities=STEPS))
    found = cooled(known, case(fairness=0), verdict(0.1, 0.3))
    assert found.probabilities[0] == pytest.approx(0.69, abs=0.01)
    assert found.costs is not None
    assert found.costs.temperature == pytest.approx(0.4)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_neither_changes_the_order_of_choices(costs: list[float]) -> None:
    before = verdict(*costs)
    whole = case(len(costs), fairness=1)
    for one in (learned(temperature=3.0), learned(probabilities=STEPS)):
        after = cooled(calibration(fairness=one), whole, before).probabilities
        assert after.sum() == pytest.approx(1)
        order = np.argsort(before.probabilities, kind="stable")
        assert np.all(np.diff(after[order]) >= -1e-15)


def threshold(profile: Profile, confidence: float, **changes: float) -> Threshold:
    fields = {"error_rate": 0.1, "certainty": 0.9, "confidence": confidence, **changes}
    counts: dict[str, Any] = {"examples": 40, "kept": 30, "errors": 1, "bound": 0.1}
    names = {"profile": profile_hash(profile), "name": profile.name, "source": "x"}
    return Threshold.model_validate({**fields, **counts, **names, "attributes": {}})


def wishing(**changes: Any) -> Profile:
    fields = {"name": "p", "targets": {"fairness": 1}}
    escalate = Escalation(error_rate=0.1, confidence=0.9)
    return Profile.model_validate({**fields, "escalate": escalate, **changes})


def test_a_threshold_belongs_to_the_wishes_of_a_profile() -> None:
    known = calibration(threshold(wishing(), 0.6))
    for same in (wishing(), wishing(name="q", description="Other words.")):
        found = threshold_for(known, same)
        assert found is not None
        assert found.confidence == 0.6
    for other in (
        wishing(targets={"fairness": 0.9}),
        wishing(persona="You are kind."),
        wishing(boundaries=[{"id": "b", "rule": "Never."}]),
        wishing(escalate={"min_confidence": 0.2}),
        wishing(escalate=None),
    ):
        assert threshold_for(known, other) is None
    assert threshold_for(None, wishing()) is None
    assert threshold_for(known, None) is None


def test_the_lowest_that_promises_enough_is_taken() -> None:
    known = calibration(
        threshold(wishing(), 0.6),
        threshold(wishing(), 0.7, error_rate=0.05, certainty=0.95),
        threshold(wishing(), 0.3, error_rate=0.2),
        threshold(wishing(), 0.4, certainty=0.8),
    )

    def confidence(**escalate: float) -> float | None:
        found = threshold_for(known, wishing(escalate=escalate))
        return found.confidence if found else None

    assert confidence(error_rate=0.1, confidence=0.9) == 0.6
    assert confidence(error_rate=0.05, confidence=0.9) == 0.7
    assert confidence(error_rate=0.2, confidence=0.8) == 0.3
    assert confidence(error_rate=0.01, confidence=0.9) is None


@pytest.mark.parametrize(
    ("share", "least", "made"), [(0.9, 0.8, True), (0.9, 0.7999, True), (0.9, 0.8001, False)]
)
def test_below_the_threshold_a_person_decides(share: float, least: float, made: bool) -> None:  # noqa: FBT001
    wish = wishing()
    whole = replace(case(fairness=1), profile=wish)
    shares = np.array([share, 1 - share])
    end = conclude(whole, Verdict(shares), {}, threshold(wish, least))
    assert (end.choice == "a") is made
    if not made:
        assert end.reason == (
            "confidence 0.8000 is below 0.8001, from which on the error rate is at most 0.1 with "
            "certainty 0.9"
        )


def test_without_a_threshold_nothing_can_be_promised() -> None:
    whole = replace(case(fairness=1), profile=wishing())
    end = conclude(whole, Verdict(np.array([1.0, 0.0])), {}, None)
    assert end.choice is None
    assert "align calibrate" in (end.reason or "")


def test_maps_that_turn_back_are_refused() -> None:
    with pytest.raises(ValueError, match="only rise or only fall"):
        LevelMap(raw=(0, 0.5, 1), level=(0, 1, 0))
    with pytest.raises(ValueError, match="raw must rise"):
        LevelMap(raw=(0, 0), level=(0, 1))
    with pytest.raises(ValueError, match="same length"):
        LevelMap(raw=(0, 1), level=(0, 0.5, 1))
    with pytest.raises(ValueError, match="must not fall"):
        ProbabilityMap(raw=(0.1, 0.9), probability=(0.8, 0.2))
    assert TURNED.rising is False
    assert LevelMap(raw=(0, 1), level=(0.2, 0.4)).rising is True
