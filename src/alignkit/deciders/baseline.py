"""The plain model: no profile, just what it would choose by itself."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.deciders.base import Decider, DeciderSettings
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.ordering import canonical
from alignkit.deciders.trace import Trace
from alignkit.models.readout import MAX_LABELS
from alignkit.schema import Choice


class ChoosingSettings(DeciderSettings):
    """Settings of deciders that ask the model to choose."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 8
    """At most so many choices are listed at once; more are decided in rounds."""


class Baseline(Decider):
    """Asks for the best choice without any profile; a profile's targets are ignored."""

    name = "baseline"
    settings_type: ClassVar[type[DeciderSettings]] = ChoosingSettings
    settings: ChoosingSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        ballot = Ballot(trace.render("baseline", scenario=case.scenario), self.settings.in_view)
        chosen = await choose(trace, ballot, case.scenario.choices)
        best = likeliest(case, chosen)
        share = chosen.shares[best.id]
        why = f"Chosen with {share:.0%} by the model itself, without a profile.\n{best.text!r}."
        return verdict(case, chosen, why)


def verdict(case: Case, chosen: Chosen, explanation: str) -> Verdict:
    """The verdict that `chosen` comes to."""
    shares = np.array([chosen.shares[choice] for choice in case.scenario.choice_ids])
    return Verdict(probabilities=shares, explanation=explanation, order_shift=chosen.shift)


def likeliest(case: Case, chosen: Chosen) -> Choice:
    """The choice that the model takes."""
    return max(canonical(case.scenario.choices), key=lambda choice: chosen.shares[choice.id])
