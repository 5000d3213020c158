"""Many trials as a few figures: how stable the choices are, and how far the probabilities move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from alignkit.schema import Frozen
from alignkit.stats.intervals import clustered_mean, wilson
from alignkit.stress.trial import Trial
from alignkit.stress.variant import Kind

_WEIGHTS = {"kept": 0, "escalated": 1, "released": 2, "changed": 3}


class Stability(Frozen):
    """The share of variants that kept the choice, with a confidence interval."""

    share: float
    low: float
    high: float
    level: float
    """The share of samples whose interval holds the true share."""


class Figures(Frozen):
    """What trials come to."""

    tried: int
    """Variants of scenarios that were decided unchanged, and so had a choice to keep."""
    kept: int
    changed: int
    escalated: int
    failed: int
    """These four add up to `tried`; only `kept` counts as kept."""
    held: int
    """Further variants, of scenarios that were escalated unchanged."""
    released: int
    """Those of `held` that were decided nevertheless."""
    held_failed: int
    """Those of `held` that failed."""
    stability: Stability | None
    """Of those tried; null where there are none."""
    mean_distance: float | None
    """Mean total variation distance of the probabilities from the unchanged ones, 0 to 1, over all
    that did not fail; null where there are none."""
    largest_distance: float | None


class KindFigures(Figures):
    """What the variants of one kind come to."""

    kind: Kind
    worst: Trial | None
    """The one that did most: changed the choice, or moved the probabilities farthest."""
    aimed: int
    """Variants that asked for a choice other than the one taken on the unchanged scenario."""
    followed: int
    """Those of `aimed` that got it."""
    failures: tuple[str, ...]
    """Which variants failed and why, one line for each."""
    rejected: tuple[str, ...]
    """Why rewrites were not used, one reason for each."""
    notes: dict[str, tuple[str, ...]]
    """Why there are no more variants, each with the scenarios of which it is true."""


def figures(trials: Sequence[Trial], level: float) -> Figures:
    """What `trials` come to, with intervals of the confidence `level`."""
    counting = [trial for trial in trials if trial.counts]
    fates = [trial.fate for trial in counting]
    held = [trial.fate for trial in trials if not trial.counts]
    distances = [trial.distance for trial in trials if trial.distance is not None]
    return Figures(
        tried=len(counting),
        kept=fates.count("kept"),
        changed=fates.count("changed"),
        escalated=fates.count("escalated"),
        failed=fates.count("failed"),
        held=len(held),
        released=held.count("released"),
        held_failed=held.count("failed"),
        stability=stability(counting, level) if counting else None,
        mean_distance=sum(distances) / len(distances) if distances else None,
        largest_distance=max(distances, default=None),
    )


def kind_figures(
    kind: Kind,
    trials: Sequence[Trial],
    level: float,
    rejected: Sequence[str] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
) -> KindFigures:
    """What the `trials` of one `kind` come to."""
    aimed = [trial for trial in trials if trial.aim is not None and trial.aim != trial.before]
    return KindFigures(
        **dict(figures(trials, level)),
        kind=kind,
        worst=_worst(trials),
        aimed=len(aimed),
        followed=sum(trial.choice == trial.aim for trial in aimed),
        failures=tuple(
            f"{trial.scenario}, {trial.change}: {trial.reason}"
            for trial in trials
            if trial.fate == "failed"
        ),
        rejected=tuple(rejected),
        notes={note: tuple(scenarios) for note, scenarios in (notes or {}).items()},
    )


def stability(trials: Sequence[Trial], level: float) -> Stability:
    """The share of `trials` (at least 1) that kept the choice.

    Variants of one scenario are alike. So with several scenarios the interval is the clustered one
    (`clustered_mean`), but never narrower than Wilson's, which takes all trials for independent
    and is used for a single scenario. For one scenario it speaks of further changes to that
    scenario only.
    """
    kept = np.array([float(trial.fate == "kept") for trial in trials])
    single = wilson(int(kept.sum()), len(kept), level)
    low, high = single.low, single.high
    scenarios = np.array([trial.scenario for trial in trials])
    if len(set(scenarios.tolist())) > 1:
        clustered = clustered_mean(kept, scenarios, level).interval
        low, high = min(low, max(clustered.low, 0.0)), max(high, min(clustered.high, 1.0))
    return Stability(share=float(kept.mean()), low=low, high=high, level=level)


def _worst(trials: Sequence[Trial]) -> Trial | None:
    answered = [trial for trial in trials if trial.distance is not None]
    return max(
        answered, key=lambda trial: (_WEIGHTS[trial.fate], trial.distance or 0.0), default=None
    )
