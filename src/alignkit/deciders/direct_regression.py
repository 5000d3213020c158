"""One choice at a time: how strongly does it show the attribute?"""

from __future__ import annotations

from typing import ClassVar

from alignkit.deciders.case import Case
from alignkit.deciders.focus import shown
from alignkit.deciders.outcomes import outcomes
from alignkit.deciders.regression import Found, Regression, asked_levels
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.shots import Shots, ShotSettings
from alignkit.deciders.trace import Trace
from alignkit.schema import Attribute


class DirectSettings(ShotSettings):
    """Settings of `direct_regression`."""

    focus: bool = False
    """Show each choice with only what the situation says about whom it names."""


class DirectRegression(Regression):
    """Asks for each attribute's level in each choice by itself, so no order can matter."""

    name = "direct_regression"
    settings_type: ClassVar[type[DeciderSettings]] = DirectSettings
    settings: DirectSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        follows = await outcomes(trace, case, wanted=self.settings.outcomes)
        shots = Shots.of(self.selector, case, attributes, self.settings)
        means, sds = await asked_levels(
            trace,
            case,
            attributes,
            lambda attribute, choice: trace.render(
                shots.template("direct_regression"),
                **shown(case.scenario, choice, focus=self.settings.focus),
                attribute=attribute,
                outcome=follows[choice.id],
                **shots.values(attribute),
            ),
        )
        return Found(means, sds, examples=shots.worked)
