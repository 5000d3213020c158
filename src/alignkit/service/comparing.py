"""One scenario decided in several ways, side by side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import product

from alignkit.report import Column, Comparison
from alignkit.schema import Profile, Scenario
from alignkit.service.deciding import record_of
from alignkit.service.workbench import Workbench

PLAIN = "none"
"""Stands for no profile among the names of profiles."""


_Combination = tuple[str | None, str | None, Profile | None]


@dataclass(frozen=True)
class Ways:
    """Every combination of these is one way to decide."""

    profiles: Sequence[Profile | None]
    deciders: Sequence[str | None] = (None,)
    """None for the default decider, or `baseline` where there is no profile."""
    models: Sequence[str | None] = (None,)
    """None for the default model."""


async def compare(scenario: Scenario, ways: Ways, workbench: Workbench) -> AsyncIterator[Column]:
    """A column for every combination of `ways`, as they are decided.

    Where there is no profile, deciders that need one give way to the plain one, in one column.

    Raises:
        UsageError: a decider cannot work with one of the profiles.
        ModelError: a model cannot be had or started.
    """
    for model, spec, profile in _combinations(ways, workbench):
        decider = workbench.decider(spec, model, plain=profile is None)
        decision = await decider.decide(scenario, profile)
        parts = [profile.name if profile else "no profile"]
        if len(ways.deciders) > 1:
            parts.append(decider.label)
        if len(ways.models) > 1:
            parts.append(decision.model)
        record = record_of(decider, scenario, profile, decision)
        yield Column(title=" · ".join(parts), record=record)


def _combinations(ways: Ways, workbench: Workbench) -> list[_Combination]:
    found: list[_Combination] = []
    for model, spec, profile in product(ways.models, ways.deciders, ways.profiles):
        unfit = profile is None and spec is not None and workbench.needs_profile(spec)
        combination = (model, None if unfit else spec, profile)
        if combination not in found:
            found.append(combination)
    return found


async def compared(scenario: Scenario, ways: Ways, workbench: Workbench) -> Comparison:
    """All columns of `compare` together."""
    columns = [column async for column in compare(scenario, ways, workbench)]
    return Comparison(scenario=scenario, columns=tuple(columns))
