"""Does a choice support a value, oppose it, or either, and does the value matter here?

After Kaleido (Sorensen et al. 2024, "Value Kaleidoscope", doi:10.1609/aaai.v38i18.29970), whose
questions are put to any model here instead of one that was trained for them.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.regression import Found, Regression, RegressionSettings, tabled
from alignkit.deciders.relevance import relevance
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.schema import Attribute, Choice, ChoiceQuestion, Option, Request
from alignkit.stats.probability import Floats, largest_shift, log_average

_VALENCES = {"supports": 1.0, "either": 0.5, "opposes": 0.0}
"""What each answer counts, as in Kaleido's use for decisions."""
_TEXTS = {"supports": "It supports it", "either": "It could do either", "opposes": "It opposes it"}
_ORDERS = (
    ("supports", "either", "opposes"),
    ("opposes", "supports", "either"),
    ("either", "opposes", "supports"),
)


class JudgeSettings(RegressionSettings):
    """Settings of `value_judge`."""

    weigh_relevance: bool = True
    """Ask whether each value matters here, and let targets count by it."""


class ValueJudge(Regression):
    """Judges for every value whether it matters here and what each choice does to it."""

    name = "value_judge"
    settings_type: ClassVar[type[DeciderSettings]] = JudgeSettings
    settings: JudgeSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        given = await self._relevance(trace, case)
        pairs = [(a, c) for a in attributes for c in canonical(case.scenario.choices)]
        answers = iter(
            await trace.ask(
                [_request(trace, case, a, c, order) for a, c in pairs for order in _ORDERS]
            )
        )
        rows: dict[tuple[str, str], Floats] = {}
        for attribute, choice in pairs:
            asked = [next(answers).probabilities for _ in _ORDERS]
            rows[attribute.name, choice.id] = np.array([[a[v] for v in _VALENCES] for a in asked])
        centres = {key: log_average(found) for key, found in rows.items()}
        means, sds = tabled(case, attributes, lambda a, c: _moments(centres[a.name, c.id]))
        shift = max(largest_shift(rows[key], centres[key]) for key in rows)
        return Found(means, sds, shift, relevance=given)

    async def _relevance(self, trace: Trace, case: Case) -> dict[str, float] | None:
        if not self.settings.weigh_relevance:
            return None
        if case.relevance is not None:
            return dict(case.relevance)
        with trace.step("finding what is relevant"):
            return await relevance(trace, case)


def _request(
    trace: Trace, case: Case, attribute: Attribute, choice: Choice, order: tuple[str, ...]
) -> Request:
    asked = trace.render("value_judge", scenario=case.scenario, attribute=attribute, choice=choice)
    options = tuple(Option(id=valence, text=_TEXTS[valence]) for valence in order)
    question = ChoiceQuestion(instructions=asked.question, options=options)
    return Request(prompt=asked.prompt, question=question)


def _moments(shares: Floats) -> tuple[float, float]:
    values = np.array(list(_VALENCES.values()))
    mean = float(shares @ values)
    return mean, float(np.sqrt(shares @ (values - mean) ** 2))
