"""The same in other words: rewrites that are shipped, the user's own, or written by a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from alignkit.errors import BadScenario
from alignkit.library import Library, Shelf
from alignkit.schema import Frozen, Scenario
from alignkit.schema.base import Text
from alignkit.stress.facts import lost
from alignkit.stress.variant import Variant, Variants


class Rewrite(Frozen):
    """Context and question of a scenario in other words; the choices stay as they are."""

    context: Text
    question: Text


class Rewrites(Frozen):
    """A file with other wordings of one scenario."""

    id: str
    """Id of the scenario, and name of the file."""
    rewrites: Annotated[tuple[Rewrite, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Written:
    """A rewrite that a model wrote, or why there is none."""

    rewrite: Rewrite | None
    seed: int
    fault: str = ""
    """Why the model did not write one; empty where it did."""


class Shipped:
    """The rewrites that are written by hand: the user's own (rewrites/ID.yaml), then ours."""

    def __init__(self, own: Path | None = None) -> None:
        """Look in the user's library folder `own` first."""
        self._library = Library(own)
        self._rewrites: Shelf[Rewrites] = Shelf("rewrite", Rewrites, BadScenario, own)

    def __call__(self, scenario: Scenario) -> tuple[Rewrite, ...]:
        """The rewrites of `scenario`; none where it is not word for word the one of the library.

        Raises:
            DataError: the file of rewrites has a mistake.
        """
        name = scenario.id
        if name not in self._rewrites or name not in self._library.scenarios:
            return ()
        known = self._library.scenarios[name]
        if (known.context, known.question) != (scenario.context, scenario.question):
            return ()
        return self._rewrites[name].rewrites


def reworded(
    scenario: Scenario, shipped: Sequence[Rewrite] = (), written: Sequence[Written] = ()
) -> Variants:
    """The variants that rewrites make of `scenario`.

    What a model has `written` is used only if it has all numbers and names of the original and
    about its length; the others are reported as rejected.
    """
    found = [
        Variant("wording", f"shipped-{place}", f"reworded by hand ({place})", _with(scenario, one))
        for place, one in enumerate(shipped, start=1)
    ]
    seen = {(one.context, one.question) for one in shipped}
    rejected = []
    for one in written:
        rewrite = one.rewrite
        fault = one.fault or "it is empty"
        if rewrite is not None:
            again = (rewrite.context, rewrite.question) in seen
            fault = "it is another rewrite" if again else lost(scenario, _with(scenario, rewrite))
        if rewrite is None or fault:
            rejected.append(f"seed {one.seed}: {fault}")
            continue
        seen.add((rewrite.context, rewrite.question))
        changed = _with(scenario, rewrite)
        change = f"reworded by a model (seed {one.seed})"
        found.append(Variant("wording", f"model-{one.seed}", change, changed, seed=one.seed))
    return Variants(tuple(found), (), tuple(rejected))


def _with(scenario: Scenario, rewrite: Rewrite) -> Scenario:
    return scenario.model_copy(update=dict(rewrite))
