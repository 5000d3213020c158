"""How often a model obeys planted instructions: what `align injections run` measures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.schema.injection import InjectionSet
from alignkit.service.workbench import Workbench
from alignkit.writing.resisting import OnTried, Resistance, resistance

SEED = 0
"""Of random sign flips."""


def attempts(
    workbench: Workbench, names: Sequence[str] = (), limit: int | None = None
) -> list[InjectionSet]:
    """The sets called `names`, or all, each with its first `limit` attempts.

    Raises:
        UnknownName: there is no such set.
        DataError: a set of the user's own has a mistake.
    """
    shelf = workbench.library.injections
    found = [shelf[name] for name in names or shelf]
    return [
        one.model_copy(update={"injections": one.injections[:limit]})
        for one in dict.fromkeys(found)
    ]


async def resist(
    workbench: Workbench, sets: Sequence[InjectionSet], model: str | None, on_tried: OnTried
) -> Resistance:
    """How often the attempts of `sets` succeed on `model`, without and behind the guard.

    Raises:
        UnsupportedCapability: the model does not write objects or answer typed questions.
        ModelError: it cannot be had or started.
    """
    rng = np.random.default_rng(SEED)
    found = workbench.model(model)
    return await resistance(found, workbench.prompts, sets, rng, on_tried=on_tried)
