"""Which choice shows an attribute most, and which least? Both in every order, then the difference.

Asked which option shows most of something, a model also shows which option it likes. Asked which
shows least, it shows the same liking. In the difference of the two it cancels out.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from alignkit.deciders.case import Case
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.regression import Found, Regression, RegressionSettings, tabled
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.models.readout import MAX_LABELS
from alignkit.schema import Attribute
from alignkit.stats.probability import Floats, log_floored, logistic


class MostSettings(RegressionSettings):
    """Settings of `most_and_least`."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 8
    """At most so many choices are listed at once; more are decided in rounds."""
    softness: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    """The difference of log probabilities is divided by this before it becomes an estimate."""


class MostAndLeast(Regression):
    """Asks which choice shows most of an attribute and which least, and takes the difference."""

    name = "most_and_least"
    settings_type: ClassVar[type[DeciderSettings]] = MostSettings
    settings: MostSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        asked = [(attribute, end) for attribute in attributes for end in ("most", "least")]
        chosen = await trace.each(asked, lambda branch, end: self._choose(branch, case, *end))
        logs = {
            (attribute.name, end): _centred(one.row(case.scenario))
            for (attribute, end), one in zip(asked, chosen, strict=True)
        }
        scores = {
            attribute.name: logs[attribute.name, "most"] - logs[attribute.name, "least"]
            for attribute in attributes
        }
        place = case.indices()
        means, sds = tabled(
            case,
            attributes,
            lambda a, c: (
                logistic(float(scores[a.name][place[c.id]]) / self.settings.softness),
                0.0,
            ),
        )
        return Found(means, sds, max(one.shift for one in chosen))

    async def _choose(self, trace: Trace, case: Case, attribute: Attribute, end: str) -> Chosen:
        """Which choice shows most of `attribute`, or least."""
        asked = trace.render(
            "most_and_least",
            scenario=case.scenario,
            attribute=attribute,
            end=end,
            says=attribute.high if end == "most" else attribute.low,
        )
        return await choose(trace, Ballot(asked, self.settings.in_view), case.scenario.choices)


def _centred(shares: Floats) -> Floats:
    """(n_choices,): log probabilities less their mean."""
    logs = log_floored(shares)
    return np.asarray(logs - logs.mean())
