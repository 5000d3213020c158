"""The profile against its opposite: what the wish itself changes, without the model's own likings.

The exact form of weighted self-consistency (Hu et al. 2024): instead of counting votes of sampled
answers, the log-odds under the opposite are taken from those under the profile.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.baseline import plainly
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Chosen
from alignkit.deciders.settings import DeciderSettings, ViewSettings
from alignkit.deciders.steering import followed, summary, told
from alignkit.deciders.trace import Trace
from alignkit.decompose import opposite
from alignkit.schema import Profile
from alignkit.stats.probability import log_floored, softmax


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
        other = None if self._against_plain(profile) else opposite(profile)
        under, against = await trace.each(
            (profile, other), lambda branch, side: self._chosen(branch, case, side)
        )
        logs = [log_floored(chosen.row(case.scenario)) for chosen in (under, against)]
        scores = logs[0] - self.settings.strength * logs[1]
        return Verdict(probabilities=softmax(scores), order_shift=max(under.shift, against.shift))

    async def _chosen(self, trace: Trace, case: Case, side: Profile | None) -> Chosen:
        """What the model chooses when it is told `side`, or by itself."""
        if side is None:
            return await plainly(trace, case, self.settings.in_view)
        return await told(trace, case, side, self.settings.in_view)

    def _against_plain(self, profile: Profile) -> bool:
        return self.settings.against == "plain" or not profile.targets

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        profile = followed(case, self.name)
        against = "the plain model" if self._against_plain(profile) else "the opposite"
        said = f"Chosen with {share:.0%} when told, against {against}: {summary(case, profile)}."
        return f"{said}\n{best.text!r}."
