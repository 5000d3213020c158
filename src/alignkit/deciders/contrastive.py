"""The profile against its opposite: what the wish itself changes, without the model's own likings.

The exact form of weighted self-consistency (Hu et al. 2024): instead of counting votes of sampled
answers, the log-odds under the opposite are taken from those under the profile.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.baseline import plainly
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Chosen
from alignkit.deciders.settings import DeciderSettings, ViewSettings
from alignkit.deciders.steering import followed, summary, told
from alignkit.deciders.trace import Trace
from alignkit.decompose import opposite
from alignkit.models.together import together
from alignkit.stats.probability import Floats, log_floored, softmax


class ContrastiveSettings(ViewSettings):
    """Settings of `contrastive`."""

    against: Literal["opposite", "plain"] = "opposite"
    """What is subtracted: the choice under the opposite targets, or the plain model's. Where a
    profile has no targets, it has no opposite, and the plain model's is."""
    strength: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How much of it is subtracted; 0 leaves `instructed`."""


class Contrastive(Decider):
    """Chooses under the profile and under its opposite, and takes what speaks for the profile."""

    name = "contrastive"
    first = "profile"
    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = ContrastiveSettings
    settings: ContrastiveSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        profile = followed(case, self.name)
        in_view = self.settings.in_view
        sides = trace.branch(), trace.branch()
        try:
            under, against = await together(
                (told(sides[0], case, profile, in_view), self._against(sides[1], case))
            )
        finally:
            for side in sides:
                trace.join(side)
        scores = _logs(case, under) - self.settings.strength * _logs(case, against)
        return Verdict(probabilities=softmax(scores), order_shift=max(under.shift, against.shift))

    async def _against(self, trace: Trace, case: Case) -> Chosen:
        profile = followed(case, self.name)
        if self.settings.against == "plain" or not profile.targets:
            return await plainly(trace, case, self.settings.in_view)
        return await told(trace, case, opposite(profile), self.settings.in_view)

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        profile = followed(case, self.name)
        plain = self.settings.against == "plain" or not profile.targets
        against = "the plain model" if plain else "the opposite"
        said = f"Chosen with {share:.0%} when told, against {against}: {summary(case, profile)}."
        return f"{said}\n{best.text!r}."


def _logs(case: Case, chosen: Chosen) -> Floats:
    """(n_choices,): log probabilities in the scenario's order."""
    return log_floored(np.array([chosen.shares[choice] for choice in case.scenario.choice_ids]))
