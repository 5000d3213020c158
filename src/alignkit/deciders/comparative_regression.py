"""All choices in view: how strongly does each show the attribute, compared with the others?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical, groups, rotations
from alignkit.deciders.outcomes import outcomes
from alignkit.deciders.regression import Found, Regression, level_request, tabled
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.shots import Shots, ShotSettings
from alignkit.deciders.trace import Trace
from alignkit.models.readout import MAX_LABELS
from alignkit.schema import Attribute, Choice, Request
from alignkit.stats.probability import Floats, largest_shift

_Listing = tuple[Choice, ...]


class ComparativeSettings(ShotSettings):
    """Settings of `comparative_regression`."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 6
    """At most so many choices are shown at once; more are compared in groups of like size."""


class ComparativeRegression(Regression):
    """Asks for each attribute's level in each choice, with the choices listed in every rotation."""

    name = "comparative_regression"
    settings_type: ClassVar[type[DeciderSettings]] = ComparativeSettings
    settings: ComparativeSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        follows = await outcomes(trace, case, wanted=self.settings.outcomes)
        shots = Shots.of(self.selector, case, attributes, self.settings)
        asking = _Asking(trace, case, shots, follows)
        asked = list(self._asked(case, attributes))
        answers = await trace.ask([asking.request(*parts) for parts in asked])
        found: dict[tuple[str, str], list[list[float]]] = {}
        for (attribute, _, choice), answer in zip(asked, answers, strict=True):
            found.setdefault((choice.id, attribute.name), []).append(
                list(answer.probabilities.values())
            )
        rows = {key: np.array(levels) for key, levels in found.items()}
        averages = {key: levels.mean(axis=0) for key, levels in rows.items()}
        means, sds = tabled(case, attributes, lambda a, c: moments(averages[c.id, a.name]))
        shift = max(largest_shift(rows[key], averages[key]) for key in rows)
        return Found(means, sds, shift, examples=shots.worked)

    def _asked(
        self, case: Case, attributes: tuple[Attribute, ...]
    ) -> Iterator[tuple[Attribute, _Listing, Choice]]:
        for group in groups(canonical(case.scenario.choices), self.settings.in_view):
            for attribute in attributes:
                for listing in rotations(group):
                    for choice in group:
                        yield attribute, listing, choice


@dataclass(frozen=True)
class _Asking:
    """What all questions about a case share."""

    trace: Trace
    case: Case
    shots: Shots
    follows: Mapping[str, str]
    """By choice: its outcome."""

    def request(self, attribute: Attribute, listing: _Listing, choice: Choice) -> Request:
        asked = self.trace.render(
            self.shots.template("comparative_regression"),
            scenario=self.case.scenario,
            attribute=attribute,
            choices=listing,
            choice=choice,
            outcome=self.follows[choice.id],
            **self.shots.values(attribute),
        )
        return level_request(asked, attribute)


def moments(levels: Floats) -> tuple[float, float]:
    """Mean and standard deviation of a distribution (n_levels,) over levels from 0 to 1."""
    scale = np.linspace(0, 1, len(levels))
    mean = float(levels @ scale)
    return mean, float(np.sqrt(levels @ (scale - mean) ** 2))
