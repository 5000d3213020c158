"""From labelled decisions to what is known about one attribute: maps, and how good they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.deciders.calibrating import at_factor, attribute_hash, stepped
from alignkit.deciders.case import Verdict
from alignkit.schema import AttributeCalibration, Bin, LevelMap, Reliability
from alignkit.schema.calibration import ProbabilityMap
from alignkit.service.calibration.dealing import numbered
from alignkit.service.calibration.weighing import Weighed
from alignkit.stats.arrays import Bools
from alignkit.stats.calibration import (
    calibration_kind,
    cross_validated,
    fit_isotonic,
    fit_temperature,
    one_against_rest,
)
from alignkit.stats.level_maps import fit_levels
from alignkit.stats.probability import Floats
from alignkit.stats.scoring import brier_binary, expected_calibration_error, reliability

FOLDS = 10
"""Parts that cross-validation deals the scenarios into."""

Kind = Literal["temperature", "isotonic"]


@dataclass(frozen=True)
class Maps:
    """What is done to estimates and probabilities."""

    estimates: LevelMap | None
    temperature: float
    probabilities: ProbabilityMap | None

    def __call__(self, weighed: Weighed) -> Verdict:
        """The verdict on `weighed` under these maps; the attribute is its only target."""
        raw = weighed.under(self.estimates)
        tempered = at_factor(raw, self.temperature)
        steps = self.probabilities
        return tempered if steps is None else stepped(raw, steps, tempered)


def learned(
    weighed: Sequence[Weighed], source: str, seed: int, rng: np.random.Generator
) -> AttributeCalibration:
    """What `weighed` teaches about the attribute that they are about.

    The maps are fitted to all of them. How good they are is measured out of sample: each decision
    by maps that were fitted without its scenario, and without those with the same context.

    Args:
        weighed: decisions about one attribute.
        source: where the examples come from.
        seed: of `rng`, to be kept.
        rng: deals the scenarios into parts.

    Raises:
        TooFewExamples: there are fewer scenarios with a single right choice than can be relied on.
    """
    judged = np.array([one.right is not None for one in weighed], dtype=np.bool_)
    groups = numbered([one.example.group for one in weighed])
    count = len(np.unique(groups[judged]))
    kind = calibration_kind(count)
    after = cross_validated(
        lambda learn: fitted([weighed[place] for place in learn], kind),
        lambda maps, held_out: [maps(weighed[place]) for place in held_out],
        groups,
        min(FOLDS, count),
        rng,
    )
    maps = fitted(weighed, kind)
    attribute = weighed[0].attribute
    return AttributeCalibration(
        sha256=attribute_hash(attribute),
        estimates=maps.estimates,
        temperature=maps.temperature,
        probabilities=maps.probabilities,
        kind=kind,
        source=source,
        seed=seed,
        examples=int(judged.sum()),
        scenarios=count,
        before=_reliability(weighed, [one.verdict for one in weighed]),
        after=_reliability(weighed, after),
    )


def fitted(weighed: Sequence[Weighed], kind: Kind) -> Maps:
    """The maps that fit `weighed` best: of estimates first, then of the probabilities they give."""
    levels = _levels(weighed, kind)
    judged = [(one.under(levels).probabilities, one.right) for one in weighed]
    shares = [p for p, right in judged if right is not None]
    right = np.array([right for _, right in judged if right is not None])
    steps = None
    if kind == "isotonic":
        found = fit_isotonic(*one_against_rest(shares, right))
        steps = ProbabilityMap(raw=found.x, probability=found.y)
    return Maps(levels, fit_temperature(shares, right), steps)


def _levels(weighed: Sequence[Weighed], kind: Kind) -> LevelMap | None:
    """The map of estimates, where the method makes any."""
    rows = [one.raw for one in weighed if one.estimated]
    if not rows:
        return None
    truths = [one.example.truths(one.attribute.name) for one in weighed]
    pairs = [(row, truth) for row, truth in zip(rows, truths, strict=True) if truth is not None]
    curve = fit_levels(
        np.concatenate([row.ravel() for row, _ in pairs]),
        np.concatenate([np.tile(truth, len(row)) for row, truth in pairs]),
        # A choice was looked at once for each exchange of names and for each end, and counts once.
        np.concatenate([np.full(row.size, 0.5 / len(row)) for row, _ in pairs]),
        kind,
    )
    return LevelMap(raw=tuple(curve.raw.tolist()), level=tuple(curve.level.tolist()))


def _reliability(weighed: Sequence[Weighed], verdicts: Sequence[Verdict]) -> Reliability:
    """How well the probability of the likeliest choice says how often it is right."""
    predicted, happened = [], []
    for one, verdict in zip(weighed, verdicts, strict=True):
        if one.right is not None:
            choice, share = verdict.likeliest(one.case)
            predicted.append(share)
            happened.append(choice.id == one.example.scenario.choice_ids[one.right])
    return measured(np.array(predicted), np.array(happened))


def measured(predicted: Floats, happened: Bools) -> Reliability:
    """Brier score, calibration error and the bins of a diagram, with 95 % intervals.

    Args:
        predicted: the probability that it happens, (n,), each 0 to 1.
        happened: whether it did, (n,).
    """
    inside = np.clip(predicted, 0, 1)
    return Reliability(
        brier=brier_binary(inside, happened),
        calibration_error=expected_calibration_error(inside, happened),
        bins=tuple(
            Bin(
                confidence=one.predicted,
                observed=one.share,
                low=one.interval.low,
                high=one.interval.high,
                count=one.count,
            )
            for one in reliability(inside, happened)
        ),
    )
