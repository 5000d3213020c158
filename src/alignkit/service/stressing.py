"""A stress test: scenarios decided as they are, and again with changes that should not matter."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from alignkit.deciders.base import Decider
from alignkit.models import Model
from alignkit.schema import Frozen, Profile, Record, Scenario
from alignkit.service.deciding import Decided, decide_all
from alignkit.service.inputs import Item
from alignkit.service.workbench import Workbench
from alignkit.stress import (
    KINDS,
    Circumstances,
    Figures,
    Kind,
    KindFigures,
    Shipped,
    Trial,
    Variants,
    Written,
    at_most,
    figures,
    kind_figures,
    reworded,
    rewrites_by,
    tried,
    variants,
)

_LEVEL = 0.95
_WRITTEN = 3
"""Rewrites that a model is asked for, each with a seed of its own."""

RewritesFrom = Literal["shipped", "model", "both"]


@dataclass(frozen=True)
class StressPlan:
    """What is to be changed, and how."""

    kinds: tuple[Kind, ...] = KINDS
    rewrites: RewritesFrom = "shipped"
    """Where other wordings come from."""
    rewriter: str | None = None
    """The model that writes them; None for the one that decides."""
    seed: int = 0
    """Of the first rewrite that a model writes; the others count up from it."""
    most: int = 24
    """At most so many variants of one kind for one scenario, at least 1."""


@dataclass(frozen=True)
class Unchanged:
    """The decision on a scenario as it is, and the variants that follow."""

    decided: Decided
    variants: Mapping[Kind, Variants]

    @property
    def count(self) -> int:
        """How many variants there are."""
        return sum(len(one.found) for one in self.variants.values())


@dataclass(frozen=True)
class Varied:
    """What became of one variant."""

    trial: Trial
    record: Record | None


class StressReport(Frozen):
    """What all trials come to."""

    profile: str | None
    decider: str
    model: str
    kinds: tuple[KindFigures, ...]
    overall: Figures
    scenarios: int
    """Scenarios that were decided or escalated unchanged, and so measured."""
    unmeasured: dict[str, str]
    """Scenarios whose unchanged decision failed, with the reason."""
    seed: int
    rewriter: str | None
    """The model that wrote rewrites; null where none did."""


class StressTest:
    """Tries scenarios one after another, and sums up."""

    def __init__(
        self,
        workbench: Workbench,
        profile: Profile | None,
        decider: Decider,
        plan: StressPlan | None = None,
    ) -> None:
        """Decide under `profile` with `decider`, and change what `plan` says.

        Raises:
            UnknownName: there is no model of the rewriter's name.
            ModelError: it cannot be had or started.
        """
        self._workbench = workbench
        self._profile = profile
        self._decider = decider
        self._plan = plan or StressPlan()
        self._rewriter = _rewriter(workbench, decider, self._plan)
        self._shipped = Shipped(workbench.settings.library_folder)
        self._trials: list[Trial] = []
        self._made: list[tuple[str, Mapping[Kind, Variants]]] = []
        self._unmeasured: dict[str, str] = {}

    async def run(self, item: Item) -> AsyncGenerator[Unchanged | Varied]:
        """The decision on the scenario of `item`, then what becomes of each variant.

        Where the unchanged decision fails nothing follows: there is nothing to compare with.

        Raises:
            UsageError: the decider cannot work with the profile or the model, or the model that is
                to write rewrites writes none.
            DataError: a file of rewrites has a mistake.
        """
        made = await self._variants(item.scenario) if item.scenario else {}
        changed = [one for found in made.values() for one in found.found]
        items = [item, *(Item(item.name, one.scenario) for one in changed)]
        at_once = self._workbench.settings.at_once
        async with aclosing(decide_all(items, self._decider, self._profile, at_once)) as decisions:
            unchanged = await anext(decisions)
            yield self._begun(unchanged, made)
            if unchanged.decision.outcome == "failed":
                return
            for variant in changed:
                decided = await anext(decisions)
                trial = tried(variant, unchanged.decision, decided.decision)
                self._trials.append(trial)
                yield Varied(trial, decided.record)

    def report(self) -> StressReport:
        """What all trials so far come to."""
        plan, model = self._plan, self._decider.model
        return StressReport(
            profile=self._profile.name if self._profile else None,
            decider=self._decider.label,
            model=model.identity.name if model else "none",
            kinds=tuple(self._of_kind(kind) for kind in plan.kinds),
            overall=figures(self._trials, _LEVEL),
            scenarios=len(self._made),
            unmeasured=self._unmeasured,
            seed=plan.seed,
            rewriter=self._rewriter.identity.name if self._rewriter else None,
        )

    def _begun(self, unchanged: Decided, made: Mapping[Kind, Variants]) -> Unchanged:
        decision = unchanged.decision
        if decision.outcome == "failed":
            self._unmeasured[decision.scenario] = decision.reason or ""
            return Unchanged(unchanged, {})
        self._made.append((decision.scenario, made))
        return Unchanged(unchanged, made)

    def _of_kind(self, kind: Kind) -> KindFigures:
        trials = [trial for trial in self._trials if trial.kind == kind]
        made = [(scenario, found[kind]) for scenario, found in self._made]
        rejected = [f"{scenario}: {why}" for scenario, found in made for why in found.rejected]
        notes: dict[str, list[str]] = {}
        for scenario, found in made:
            for note in found.notes:
                notes.setdefault(note, []).append(scenario)
        return kind_figures(kind, trials, _LEVEL, rejected, notes)

    async def _variants(self, scenario: Scenario) -> dict[Kind, Variants]:
        circumstances = Circumstances(self._profile, self._workbench.library.attributes)
        kinds = self._plan.kinds
        wordings = await self._wordings(scenario) if "wording" in kinds else Variants()
        made = variants(scenario, kinds, circumstances, wordings)
        return {kind: at_most(found, self._plan.most) for kind, found in made.items()}

    async def _wordings(self, scenario: Scenario) -> Variants:
        plan, writer = self._plan, self._rewriter
        shipped = self._shipped(scenario) if plan.rewrites != "model" else ()
        written: tuple[Written, ...] = ()
        if writer is not None:
            seeds = range(plan.seed, plan.seed + _WRITTEN)
            written = await rewrites_by(writer, self._workbench.prompts, scenario, seeds)
        if not shipped and writer is None:
            return Variants(notes=("no rewrites are shipped; --rewrites model has some written",))
        return reworded(scenario, shipped, written)


def _rewriter(workbench: Workbench, decider: Decider, plan: StressPlan) -> Model | None:
    """The model that is to write rewrites, opened; None where none is to be written."""
    if "wording" not in plan.kinds or plan.rewrites == "shipped":
        return None
    if plan.rewriter is None and decider.model is not None:
        return decider.model
    return workbench.model(plan.rewriter)
