"""When a model should say that it does not know, learned from answers that people judged.

It goes as for decisions (`guaranteeing`): the judged answers are dealt into two halves, without
parting a group. The map from raw to calibrated probabilities is fitted to one, and the threshold is
tested on the other, on one answer of each group.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from alignkit.errors import UnknownName, UsageError
from alignkit.models import Model
from alignkit.prompts import Prompts
from alignkit.schema import Escalation, ModelIdentity
from alignkit.schema.abstention import Abstention, AnswerThreshold
from alignkit.schema.calibration import ProbabilityMap
from alignkit.service.calibration.learning import FOLDS, measured
from alignkit.service.records import read_kept, write_text
from alignkit.stats.arrays import Bools, Ints
from alignkit.stats.calibration import (
    StepMap,
    at_temperature,
    calibration_kind,
    cross_validated,
    fit_isotonic,
    fit_temperature,
    mapped,
    one_against_rest,
)
from alignkit.stats.clusters import one_per_cluster
from alignkit.stats.probability import Floats
from alignkit.stats.risk import NoThreshold, examples_needed, learn_threshold, spaced_grid
from alignkit.stats.too_few import TooFewExamples

Check = Literal["sources", "knowledge"]

TEMPLATES: Mapping[Check, tuple[str, ...]] = {
    "sources": ("support",),
    "knowledge": ("agreement", "knowledge", "sample_answer"),
}
"""The wordings that the probability of each check rests on."""
_REMEDY = "Remove the file and calibrate again."


@dataclass(frozen=True)
class JudgedAnswer:
    """An answer whose probability is known, and whether it is right."""

    probability: float
    """The raw one of the check."""
    right: bool
    group: str
    """The question it is about; answers of one group are alike and are not parted."""


@dataclass(frozen=True)
class Way:
    """How answers were checked."""

    model: ModelIdentity
    check: Check
    settings: Mapping[str, int | float]
    """Of the check, as its settings dump them."""


@dataclass(frozen=True)
class _Map:
    temperature: float
    steps: StepMap | None

    def __call__(self, raw: Floats) -> Floats:
        pairs = [np.array([p, 1 - p]) for p in raw]
        if self.steps is not None:
            return np.array([mapped(pair, self.steps)[0] for pair in pairs])
        return np.array([at_temperature(pair, self.temperature)[0] for pair in pairs])


def learn_abstention(  # noqa: PLR0913  the two last are seldom given
    judged: Sequence[JudgedAnswer],
    way: Way,
    prompts: Prompts,
    source: str,
    *,
    wish: Escalation | None = None,
    seed: int = 0,
) -> tuple[Abstention, str]:
    """What `judged` teaches, and why there is no threshold; "" where there is one or none is asked.

    Args:
        judged: answers of one model, checked in one way.
        way: how.
        prompts: the wordings that were used.
        source: where the judgements come from.
        wish: the error rate that is asked for; its `min_confidence` needs no threshold.
        seed: deals the groups into halves, to be chosen beforehand.

    Raises:
        UsageError: there are too few groups, or all answers of one half are judged alike.
    """
    rng = np.random.default_rng(seed)
    learn, test = _halves(judged, rng) if _asks(wish) else (list(judged), [])
    groups = _numbers(learn)
    count = len(np.unique(groups))
    try:
        kind = calibration_kind(count)
    except TooFewExamples as error:
        needed = error.needed * (2 if _asks(wish) else 1)
        raise UsageError(
            f"{len({one.group for one in judged})} judged questions are too few.",
            f"Give at least {needed}.",
        ) from error
    raw, right = _arrays(learn)
    learned = _fitted(raw, right, kind)
    after = cross_validated(
        lambda places: _fitted(raw[places], right[places], kind),
        lambda found, places: found(raw[places]).tolist(),
        groups,
        min(FOLDS, count),
        rng,
    )
    threshold, reason = _threshold(learned, learn, test, wish, rng)
    steps = learned.steps
    return Abstention(
        created=datetime.now(UTC),
        model=way.model,
        check=way.check,
        settings=dict(way.settings),
        templates=prompts.versions(TEMPLATES[way.check]),
        source=source,
        seed=seed,
        examples=len(learn),
        kind=kind,
        temperature=learned.temperature,
        probabilities=ProbabilityMap(raw=steps.x, probability=steps.y) if steps else None,
        before=measured(raw, right),
        after=measured(np.array(after), right),
        threshold=threshold,
    ), reason


def _threshold(
    learned: _Map,
    learn: Sequence[JudgedAnswer],
    test: Sequence[JudgedAnswer],
    wish: Escalation | None,
    rng: np.random.Generator,
) -> tuple[AnswerThreshold | None, str]:
    if wish is None or wish.error_rate is None or wish.confidence is None:
        return None, ""
    rates = wish.error_rate, wish.confidence
    needed = examples_needed(*rates)
    one_each = [test[place] for place in one_per_cluster(_numbers(test), rng)] if test else []
    if len(one_each) < needed:
        return None, f"{len(one_each)} questions are left to test it on, and {needed} are needed"
    raw, right = _arrays(one_each)
    grid = spaced_grid(learned(_arrays(learn)[0]), len(one_each), *rates)
    try:
        found = learn_threshold(learned(raw), ~right, *rates, grid)
    except NoThreshold as error:
        return None, str(error)
    return AnswerThreshold(
        error_rate=wish.error_rate,
        certainty=wish.confidence,
        probability=found.value,
        examples=found.examples,
        kept=found.kept,
        errors=found.errors,
        bound=found.bound,
    ), ""


def _fitted(raw: Floats, right: Bools, kind: Literal["temperature", "isotonic"]) -> _Map:
    shares = [np.array([p, 1 - p]) for p in raw]
    places = np.where(right, 0, 1)
    steps = fit_isotonic(*one_against_rest(shares, places)) if kind == "isotonic" else None
    return _Map(fit_temperature(shares, places), steps)


def _halves(
    judged: Sequence[JudgedAnswer], rng: np.random.Generator
) -> tuple[list[JudgedAnswer], list[JudgedAnswer]]:
    groups = list(dict.fromkeys(one.group for one in judged))
    drawn = rng.permutation(len(groups))[: len(groups) // 2]
    tested = {groups[number] for number in drawn}
    return (
        [one for one in judged if one.group not in tested],
        [one for one in judged if one.group in tested],
    )


def _asks(wish: Escalation | None) -> bool:
    return wish is not None and wish.error_rate is not None


def _arrays(judged: Sequence[JudgedAnswer]) -> tuple[Floats, Bools]:
    return (
        np.array([one.probability for one in judged], dtype=np.float64),
        np.array([one.right for one in judged], dtype=np.bool_),
    )


def _numbers(judged: Sequence[JudgedAnswer]) -> Ints:
    numbers = {group: n for n, group in enumerate(dict.fromkeys(one.group for one in judged))}
    return np.array([numbers[one.group] for one in judged], dtype=np.int64)


def path_of(folder: Path, way: Way) -> Path:
    """The file for `way` below `folder`, where calibrations are kept."""
    weights = way.model.sha256 or way.model.name
    text = json.dumps(
        [weights, way.model.settings, way.check, dict(way.settings)], sort_keys=True, default=str
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return folder / "answers" / f"{way.check}-{digest}.json"


def write_abstention(folder: Path, abstention: Abstention) -> Path:
    """Keep `abstention` where `abstention_for` finds it; gives the file's path.

    Raises:
        CannotWrite: no space, no permission.
    """
    way = Way(abstention.model, abstention.check, abstention.settings)
    path = path_of(folder, way)
    write_text(path, abstention.model_dump_json(indent=1) + "\n")
    return path


def abstention_for(
    folder: Path, model: Model, check: Check, settings: Mapping[str, int | float], prompts: Prompts
) -> Abstention | None:
    """What was learned about answers of `model`, checked in this way with the wordings in use.

    Raises:
        BadRecord: the file is broken.
    """
    way = Way(model.identity, check, settings)
    path = path_of(folder, way)
    if not path.is_file():
        return None
    found = read_kept(path, Abstention, "what was learned about answers", _REMEDY)
    try:
        now = prompts.versions(one.name for one in found.templates)
    except UnknownName:  # it was the user's own, and is gone
        return None
    served = model.identity.served_as in {None, found.model.served_as}
    same = path_of(folder, Way(found.model, found.check, found.settings)) == path
    return found if served and same and now == found.templates else None
