"""Always the choice that is listed first: shows what a liking for the first place would score."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace


class FirstSettings(DeciderSettings):
    """Settings of `first`."""

    place: Annotated[int, Field(ge=1)] = 1
    """Take the choice in this place, or the last where there are fewer; the explanation says
    so."""


class First(Decider):
    """Takes the first choice; the only decider that depends on the order, on purpose."""

    name = "first"
    asks_model: ClassVar[bool] = False
    settings_type: ClassVar[type[DeciderSettings]] = FirstSettings
    settings: FirstSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:  # noqa: ARG002
        count = len(case.scenario.choices)
        place = self._place(case)
        shares = np.zeros(count)
        shares[place] = 1.0
        others = (index for index in range(count) if index != place)
        return Verdict(probabilities=shares, ranking=(place, *others))

    def _place(self, case: Case) -> int:
        return min(self.settings.place, len(case.scenario.choices)) - 1

    def _explain(self, case: Case, verdict: Verdict) -> str:
        place = verdict.ranked_best(case)
        said = f"{case.scenario.choices[place].text!r} stands "
        said += "first" if place == 0 else f"in place {place + 1}"
        if place + 1 < self.settings.place:
            said += f", the last: there is no place {self.settings.place}"
        return f"{said}."
