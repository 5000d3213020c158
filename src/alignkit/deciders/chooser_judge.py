"""Would somebody high on the attribute choose this? Asked of each choice by itself.

A small model that is told to be somebody hardly changes what it chooses, but it can tell who would
choose one short thing. Several ways of asking can be averaged: each misreads some attributes.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, Field

from alignkit.deciders.case import Case
from alignkit.deciders.focus import shown
from alignkit.deciders.predicates import asked_log_odds, level_of
from alignkit.deciders.regression import Found, Regression, RegressionSettings, tabled
from alignkit.deciders.settings import DeciderSettings, Listed
from alignkit.deciders.trace import Trace
from alignkit.prompts import Rendered
from alignkit.schema import Attribute, Choice

Asks = Literal["trait", "person", "origin"]
"""A person high in the trait, somebody of whom the attribute's statement is true, both with its
definition; or whether the choice comes from such a person, without."""


def _different(ways: tuple[Asks, ...]) -> tuple[Asks, ...]:
    if len(set(ways)) < len(ways):
        raise ValueError("each way of asking counts once")
    return ways


class ChooserSettings(RegressionSettings):
    """Settings of `chooser_judge`."""

    ask: Annotated[tuple[Asks, ...], Listed, Field(min_length=1), AfterValidator(_different)] = (
        "person",
    )
    """Ways of asking whose answers are averaged."""
    focus: bool = True
    """Show each choice with only what the situation says about whom it names."""
    softness: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    """The mean of the log-odds is divided by this before it becomes an estimate."""


class ChooserJudge(Regression):
    """Asks of each choice whether somebody high on the attribute would choose it."""

    name = "chooser_judge"
    settings_type: ClassVar[type[DeciderSettings]] = ChooserSettings
    settings: ChooserSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        ways = self.settings.ask

        def render(attribute: Attribute, choice: Choice, asks: Asks) -> Rendered:
            return trace.render(
                "chooser_judge",
                **shown(case.scenario, choice, focus=self.settings.focus),
                attribute=attribute,
                asks=asks,
                trait=_trait(attribute),
                who=_who(attribute),
            )

        found = await asked_log_odds(trace, case, attributes, ways, render)

        def level(attribute: Attribute, choice: Choice) -> tuple[float, float]:
            score = np.mean([found[attribute.name, choice.id, asks] for asks in ways])
            return level_of(float(score) / self.settings.softness)

        return Found(*tabled(case, attributes, level))


def _trait(attribute: Attribute) -> str:
    """The attribute's title inside a sentence: "Open mind" small, "GDPR" as it is."""
    first, rest = attribute.title[:1], attribute.title[1:]
    return attribute.title if rest[:1].isupper() else first.lower() + rest


def _who(attribute: Attribute) -> str:
    """Somebody high on the attribute, as a part of a sentence."""
    if attribute.statement:
        return f"somebody who {attribute.statement.rstrip('.')}"
    return f"somebody of whom this is true ({attribute.high.rstrip('.')})"
