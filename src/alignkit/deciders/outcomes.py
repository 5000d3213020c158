"""What follows from each choice, written by the model before it judges the choice.

After the outcome prediction of align-system's regression deciders.
"""

from __future__ import annotations

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.trace import Trace
from alignkit.models.protocols import Sampling
from alignkit.schema import Choice, Prompt

_LONGEST = 240
"""Characters of an outcome."""
_TOKENS = 100


async def outcomes(trace: Trace, case: Case, *, wanted: bool) -> dict[str, str]:
    """By choice: what the model expects to follow; empty texts where it is not `wanted`."""
    if not wanted:
        return dict.fromkeys(case.scenario.choice_ids, "")
    choices = canonical(case.scenario.choices)
    with trace.step("predicting the outcomes"):
        sampling = Sampling(max_tokens=_TOKENS)
        written = [
            await trace.write(_prompt(trace, case, choice), _SCHEMA, sampling) for choice in choices
        ]
    return {
        choice.id: str(found["outcome"]).strip()
        for choice, found in zip(choices, written, strict=True)
    }


def _prompt(trace: Trace, case: Case, choice: Choice) -> Prompt:
    return trace.render("outcome", scenario=case.scenario, choice=choice).prompt


_SCHEMA = {
    "type": "object",
    "properties": {"outcome": {"type": "string", "minLength": 3, "maxLength": _LONGEST}},
    "required": ["outcome"],
    "additionalProperties": False,
}
