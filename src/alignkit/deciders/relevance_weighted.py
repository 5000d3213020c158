"""Each target counts by how much the model finds that it matters in this scenario.

After the relevance-weighted alignment of the predecessors, with exact probabilities for relevance
instead of one sampled yes or no.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.case import Case
from alignkit.deciders.direct_regression import DirectRegression, DirectSettings
from alignkit.deciders.regression import Found
from alignkit.deciders.relevance import relevance
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.schema import Attribute


class RelevanceSettings(DirectSettings):
    """Settings of `relevance_weighted`."""

    relevant_from: Annotated[int, Field(ge=0)] = 0
    """With at least so many targets, those that don't matter are left out as well; 0 for never."""
    binary: bool = False
    """Count a target whole or not at all, by whether it more likely matters than not."""


class RelevanceWeighted(DirectRegression):
    """Estimates levels one choice at a time, and weighs every target by its relevance here."""

    name = "relevance_weighted"
    settings_type: ClassVar[type[DeciderSettings]] = RelevanceSettings
    settings: RelevanceSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        given = case.relevance
        if given is None:
            with trace.step("finding what is relevant"):
                given = await relevance(trace, case)
        if self.settings.binary:
            given = {
                name: float(share > self.settings.relevant_above) for name, share in given.items()
            }
        return replace(await super()._estimate(trace, case, attributes), relevance=given)
