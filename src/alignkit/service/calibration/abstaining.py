"""When a model should say that it does not know, learned from answers that people judged.

It goes as for decisions (`guaranteeing`): the judged answers are dealt into two halves, without
parting a group. The map from raw to calibrated probabilities is fitted to one, and the threshold is
tested on the other, on one answer of each group.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from alignkit.errors import UsageError
from alignkit.models import Model
from alignkit.prompts import Prompts
from alignkit.schema import Escalation, ModelIdentity
from alignkit.schema.abstention import Abstention, AnswerThreshold
from alignkit.schema.calibration import ProbabilityMap
from alignkit.service.calibration.dealing import half, numbered
from alignkit.service.calibration.learning import FOLDS, measured
from alignkit.stats.arrays import Bools
from alignkit.stats.calibration import (
    calibration_kind,
    cross_validated,
    fit_isotonic,
    fit_temperature,
    one_against_rest,
)
from alignkit.stats.clusters import one_per_cluster
from alignkit.stats.probability import Floats
from alignkit.stats.risk import NoThreshold, examples_needed, learn_threshold, spaced_grid
from alignkit.stats.too_few import TooFewExamples
from alignkit.writing.abstaining import Worth
from alignkit.writing.reliability import STANDS, ReliabilitySettings

Check = Literal["sources", "knowledge"]

TEMPLATES: Mapping[Check, tuple[str, ...]] = {
    "sources": ("support",),
    "knowledge": ("agreement", "knowledge", "sample_answer"),
}
"""The wordings that the probability of each check rests on."""


@dataclass(frozen=True)
class JudgedAnswer:
    """An answer whose probability is known, and whether it is right."""

    probability: float
    """The raw one of its weakest claim."""
    right: bool
    group: str
    """The question it is about; answers of one group are alike and are not parted."""
    supported: bool | None = True
    """Whether a claim of it is; None where that depends on what the strongest one is worth."""
    strongest: float = 1.0
    """The raw probability of its strongest claim."""

    def given(self, worth: Worth) -> bool:
        """Whether it is given where no error rate is asked for: a claim of it stands."""
        stands = worth(self.strongest) >= STANDS
        return stands if self.supported is None else self.supported


@dataclass(frozen=True)
class Way:
    """How answers were checked."""

    model: ModelIdentity
    check: Check
    settings: Mapping[str, int | float]
    """Of the check, as its settings dump them."""


def way_of(model: Model, check: Check) -> Way:
    """How `align ask` checks answers of `model`, or by it where there are sources."""
    settings = ReliabilitySettings()
    chosen = settings.support if check == "sources" else settings.knowing
    return Way(model.identity, check, chosen.model_dump())


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
        UsageError: there are too few groups.
    """
    check_enough({one.group for one in judged}, wish)
    rng = np.random.default_rng(seed)
    tested = half((one.group for one in judged), rng) if _asks(wish) else set()
    learn = [one for one in judged if one.group not in tested]
    test = [one for one in judged if one.group in tested]
    groups = numbered([one.group for one in learn])
    count = len(np.unique(groups))
    kind = calibration_kind(count)
    raw, right = _arrays(learn)
    learned = _fitted(raw, right, kind)
    after = cross_validated(
        lambda places: _fitted(raw[places], right[places], kind),
        lambda found, places: list(map(found, raw[places].tolist())),
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


def check_enough(questions: Collection[str], wish: Escalation | None) -> None:
    """Fail where answers to so many `questions` cannot teach what they are worth.

    Raises:
        UsageError: says how many there are and how many are needed.
    """
    asks = _asks(wish)
    tested = len(questions) // 2 if asks else 0  # the smaller half, which is not learned from
    try:
        calibration_kind(len(questions) - tested)
    except TooFewExamples as error:
        raise UsageError(
            f"{len(questions)} judged questions are too few.",
            f"Give at least {error.needed * (2 if asks else 1)}.",
        ) from error


def check_testable(questions: Collection[str], wish: Escalation | None) -> None:
    """Fail where half of so many `questions` cannot show that any threshold keeps the error rate.

    Raises:
        UsageError: says how many there are and how many are needed.
    """
    if wish is None or wish.rates is None:
        return
    needed, tested = examples_needed(*wish.rates), len(questions) // 2
    if tested < needed:
        raise UsageError(
            f"{tested} questions are left to test an error rate of {wish.rates[0]:g} on, and "
            f"{needed} are needed.",
            f"Give at least {2 * needed}.",
        )


def _threshold(
    learned: Worth,
    learn: Sequence[JudgedAnswer],
    test: Sequence[JudgedAnswer],
    wish: Escalation | None,
    rng: np.random.Generator,
) -> tuple[AnswerThreshold | None, str]:
    """The least probability from which on answers keep the error rate.

    Answers that are not given anyway, because no claim of them stands, have no part in it.
    """
    rates = wish.rates if wish else None
    if rates is None:
        return None, ""
    learn, test = ([one for one in part if one.given(learned)] for part in (learn, test))
    groups = numbered([one.group for one in test])
    one_each = [test[place] for place in one_per_cluster(groups, rng)] if test else []
    needed = examples_needed(*rates)
    if len(one_each) < needed or not learn:
        left = f"{len(one_each)} questions are left to test it on whose answer is supported"
        return None, f"{left}, and {needed} are needed"
    _, right = _arrays(one_each)
    grid = spaced_grid(_worths(learned, learn), len(one_each), *rates)
    try:
        found = learn_threshold(_worths(learned, one_each), ~right, *rates, grid)
    except NoThreshold as error:
        return None, str(error)
    return AnswerThreshold(
        error_rate=rates[0],
        certainty=rates[1],
        probability=found.value,
        examples=found.examples,
        kept=found.kept,
        errors=found.errors,
        bound=found.bound,
    ), ""


def _fitted(raw: Floats, right: Bools, kind: Literal["temperature", "isotonic"]) -> Worth:
    shares = [np.array([p, 1 - p]) for p in raw]
    places = np.where(right, 0, 1)
    steps = fit_isotonic(*one_against_rest(shares, places)) if kind == "isotonic" else None
    return Worth(fit_temperature(shares, places), steps)


def _asks(wish: Escalation | None) -> bool:
    return wish is not None and wish.rates is not None


def _arrays(judged: Sequence[JudgedAnswer]) -> tuple[Floats, Bools]:
    return (
        np.array([one.probability for one in judged], dtype=np.float64),
        np.array([one.right for one in judged], dtype=np.bool_),
    )


def _worths(worth: Worth, judged: Sequence[JudgedAnswer]) -> Floats:
    return np.array([worth(one.probability) for one in judged], dtype=np.float64)
