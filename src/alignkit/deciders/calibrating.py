"""What a calibration does to estimates, to probabilities, and to when a person should decide."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from alignkit.deciders.case import Case, Verdict
from alignkit.schema import (
    Attribute,
    AttributeCalibration,
    Calibration,
    LevelMap,
    Profile,
    Threshold,
)
from alignkit.schema.calibration import ProbabilityMap
from alignkit.stats.calibration import StepMap, mapped
from alignkit.stats.probability import Floats, log_floored, softmax


def attribute_hash(attribute: Attribute) -> str:
    """Tells one wording of an attribute from another."""
    return hashlib.sha256(attribute.model_dump_json().encode()).hexdigest()


def profile_hash(profile: Profile) -> str:
    """Tells profiles with different wishes apart; name, description and escalation don't count."""
    kept = profile.model_dump(
        mode="json", include={"targets", "group", "persona", "panel", "boundaries"}
    )
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def levelled(
    calibration: Calibration | None, attributes: Sequence[Attribute], means: Floats
) -> Floats:
    """Raw estimates (n_choices, n_attributes) as calibrated ones, where a map is known."""
    columns = []
    for column, attribute in enumerate(attributes):
        known = _known(calibration, attribute)
        columns.append(level_of(known.estimates if known else None, means[:, column]))
    return np.stack(columns, axis=1)


def level_of(level_map: LevelMap | None, raw: Floats) -> Floats:
    """What `level_map` makes of raw estimates, of any shape; without one they stay as they are."""
    return raw if level_map is None else np.interp(raw, level_map.raw, level_map.level)


def cooled(calibration: Calibration | None, case: Case, verdict: Verdict) -> Verdict:
    """`verdict` with its probabilities as sure as they were right on labelled examples.

    Where the case has a single target and enough examples taught how sure to be at each
    probability, it is that; else one temperature for all. The order of the choices stays.
    """
    tempered = at_factor(verdict, temperature(calibration, case))
    steps = _steps(calibration, case)
    return tempered if steps is None else stepped(verdict, steps, tempered)


def at_factor(verdict: Verdict, factor: float) -> Verdict:
    """`verdict` with the temperature that its probabilities have multiplied by `factor`."""
    if factor == 1.0:
        return verdict
    if verdict.costs is not None:
        costs = replace(verdict.costs, temperature=verdict.costs.temperature * factor)
        return replace(verdict, costs=costs, probabilities=softmax(-costs.sums / costs.temperature))
    return replace(verdict, probabilities=softmax(log_floored(verdict.probabilities) / factor))


def stepped(verdict: Verdict, steps: ProbabilityMap, tempered: Verdict) -> Verdict:
    """`tempered` with the probabilities that `steps` makes of those of the raw `verdict`.

    Its temperature stays the one that comes nearest to them.
    """
    step_map = StepMap(steps.raw, steps.probability)
    return replace(tempered, probabilities=mapped(verdict.probabilities, step_map))


def temperature(calibration: Calibration | None, case: Case) -> float:
    """By what log probabilities are divided: the targets' own factors, averaged by weight.

    The average is geometric; targets whose attribute was not calibrated count as 1.
    """
    if calibration is None or not case.targets:
        return 1.0
    logs = [
        target.weight * float(np.log(known.temperature if known else 1.0))
        for known, target in zip(
            [_known(calibration, attribute) for attribute in case.attributes],
            case.targets,
            strict=True,
        )
    ]
    return float(np.exp(sum(logs) / sum(target.weight for target in case.targets)))


def _steps(calibration: Calibration | None, case: Case) -> ProbabilityMap | None:
    """How sure to be at each probability, where the case has a single target."""
    if len(case.targets) != 1:
        return None
    known = _known(calibration, case.attributes[0])
    return known.probabilities if known else None


def _known(calibration: Calibration | None, attribute: Attribute) -> AttributeCalibration | None:
    """What was learned about `attribute` in the wording that it has."""
    known = calibration.attributes.get(attribute.name) if calibration else None
    return known if known is not None and known.sha256 == attribute_hash(attribute) else None


def threshold_for(calibration: Calibration | None, profile: Profile | None) -> Threshold | None:
    """The threshold that was learned for the wishes and the error rate of `profile`.

    Of several it is the lowest that promises at least what the profile asks for.
    """
    escalate = profile.escalate if profile else None
    if calibration is None or profile is None or escalate is None or escalate.error_rate is None:
        return None
    wished = profile_hash(profile)
    fitting = (
        threshold
        for threshold in calibration.thresholds
        if threshold.profile == wished
        and threshold.error_rate <= escalate.error_rate
        and threshold.certainty >= (escalate.confidence or 0.0)
    )
    return min(fitting, key=lambda threshold: threshold.confidence, default=None)
