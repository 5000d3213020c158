"""Learns from labelled examples how to read a method with a model: what `align calibrate` does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from alignkit.catalog import format_spec
from alignkit.deciders.base import Decider
from alignkit.deciders.ensemble import Ensemble
from alignkit.errors import ModelError, UsageError
from alignkit.schema import (
    AttributeCalibration,
    Calibration,
    Decision,
    TemplateVersion,
    Threshold,
)
from alignkit.service.calibration.guaranteeing import Judged, Promise, threshold
from alignkit.service.calibration.kept import calibration_for, merged, write_calibration
from alignkit.service.calibration.learning import learned
from alignkit.service.calibration.plan import Lesson, Plan, Trial, planned
from alignkit.service.calibration.weighing import Ask, Method, Weighed, decisions, without
from alignkit.service.records import check_folder
from alignkit.service.workbench import Workbench
from alignkit.stats.log_pool import fit_weights
from alignkit.stats.risk import NoThreshold
from alignkit.stats.too_few import TooFewExamples


@dataclass(frozen=True)
class Learned:
    """What was learned, and where it is kept."""

    calibration: Calibration
    """All that is now known of the method with the model."""
    path: Path
    """The file that keeps it."""
    label: str
    """The method's name with its settings."""
    attributes: dict[str, AttributeCalibration]
    """What was learned now, by attribute."""
    thresholds: tuple[Threshold, ...]
    """What was learned now of profiles."""
    missed: dict[str, str]
    """By profile: why no threshold keeps its error rate."""
    ensemble: str | None
    """The ensemble with the weights that fit best, as a name to decide with."""
    notes: tuple[str, ...]
    """What else the user should know, a line each."""


@dataclass(frozen=True)
class Step:
    """How far the learning is."""

    done: int
    """Decisions that were made."""
    total: int
    learned: Learned | None = None
    """What came of it, at the end."""


async def calibrate(lesson: Lesson, workbench: Workbench) -> AsyncGenerator[Step, None]:
    """Learn what `lesson` asks for and keep it; a step is given for every decision.

    The last step says what was learned. It takes the place of what was known of the same
    attributes; thresholds that rested on that go with it.

    Raises:
        UsageError: there are too few examples, the method has nothing to calibrate, or nothing says
            which decisions are wrong under a profile.
        UnknownName: an attribute, the method or the model is not known.
        ModelError: a model cannot be had, or failed too often.
        CannotWrite: the calibration cannot be kept; mostly told before anything is decided.
    """
    decider = without(workbench.decider(lesson.decider, lesson.model))
    if decider.model is None:
        raise UsageError(
            f"The decider {decider.name!r} asks no model, so there is nothing to calibrate.",
            "`align deciders list` shows the others.",
        )
    run = _Run(lesson, workbench, decider)
    # What is learned may have taken hours, and is only written at the end.
    check_folder(workbench.settings.calibrations_folder)
    async for step in run.weigh():
        yield step
    run.learn()
    for trial in run.plan.trials:
        async for step in run.test(trial):
            yield step
    yield run.step(run.finish())


