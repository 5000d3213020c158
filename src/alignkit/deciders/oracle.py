"""The best possible: true values instead of estimates. A control, for evaluation only."""

from __future__ import annotations

from typing import ClassVar

from alignkit.deciders.aligning import AligningSettings
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.regression import Found, Regression, tabled
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import BadScenario
from alignkit.schema import Attribute


class OracleSettings(AligningSettings):
    """Settings of `oracle`."""


class Oracle(Regression):
    """Takes the choice whose true values are nearest to the targets; asks no model.

    Targets over attributes without a true value for every choice are left out.
    """

    name = "oracle"
    asks_model: ClassVar[bool] = False
    settings_type: ClassVar[type[DeciderSettings]] = OracleSettings
    settings: OracleSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        wanted = [attribute.name for attribute in case.attributes]
        known = [name for name in wanted if _known(case, name)]
        extra = [self.attribute(name).name for name in self._extra()]
        lacking = [name for name in extra if not _known(case, name)]
        if wanted and not known:
            lacking = wanted
        if lacking:
            raise BadScenario(
                f"Scenario {case.scenario.id!r} has no true values of {', '.join(lacking)} for all "
                "its choices, which the oracle needs.",
                "Add them under `values` of each choice, or use another decider.",
            )
        return await super()._weigh(trace, case.limited_to(known))

    async def _estimate(
        self,
        trace: Trace,  # noqa: ARG002
        case: Case,
        attributes: tuple[Attribute, ...],
    ) -> Found:
        means, sds = tabled(
            case, attributes, lambda attribute, choice: ((choice.values or {})[attribute.name], 0.0)
        )
        return Found(means, sds)


def _known(case: Case, name: str) -> bool:
    return all(name in (choice.values or {}) for choice in case.scenario.choices)
