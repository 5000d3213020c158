"""What somebody chose in the past: the stuff that profiles are fitted to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from alignkit.schema.base import Frozen, Text, Weight
from alignkit.schema.scenario import Scenario


class PastChoice(Frozen):
    """Which choice somebody made in a scenario, and who it was."""

    scenario: Scenario | Text
    """The scenario, with `values` of its choices; or the name or path of one."""
    choice: Annotated[str, Field(min_length=1, max_length=100)]
    """Id of what was chosen."""
    person: Text | None = None
    """Who chose it; without a name, all such choices are one person's."""
    weight: Weight = 1.0
    """So many equal choices it counts as."""

    @model_validator(mode="after")
    def _choice_was_on_offer(self) -> PastChoice:
        if isinstance(self.scenario, Scenario) and self.choice not in self.scenario.choice_ids:
            raise ValueError(
                f"choice: {self.choice!r} was not on offer in scenario {self.scenario.id!r}; "
                f"there were {', '.join(self.scenario.choice_ids)}"
            )
        return self
