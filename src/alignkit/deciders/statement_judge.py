"""Is a statement about a choice true? One for each end of an attribute, asked by itself.

Models of small size tell attributes apart best when they judge one short thing. Both ends are
asked about, and the difference of the two log-odds is taken: what makes a model say yes to
anything about a choice is then gone.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from alignkit.deciders.case import Case
from alignkit.deciders.focus import shown
from alignkit.deciders.predicates import asked_log_odds, level_of
from alignkit.deciders.regression import Found, Regression, RegressionSettings, tabled
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace
from alignkit.prompts import Rendered
from alignkit.schema import Attribute, Choice


class StatementSettings(RegressionSettings):
    """Settings of `statement_judge`."""

    focus: bool = False
    """Show each choice with only what the situation says about whom it names."""
    both_ends: bool = True
    """Ask about the low end too and take the difference."""
    softness: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 2.0
    """The difference of log-odds is divided by this before it becomes an estimate."""


class StatementJudge(Regression):
    """Asks of each choice whether it shows an attribute's high end, and whether its low end."""

    name = "statement_judge"
    settings_type: ClassVar[type[DeciderSettings]] = StatementSettings
    settings: StatementSettings

    async def _estimate(self, trace: Trace, case: Case, attributes: tuple[Attribute, ...]) -> Found:
        ends = ("high", "low") if self.settings.both_ends else ("high",)

        def render(attribute: Attribute, choice: Choice, end: str) -> Rendered:
            return trace.render(
                "statement_judge",
                **shown(case.scenario, choice, focus=self.settings.focus),
                attribute=attribute,
                says=_said(attribute, end),
            )

        found = await asked_log_odds(trace, case, attributes, ends, render)

        def level(attribute: Attribute, choice: Choice) -> tuple[float, float]:
            high, *low = [found[attribute.name, choice.id, end] for end in ends]
            return level_of((high - sum(low)) / self.settings.softness)

        return Found(*tabled(case, attributes, level))


def _said(attribute: Attribute, end: str) -> str:
    """What is true of a choice at one end of the attribute."""
    short, full = (
        (attribute.statement, attribute.high)
        if end == "high"
        else (attribute.opposite, attribute.low)
    )
    return f"This choice {short}." if short else full
