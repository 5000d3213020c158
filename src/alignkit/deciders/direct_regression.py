"""One choice at a time: how strongly does it show the attribute?"""

from __future__ import annotations

import numpy as np

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.regression import Estimates, Regression, level_request
from alignkit.deciders.trace import Trace


class DirectRegression(Regression):
    """Asks for each attribute's level in each choice by itself, so no order can matter."""

    name = "direct_regression"

    async def _estimate(self, trace: Trace, case: Case) -> Estimates:
        pairs = [(a, c) for a in case.attributes for c in canonical(case.scenario.choices)]
        asked = [
            trace.render(
                "direct_regression", scenario=case.scenario, attribute=attribute, choice=choice
            )
            for attribute, choice in pairs
        ]
        answers = await trace.ask(
            [
                level_request(ask, attribute)
                for ask, (attribute, _) in zip(asked, pairs, strict=True)
            ]
        )
        means, sds = (
            np.zeros((len(case.scenario.choices), len(case.attributes))) for _ in range(2)
        )
        column = {attribute.name: index for index, attribute in enumerate(case.attributes)}
        row = case.indices()
        for (attribute, choice), answer in zip(pairs, answers, strict=True):
            at = row[choice.id], column[attribute.name]
            means[at], sds[at] = answer.mean, answer.sd
        return Estimates(means, sds, shift=None)
