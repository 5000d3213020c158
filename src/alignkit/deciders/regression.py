"""Estimates how much each choice shows each attribute, then takes the nearest to the targets."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.alignment import choice_probabilities, target_distances, weighted_distance
from alignkit.deciders.base import Decider, DeciderSettings
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.ordering import canonical
from alignkit.deciders.trace import Trace
from alignkit.errors import UsageError
from alignkit.prompts import Rendered
from alignkit.schema import Attribute, Estimate, Request, ScoreQuestion
from alignkit.stats.probability import Floats


class RegressionSettings(DeciderSettings):
    """Settings of deciders that estimate attributes."""

    temperature: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.1
    """The difference in distance to the targets that makes a choice e times as likely."""


@dataclass(frozen=True)
class Estimates:
    """How much each choice shows each attribute."""

    means: Floats
    """(n_choices, n_attributes), 0 to 1, choices in the scenario's order."""
    sds: Floats
    """(n_choices, n_attributes), at least 0."""
    shift: float | None
    """How far the answers moved over the orders shown; None where no order was varied."""


class Regression(Decider):
    """Base of the deciders that estimate every attribute for every choice."""

    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = RegressionSettings
    settings: RegressionSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        if not case.attributes:
            raise UsageError(
                f"The decider {self.name!r} needs a profile with targets.",
                "Add targets, or use the decider 'instructed' or 'baseline'.",
            )
        return nearest(case, await self._estimate(trace, case), self.settings.temperature)

    @abstractmethod
    async def _estimate(self, trace: Trace, case: Case) -> Estimates:
        """How much each choice shows each attribute of the profile."""


def nearest(case: Case, found: Estimates, temperature: float) -> Verdict:
    """The verdict that the choice nearest to the targets is the likeliest."""
    distances = weighted_distance(np.clip(found.means, 0, 1), case.targets)
    probabilities = choice_probabilities(distances, temperature)
    estimates = {
        choice: {
            attribute.name: Estimate(
                mean=float(found.means[row, column]), sd=float(found.sds[row, column])
            )
            for column, attribute in enumerate(case.attributes)
        }
        for choice, row in case.indices().items()
    }
    return Verdict(
        probabilities=probabilities,
        explanation=_explanation(case, found.means, distances),
        estimates=estimates,
        distances=distances,
        order_shift=found.shift,
    )


def level_request(asked: Rendered, attribute: Attribute) -> Request:
    """Asks for the level of `attribute` that a choice shows."""
    question = ScoreQuestion(instructions=asked.question, levels=attribute.levels)
    return Request(prompt=asked.prompt, question=question)


def _explanation(case: Case, means: Floats, distances: Floats) -> str:
    """What brings the nearest choice nearest, then all its levels and the distances."""
    place = case.indices()
    # Equal distances are told apart by the canonical order, not by the one that was given.
    ordered = [place[choice.id] for choice in canonical(case.scenario.choices)]
    best, second = sorted(ordered, key=lambda row: round(float(distances[row]), 12))[:2]
    pairs = list(zip(case.attributes, case.targets, strict=True))
    levels = [
        f"{attribute.title} {means[best, column]:.2f} (wanted {target})"
        for column, (attribute, target) in enumerate(pairs)
    ]
    apart = [target_distances(means[:, c], target) for c, (_, target) in enumerate(pairs)]
    gains = [t.weight * (d[second] - d[best]) for t, d in zip(case.targets, apart, strict=True)]
    most = int(np.argmax(np.round(gains, 12)))
    texts = [choice.text for choice in case.scenario.choices]
    return (
        f"Nearest for {levels[most]}, the next choice has {means[second, most]:.2f}.\n"
        f"{texts[best]!r}: {', '.join(levels)}; distance {distances[best]:.3f}. "
        f"Next {texts[second]!r}: distance {distances[second]:.3f}."
    )