@dataclass(eq=False)
class _Run:
    """What is gathered on the way."""

    lesson: Lesson
    workbench: Workbench
    decider: Decider
    done: int = 0
    total: int = 0
    templates: dict[str, TemplateVersion] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    weighed: list[Weighed] = field(default_factory=list)
    found: dict[str, AttributeCalibration] = field(default_factory=dict)
    thresholds: list[Threshold] = field(default_factory=list)
    missed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.lesson.seed)
        self.plan: Plan = planned(self.lesson, self.decider, self.rng)

    def step(self, found: Learned | None = None) -> Step:
        return Step(self.done, self.total, found)

    async def weigh(self) -> AsyncGenerator[Step, None]:
        """Decide every example at both ends of the attributes, by the uncalibrated method."""
        method = Method(self.decider)
        tasks = self.plan.tasks()
        asks = [method.asks(*task) for task in tasks]
        trials = sum(len(one.others) + len(one.tested) for one in self.plan.trials)
        self.total = sum(map(len, asks)) + trials
        made: list[Decision] = []
        async for decision in self._decided([ask for part in asks for ask in part]):
            made.append(decision)
            yield self.step()
        rest = iter(made)
        for task, part in zip(tasks, asks, strict=True):
            answers = [next(rest) for _ in part]
            if all(decision.outcome != "failed" for decision in answers):
                self.weighed.append(method.weighed(*task, answers))

    def learn(self) -> None:
        """Fit the maps of every attribute."""
        for attribute in self.plan.attributes:
            part = [one for one in self.weighed if one.attribute.name == attribute.name]
            try:
                self.found[attribute.name] = learned(
                    part, self.lesson.labelled.source, self.lesson.seed, self.rng
                )
            except TooFewExamples as error:  # before decisions failed there were enough
                raise ModelError(
                    f"{len(self.failures)} of {self.done} decisions failed, which leaves "
                    f"{error.given} scenarios of {attribute.name!r} where {error.needed} are "
                    f"needed. The first failed because: {self.failures[0]}"
                ) from error

    async def test(self, trial: Trial) -> AsyncGenerator[Step, None]:
        """Seek the threshold that keeps a promise, with the maps as they now are."""
        decider = copy(self.decider)
        decider.calibration = self._calibration()
        examples = [*trial.others, *trial.tested]
        profile = trial.promise.deciding
        made: list[Decision] = []
        asks = [Ask(decider, example.scenario, profile) for example in examples]
        async for decision in self._decided(asks):
            made.append(decision)
            yield self.step()
        judged = [Judged(*pair) for pair in zip(examples, made, strict=True)]
        others, tested = judged[: len(trial.others)], judged[len(trial.others) :]
        source = self.lesson.labelled.source
        try:
            self.thresholds.append(threshold(trial.promise, decider, others, tested, source))
        except NoThreshold as error:
            self.missed[trial.promise.profile.name] = str(error)

    def finish(self) -> Learned:
        """Keep what was learned, beside what was known and still holds."""
        folder = self.workbench.settings.calibrations_folder
        before = calibration_for(folder, self.decider)
        learned_now = self._calibration()
        void = {
            one.name
            for trial in self.plan.trials
            for one in self.decider.attributes_for(trial.promise.profile)
        }
        kept = merged(before, learned_now, void)
        ensemble, notes = self._ensemble()
        return Learned(
            calibration=kept,
            path=write_calibration(folder, kept),
            label=self.decider.label,
            attributes=dict(self.found),
            thresholds=tuple(self.thresholds),
            missed=dict(self.missed),
            ensemble=ensemble,
            notes=(*self.plan.notes, *notes, *self._notes(), *_lost(before, kept)),
        )

    async def _decided(self, asks: Sequence[Ask]) -> AsyncGenerator[Decision, None]:
        async for decision in decisions(asks, self.workbench.settings.at_once):
            self.done += 1
            self.templates |= {one.name: one for one in decision.evidence.templates}
            if decision.outcome == "failed":
                self.failures.append(decision.reason or "no reason was given")
            self._give_up()
            yield decision

    def _give_up(self) -> None:
        """Fail where nothing has succeeded so far, before everything is tried."""
        if self.done == len(self.failures) >= min(self.workbench.settings.at_once, self.total):
            raise ModelError(f"The first {self.done} decisions failed: {self.failures[0]}")

    def _calibration(self) -> Calibration:
        if self.decider.model is None:
            raise ValueError("a method without a model has no calibration")
        return Calibration(
            created=datetime.now(UTC),
            model=self.decider.model.identity,
            decider=self.decider.identity,
            templates=tuple(self.templates[name] for name in sorted(self.templates)),
            attributes=dict(self.found),
            thresholds=tuple(self.thresholds),
        )

    def _ensemble(self) -> tuple[str | None, tuple[str, ...]]:
        """The ensemble's name with the weights that fit best, and what is to be said of them."""
        judged = [(one.members, one.right) for one in self.weighed]
        rows = [(members, right) for members, right in judged if members is not None]
        told = [(members, right) for members, right in rows if right is not None]
        if not isinstance(self.decider, Ensemble) or not told:
            return None, ()
        weights = fit_weights([members for members, _ in told], np.array([r for _, r in told]))
        rounded = [round(weight, 3) for weight in weights.tolist()]
        if not any(rounded):
            return None, ("No member of the ensemble tells right choices from wrong ones.",)
        settings = self.decider.settings.model_dump(mode="json", exclude_defaults=True)
        members = list(self.decider.settings.members)
        return format_spec("ensemble", {**settings, "members": members, "weights": rounded}), ()

    def _notes(self) -> Iterator[str]:
        if self.failures:
            count = f"{len(self.failures)} of {self.done}"
            yield f"{count} decisions failed, the first because: {self.failures[0]}"
        for name, one in self.found.items():
            if one.after.brier > one.before.brier:
                yield f"{name}: on scenarios that had no part in it the calibration did not help."
        for name in [one.name for one in self.lesson.profiles if Promise.of(one) is None]:
            yield f"Profile {name!r} asks for no error rate, so no threshold was sought."


def _lost(before: Calibration | None, kept: Calibration) -> Iterator[str]:
    """What was known before and no longer holds."""
    if before is None:
        return
    now = {one.profile for one in kept.thresholds}
    names = [one.name for one in before.thresholds if one.profile not in now]
    if names:
        found = ", ".join(map(repr, dict.fromkeys(names)))
        yield (
            f"The threshold of {found} is gone, for it rested on what was now learned anew: "
            "calibrate once more with the profile (-p) to have one."
        )
    for name, one in kept.attributes.items():
        known = before.attributes.get(name)
        if known is not None and known.scenarios > one.scenarios:
            yield (
                f"{name}: what these {one.scenarios} scenarios teach takes the place of what "
                f"{known.scenarios} had taught."
            )
