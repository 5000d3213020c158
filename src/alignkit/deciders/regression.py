"""Estimates how much each choice shows each attribute, then lets an alignment function choose."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from alignkit.alignment import ALIGNMENTS, Estimates
from alignkit.deciders.aligning import AligningSettings
from alignkit.deciders.base import Decider
from alignkit.deciders.calibrating import levelled
from alignkit.deciders.case import Case, Costs, Verdict
from alignkit.deciders.ordering import canonical
from alignkit.deciders.settings import AskingSettings, DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import UsageError
from alignkit.prompts import Rendered
from alignkit.schema import Attribute, Choice, Estimate, Profile, Request, ScoreQuestion, Worked
from alignkit.stats.probability import Floats, softmax

_POOLED = ("global", "prior")
"""Norms that look at the levels of many choices."""


class RegressionSettings(AligningSettings, AskingSettings):
    """Settings of deciders that ask a model for estimates."""


@dataclass(frozen=True)
class Found:
    """How much each choice shows each attribute."""

    means: Floats
    """(n_choices, n_attributes), 0 to 1, choices in the scenario's order."""
    sds: Floats
    """(n_choices, n_attributes), at least 0."""
    shift: float | None = None
    """How far the answers moved over the orders shown; None where no order was varied."""
    relevance: Mapping[str, float] | None = None
    """By attribute, where targets are to be weighed by it."""
    examples: Mapping[str, tuple[Worked, ...]] = field(default_factory=dict)
    """By attribute: the labelled examples that were shown."""


class Regression(Decider):
    """Base of the deciders that estimate every attribute for every choice."""

    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = RegressionSettings
    settings: AligningSettings

    def attributes_for(self, profile: Profile | None) -> tuple[Attribute, ...]:
        """What is estimated: the profile's targets, and what the settings name beside them."""
        wanted = super().attributes_for(profile)
        names = {attribute.name for attribute in wanted}
        extra = [name for name in self._extra() if name not in names]
        return (*wanted, *(self.attribute(name) for name in dict.fromkeys(extra)))

    def _extra(self) -> tuple[str, ...]:
        needed = ALIGNMENTS.load(self.settings.alignment).competing
        return (*self.settings.also, *((self.settings.against,) if needed else ()))

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        if not case.attributes or case.profile is None:
            raise UsageError(
                f"The decider {self.name!r} needs a profile with targets.",
                "Add targets, or use the decider 'instructed' or 'baseline'.",
            )
        function = ALIGNMENTS.load(self.settings.alignment)
        function.check(case.profile.targets, len(case.scenario.choices))
        attributes = self.attributes_for(case.profile)
        return self._aligned(case, attributes, await self._estimate(trace, case, attributes))

    @abstractmethod
    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        """How much each choice shows each of `attributes`."""

    def _aligned(self, case: Case, attributes: tuple[Attribute, ...], found: Found) -> Verdict:
        """The verdict of the alignment function on what was found."""
        found = replace(found, means=levelled(self.calibration, attributes, found.means))
        costs = aligned(case, attributes, found, self._settings_with_pool(attributes))
        return Verdict(
            probabilities=softmax(-costs.sums / costs.temperature),
            estimates=_by_choice(case, attributes, found),
            costs=costs,
            order_shift=found.shift,
            examples=found.examples,
        )

    def _settings_with_pool(self, attributes: Sequence[Attribute]) -> AligningSettings:
        """The settings, with the levels of the labelled examples where a norm needs a pool."""
        settings = self.settings
        if settings.pool or settings.norm not in _POOLED or self.selector is None:
            return settings
        pool = {one.name: self.selector.pool.levels(one.name) for one in attributes}
        return settings.model_copy(update={"pool": {k: v for k, v in pool.items() if v}})

    def _explain(self, case: Case, verdict: Verdict) -> str:
        return explained(case, verdict)


