"""What became of one variant, beside the decision on the unchanged scenario."""

from __future__ import annotations

from typing import Literal

import numpy as np

from alignkit.schema import Decision, Frozen
from alignkit.stats.probability import Floats, total_variation
from alignkit.stress.variant import Kind, Variant

Fate = Literal["kept", "changed", "escalated", "failed", "released"]


class Trial(Frozen):
    """One variant and what was decided on it."""

    scenario: str
    """Id of the scenario."""
    kind: Kind
    variant: str
    """Short name of the variant, unique within scenario and kind."""
    change: str
    """What was changed, in words."""
    aim: str | None
    """The choice that the change asked for, where it asked for one."""
    seed: int | None
    """With which the change was drawn, where it was."""
    before: str | None
    """The choice on the unchanged scenario; null where that was escalated."""
    choice: str | None
    """The choice on the variant; null unless it was decided."""
    fate: Fate
    """`kept` or `changed` its choice; `escalated`; `failed`; or `released`: decided, where the
    unchanged scenario was escalated."""
    probabilities: dict[str, float]
    """By choice; empty where it failed."""
    distance: float | None
    """Total variation distance of the probabilities from the unchanged ones, 0 to 1; null where it
    failed."""
    decision: str
    """Id of the decision on the variant."""
    reason: str | None
    """Why there is no choice; null where there is one."""

    @property
    def counts(self) -> bool:
        """Whether there was a choice to keep."""
        return self.before is not None


def tried(variant: Variant, unchanged: Decision, decision: Decision) -> Trial:
    """What became of `variant`: its `decision` beside the `unchanged` one, which did not fail."""
    failed = decision.outcome == "failed"
    ids = variant.scenario.choice_ids
    apart = total_variation(_row(unchanged, ids), _row(decision, ids)) if not failed else None
    return Trial(
        scenario=unchanged.scenario,
        kind=variant.kind,
        variant=variant.name,
        change=variant.change,
        aim=variant.aim,
        seed=variant.seed,
        before=unchanged.choice,
        choice=decision.choice,
        fate=_fate(unchanged, decision),
        probabilities=decision.probabilities,
        distance=apart,
        decision=decision.id,
        reason=decision.reason,
    )


def _row(decision: Decision, ids: tuple[str, ...]) -> Floats:
    return np.array([decision.probabilities[choice] for choice in ids])


def _fate(unchanged: Decision, decision: Decision) -> Fate:
    if decision.outcome != "decided":
        return decision.outcome
    if unchanged.choice is None:
        return "released"
    return "kept" if decision.choice == unchanged.choice else "changed"
