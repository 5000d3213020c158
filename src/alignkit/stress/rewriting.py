"""A model writes a scenario in other words."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from alignkit.deciders.trace import Trace
from alignkit.errors import ModelError, UnsupportedCapability
from alignkit.models.protocols import GeneratesObjects, Model, Sampling
from alignkit.models.together import together
from alignkit.prompts import Prompts
from alignkit.schema import Scenario
from alignkit.stress.wordings import Rewrite, Written

_WARMTH = 0.7
"""Temperature at which rewrites are drawn; cold ones would all be the same."""
_LONGEST = 2
"""Times the length of the original that a text may have."""
_SIGNS_PER_TOKEN = 2
"""Fewer than any tokeniser has on prose, so that no text is cut."""


async def rewrites_by(
    model: Model, prompts: Prompts, scenario: Scenario, seeds: Sequence[int]
) -> tuple[Written, ...]:
    """What `model` makes of `scenario`, once with each of `seeds`; not checked yet.

    Raises:
        UnsupportedCapability: the model does not write objects.
    """
    if not isinstance(model, GeneratesObjects):
        raise UnsupportedCapability(
            f"{model.identity.name} does not write objects, so it cannot write rewrites.",
            "Use the shipped ones (--rewrites shipped), or name another model (--rewriter MODEL).",
        )
    asked = [_written(model, prompts, scenario, seed) for seed in seeds]
    return tuple(await together(asked))


async def _written(model: Model, prompts: Prompts, scenario: Scenario, seed: int) -> Written:
    trace = Trace(model, prompts)
    prompt = trace.render("rewrite", scenario=scenario).prompt
    longest = {name: _LONGEST * len(getattr(scenario, name)) + 40 for name in Rewrite.model_fields}
    schema = {
        "type": "object",
        "properties": {
            name: {"type": "string", "minLength": 1, "maxLength": most}
            for name, most in longest.items()
        },
        "required": list(longest),
        "additionalProperties": False,
    }
    tokens = sum(longest.values()) // _SIGNS_PER_TOKEN + 50
    sampling = Sampling(temperature=_WARMTH, seed=seed, max_tokens=tokens)
    try:
        output = await trace.write(prompt, schema, sampling)
        return Written(Rewrite.model_validate(output), seed)
    except ValidationError:
        return Written(None, seed, "it holds nothing that can be read")
    except ModelError as error:
        return Written(None, seed, error.message)
