"""The plain model: no profile, just what it would choose by itself."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.settings import DeciderSettings, TwinSettings
from alignkit.deciders.trace import Trace
from alignkit.models.readout import MAX_LABELS


class BaselineSettings(TwinSettings):
    """Settings of `baseline`."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 8
    """At most so many choices are listed at once; more are decided in rounds."""


class Baseline(Decider):
    """Asks for the best choice without any profile; a profile's targets are ignored."""

    name = "baseline"
    settings_type: ClassVar[type[DeciderSettings]] = BaselineSettings
    settings: BaselineSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        return verdict(case, await plainly(trace, case, self.settings.in_view))

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        return f"Chosen with {share:.0%} by the model itself, without a profile.\n{best.text!r}."


async def plainly(trace: Trace, case: Case, in_view: int) -> Chosen:
    """What the model chooses by itself."""
    exam = case.scenario.exam
    asked = trace.render("exam" if exam else "baseline", scenario=case.scenario)
    return await choose(trace, Ballot(asked, in_view, lettered=exam), case.scenario.choices)


def verdict(case: Case, chosen: Chosen) -> Verdict:
    """The verdict that `chosen` comes to."""
    return Verdict(probabilities=chosen.row(case.scenario), order_shift=chosen.shift)
