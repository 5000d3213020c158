"""Always the choice that is listed first: shows what a liking for the first place would score."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.trace import Trace


class First(Decider):
    """Takes the first choice; the only decider that depends on the order, on purpose."""

    name = "first"
    asks_model: ClassVar[bool] = False

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:  # noqa: ARG002
        count = len(case.scenario.choices)
        shares = np.zeros(count)
        shares[0] = 1.0
        text = case.scenario.choices[0].text
        return Verdict(
            probabilities=shares, explanation=f"{text!r} stands first.", ranking=tuple(range(count))
        )
