"""The best possible: true values instead of estimates. A control, for evaluation only."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.regression import Estimates, Regression
from alignkit.deciders.trace import Trace
from alignkit.errors import BadScenario
from alignkit.schema import Attribute


class Oracle(Regression):
    """Takes the choice whose true values are nearest to the targets; asks no model.

    Targets over attributes without a true value for every choice are left out.
    """

    name = "oracle"
    asks_model: ClassVar[bool] = False

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        known = [index for index, name in enumerate(case.attributes) if _known(case, name)]
        if case.attributes and not known:
            raise BadScenario(
                f"Scenario {case.scenario.id!r} has no true values of "
                f"{', '.join(one.name for one in case.attributes)} for all its choices, "
                "which the oracle needs.",
                "Add them under `values` of each choice, or use another decider.",
            )
        return await super()._weigh(
            trace,
            replace(
                case,
                attributes=tuple(case.attributes[index] for index in known),
                targets=tuple(case.targets[index] for index in known),
            ),
        )

    async def _estimate(self, trace: Trace, case: Case) -> Estimates:  # noqa: ARG002
        names = [attribute.name for attribute in case.attributes]
        values = [choice.values or {} for choice in case.scenario.choices]
        means = np.array([[of_choice[name] for name in names] for of_choice in values])
        return Estimates(means, np.zeros_like(means), shift=None)


def _known(case: Case, attribute: Attribute) -> bool:
    return all(attribute.name in (choice.values or {}) for choice in case.scenario.choices)