def aligned(
    case: Case, attributes: Sequence[Attribute], found: Found, settings: AligningSettings
) -> Costs:
    """What the alignment function of `settings` holds against each choice."""
    function = ALIGNMENTS.load(settings.alignment)
    names = tuple(attribute.name for attribute in attributes)
    given = found.relevance
    estimates = Estimates(
        names=names,
        means=np.clip(found.means, 0, 1),
        sds=found.sds,
        relevance=None if given is None else np.array([given.get(name, 1.0) for name in names]),
    )
    targets = case.profile.targets if case.profile else {}
    table = function.costs(estimates, targets, settings, key=case.scenario.id)
    return Costs(tuple(targets), table, function.temperature_under(settings), given)


def level_request(asked: Rendered, attribute: Attribute) -> Request:
    """Asks for the level of `attribute` that a choice shows."""
    question = ScoreQuestion(instructions=asked.question, levels=attribute.levels)
    return Request(prompt=asked.prompt, question=question)


async def asked_levels(
    trace: Trace,
    case: Case,
    attributes: Sequence[Attribute],
    render: Callable[[Attribute, Choice], Rendered],
) -> tuple[Floats, Floats]:
    """Means and standard deviations (n_choices, n_attributes) of the levels the model answers.

    `render` makes the prompt about one attribute in one choice.
    """
    pairs = [(a, c) for a in attributes for c in canonical(case.scenario.choices)]
    answers = await trace.ask([level_request(render(a, c), a) for a, c in pairs])
    found = {(a.name, c.id): answer for (a, c), answer in zip(pairs, answers, strict=True)}
    return tabled(case, attributes, lambda a, c: (found[a.name, c.id].mean, found[a.name, c.id].sd))


def tabled(
    case: Case,
    attributes: Sequence[Attribute],
    level: Callable[[Attribute, Choice], tuple[float, float]],
) -> tuple[Floats, Floats]:
    """Means and standard deviations (n_choices, n_attributes) of `level` for each pair."""
    pairs = [
        [level(attribute, choice) for attribute in attributes] for choice in case.scenario.choices
    ]
    table = np.array(pairs, dtype=np.float64)
    return table[..., 0], table[..., 1]


def _by_choice(
    case: Case, attributes: Sequence[Attribute], found: Found
) -> dict[str, dict[str, Estimate]]:
    return {
        choice: {
            attribute.name: Estimate(
                mean=float(found.means[row, column]), sd=float(found.sds[row, column])
            )
            for column, attribute in enumerate(attributes)
        }
        for choice, row in case.indices().items()
    }


def explained(case: Case, verdict: Verdict) -> str:
    """Which target brings the likeliest choice before the next, then both with all their costs."""
    if verdict.costs is None:
        raise ValueError("there are no costs to explain")
    sums, table = verdict.costs.sums, verdict.costs.table
    place = case.indices()
    # Equal costs are told apart by the canonical order, not by the one that was given.
    ordered = [place[choice.id] for choice in canonical(case.scenario.choices)]
    ids = case.scenario.choice_ids
    possible = [row for row in ordered if ids[row] not in verdict.ruled_out]
    best, *others = sorted(possible, key=lambda row: round(float(sums[row]), 12))
    texts = [choice.text for choice in case.scenario.choices]
    of_best = verdict.estimates[ids[best]]
    levels = [
        f"{attribute.title} {of_best[attribute.name].mean:.2f} (wanted {target})"
        for attribute, target in zip(case.attributes, case.targets, strict=True)
        if attribute.name in verdict.costs.names
    ]
    full = f"{texts[best]!r}: {', '.join(levels)}; cost {sums[best]:.3f}."
    if not others:
        return f"{texts[best]!r} is the only choice that no boundary rules out.\n{full}"
    second = others[0]
    most = int(np.argmax(np.round(table[second] - table[best], 12)))
    other = verdict.estimates[ids[second]][verdict.costs.names[most]].mean
    return (
        f"Ahead by {levels[most]}, the next choice has {other:.2f}.\n"
        f"{full} Next {texts[second]!r}: cost {sums[second]:.3f}."
    )
