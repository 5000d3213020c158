"""All choices in view: how strongly does each show the attribute, compared with the others?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.deciders.base import DeciderSettings
from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical, groups, rotations
from alignkit.deciders.regression import (
    Estimates,
    Regression,
    RegressionSettings,
    level_request,
)
from alignkit.deciders.trace import Trace
from alignkit.schema import Attribute, Choice, Request
from alignkit.stats.probability import Floats, largest_shift

_Listing = tuple[Choice, ...]


class ComparativeSettings(RegressionSettings):
    """Settings of `comparative_regression`."""

    in_view: Annotated[int, Field(ge=2, le=26)] = 6
    """At most so many choices are shown at once; more are compared in groups of like size."""


class ComparativeRegression(Regression):
    """Asks for each attribute's level in each choice, with the choices listed in every rotation."""

    name = "comparative_regression"
    settings_type: ClassVar[type[DeciderSettings]] = ComparativeSettings
    settings: ComparativeSettings

    async def _estimate(self, trace: Trace, case: Case) -> Estimates:
        asked = list(self._asked(case))
        answers = await trace.ask([_request(trace, case, *parts) for parts in asked])
        found: dict[tuple[str, str], list[list[float]]] = {}
        for (attribute, _, choice), answer in zip(asked, answers, strict=True):
            found.setdefault((choice.id, attribute.name), []).append(
                list(answer.probabilities.values())
            )
        return _collected(case, {key: np.array(rows) for key, rows in found.items()})

    def _asked(self, case: Case) -> Iterator[tuple[Attribute, _Listing, Choice]]:
        for group in groups(canonical(case.scenario.choices), self.settings.in_view):
            for attribute in case.attributes:
                for listing in rotations(group):
                    for choice in group:
                        yield attribute, listing, choice


def _request(
    trace: Trace, case: Case, attribute: Attribute, listing: _Listing, choice: Choice
) -> Request:
    asked = trace.render(
        "comparative_regression",
        scenario=case.scenario,
        attribute=attribute,
        choices=listing,
        choice=choice,
    )
    return level_request(asked, attribute)


def _collected(case: Case, found: dict[tuple[str, str], Floats]) -> Estimates:
    """Level distributions (orders, levels) per choice and attribute, averaged over the orders."""
    means, sds = (np.zeros((len(case.scenario.choices), len(case.attributes))) for _ in range(2))
    shift = 0.0
    for row, choice in enumerate(case.scenario.choice_ids):
        for column, attribute in enumerate(case.attributes):
            rows = found[choice, attribute.name]
            average = rows.mean(axis=0)
            scale = np.linspace(0, 1, len(average))
            means[row, column] = mean = float(average @ scale)
            sds[row, column] = np.sqrt(average @ (scale - mean) ** 2)
            shift = max(shift, largest_shift(rows, average))
    return Estimates(means, sds, shift)
