"""What the model writes about the choices under a profile, before it chooses."""

from __future__ import annotations

from alignkit.deciders.case import Case
from alignkit.deciders.ordering import canonical
from alignkit.deciders.steering import values
from alignkit.deciders.trace import Trace
from alignkit.models.protocols import Sampling
from alignkit.schema import Profile


async def reason(
    trace: Trace, case: Case, profile: Profile, sampling: Sampling, length: int
) -> str:
    """At most `length` characters about the choices, which are shown in canonical order."""
    options = canonical(case.scenario.choices)
    prompt = trace.render("reasoning", **values(case, profile), options=options).prompt
    text = {"type": "string", "minLength": 1, "maxLength": length}
    schema = {
        "type": "object",
        "properties": {"reasoning": text},
        "required": ["reasoning"],
        "additionalProperties": False,
    }
    # A token has at least one character.
    sampling = sampling.model_copy(update={"max_tokens": length})
    with trace.step("reasoning"):
        return str((await trace.write(prompt, schema, sampling))["reasoning"]).strip()
