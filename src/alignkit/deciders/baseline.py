"""The plain model: no profile, just what it would choose by itself."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.settings import DeciderSettings, TwinSettings
from alignkit.deciders.trace import Trace
from alignkit.errors import BadScenario
from alignkit.models.readout import MAX_LABELS
from alignkit.schema import MAX_LEVELS, PredicateQuestion, Request, ScoreQuestion
from alignkit.stats.probability import Floats


class BaselineSettings(TwinSettings):
    """Settings of `baseline`."""

    in_view: Annotated[int, Field(ge=2, le=MAX_LABELS)] = 8
    """At most so many choices are listed at once; more are decided in rounds."""
    form: Literal["choice", "predicate", "score"] = "choice"
    """How the model is asked: to choose; or once, whether it holds (two choices, yes and no), or
    which level of an ordered scale it is (the choices, low to high, up to 9)."""


class Baseline(Decider):
    """Asks for the best choice without any profile; a profile's targets are ignored."""

    name = "baseline"
    settings_type: ClassVar[type[DeciderSettings]] = BaselineSettings
    settings: BaselineSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        if self.settings.form == "choice":
            return verdict(case, await plainly(trace, case, self.settings.in_view))
        asked = trace.render("judgement", scenario=case.scenario)
        question = _question(self.settings.form, case, asked.question)
        [answer] = await trace.ask([Request(prompt=asked.prompt, question=question)])
        shares = np.array(list(answer.probabilities.values()))
        # The answer is the distribution itself, so even probabilities are no tie to break.
        return Verdict(probabilities=shares, ranking=_ranked(shares))

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        if self.settings.form != "choice":
            return f"{best.text!r} with {share:.0%} by the model itself, asked once."
        return f"Chosen with {share:.0%} by the model itself, without a profile.\n{best.text!r}."


def _question(form: str, case: Case, wording: str) -> PredicateQuestion | ScoreQuestion:
    """The question whose options are the choices of `case`, in their order.

    Raises:
        BadScenario: there are not as many choices as such a question has options.
    """
    choices = case.scenario.choices
    if form == "predicate":
        if len(choices) != 2:  # noqa: PLR2004  yes and no
            raise BadScenario(
                f"baseline: form=predicate needs two choices, yes and no, not {len(choices)}."
            )
        return PredicateQuestion(instructions=wording)
    if len(choices) > MAX_LEVELS:
        raise BadScenario(
            f"baseline: form=score needs at most {MAX_LEVELS} choices, not {len(choices)}."
        )
    return ScoreQuestion(instructions=wording, levels=tuple(choice.text for choice in choices))


def _ranked(shares: Floats) -> tuple[int, ...]:
    """Places from the likeliest; of equally likely ones the first."""
    return tuple(int(place) for place in np.argsort(-shares, kind="stable"))


async def plainly(trace: Trace, case: Case, in_view: int) -> Chosen:
    """What the model chooses by itself."""
    exam = case.scenario.exam
    asked = trace.render("exam" if exam else "baseline", scenario=case.scenario)
    return await choose(trace, Ballot(asked, in_view, lettered=exam), case.scenario.choices)


def verdict(case: Case, chosen: Chosen) -> Verdict:
    """The verdict that `chosen` comes to."""
    return Verdict(probabilities=chosen.row(case.scenario), order_shift=chosen.shift)
