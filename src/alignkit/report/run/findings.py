"""Everything that a report says, as numbers: all figures of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alignkit.evaluate.changes import Change, changes
from alignkit.evaluate.gains import Gain, gains
from alignkit.evaluate.metrics.agreement import Agreement, agreements
from alignkit.evaluate.metrics.alignment import Alignment, alignment, by_profile
from alignkit.evaluate.metrics.calibrated import (
    Calibration,
    RiskCoverage,
    calibrations,
    judgements,
    risk_coverages,
)
from alignkit.evaluate.metrics.capability import (
    Capability,
    Retention,
    capability,
    retained,
    retention,
)
from alignkit.evaluate.metrics.cost import Cost, costs
from alignkit.evaluate.metrics.dilemmas import Kept, rules_kept
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.leakage import Leak, leakage
from alignkit.evaluate.metrics.opinion import GroupDistance, group_distances
from alignkit.evaluate.metrics.pairs import Method, Pair
from alignkit.evaluate.metrics.questionnaires import Raised, Score, raised, scores
from alignkit.evaluate.metrics.responsible import (
    Bias,
    Refusal,
    Truthful,
    biases,
    refusals,
    truthful,
)
from alignkit.evaluate.metrics.steered import steered
from alignkit.evaluate.metrics.steering import Dose, Effect, doses, effects
from alignkit.schema.review import Review
from alignkit.schema.run import Run

MARGIN = 0.05
"""The largest loss of accuracy that counts as none, where the experiment names no other."""


@dataclass(frozen=True)
class Findings:
    """A run and all its figures; groups without data are empty."""

    run: Run
    pairs: Sequence[Pair]
    erased: int
    """Decisions whose content was removed for good."""
    margin: float
    alignment: Sequence[Alignment]
    profiles: Mapping[tuple[Method, str], Alignment]
    effects: Sequence[Effect]
    doses: Sequence[Dose]
    leaks: Sequence[Leak]
    gains: Sequence[Gain]
    capability: Sequence[Capability]
    retention: Sequence[Retention]
    """By data set; `retained` is over all of them."""
    retained: Sequence[Retention]
    calibrations: Sequence[Calibration]
    coverages: Sequence[RiskCoverage]
    refusals: Sequence[Refusal]
    truthful: Sequence[Truthful]
    biases: Sequence[Bias]
    changes: Sequence[Change]
    groups: Sequence[GroupDistance]
    scores: Sequence[Score]
    raised: Sequence[Raised]
    kept: Sequence[Kept]
    """By rule: how often it is kept in dilemmas."""
    costs: Sequence[Cost]
    agreements: Sequence[Agreement] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    """Names of attributes for people."""

    @property
    def pooled(self) -> Sequence[Retention]:
        """`retained` where that is more than a line of `retention`: several data sets or subjects.

        Every subject counts alike.
        """
        several = len({one.dataset for one in self.retention}) > 1
        subjects = any(one.subjects for one in self.capability)
        return self.retained if several or subjects else ()

    def title(self, attribute: str) -> str:
        """The name of `attribute` for people."""
        return self.titles.get(attribute, attribute.replace("_", " "))


def formats_of(run: Run) -> Formats:
    """By data set: the public format that the experiment reads it from."""
    sources = run.experiment.get("data") or ()
    return {
        str(source["name"]): str(source["format"])
        for source in sources
        if isinstance(source, dict) and source.get("name") and source.get("format")
    }


def unfinished(run: Run, done: int) -> str:
    """How much of `run` is done, in words; empty where it is complete, or nobody knows."""
    if done >= run.cells:
        return ""
    return f"{done:,} of {run.cells:,} cells are done. `align run` goes on with it."


def margin_of(run: Run) -> float:
    """The largest loss that the experiment counts as none."""
    margin = run.experiment.get("margin")
    return float(margin) if isinstance(margin, int | float) and margin > 0 else MARGIN


def findings(
    run: Run,
    pairs: Sequence[Pair],
    erased: int = 0,
    titles: Mapping[str, str] | None = None,
    reviews: Mapping[str, Review] | None = None,
) -> Findings:
    """All figures of `run`.

    Args:
        run: what was run.
        pairs: its cells with what became of them.
        erased: how many of its decisions were erased.
        titles: names of attributes for people.
        reviews: by decision, what people decided.
    """
    formats, wishes, judged = formats_of(run), steered(pairs), judgements(pairs)
    margin = margin_of(run)
    return Findings(
        run=run,
        pairs=pairs,
        erased=erased,
        margin=margin,
        alignment=alignment(wishes),
        profiles=by_profile(wishes),
        effects=effects(wishes),
        doses=doses(wishes),
        leaks=leakage(pairs),
        gains=gains(pairs),
        capability=capability(pairs, formats),
        retention=retention(pairs, formats, margin),
        retained=retained(pairs, formats, margin),
        calibrations=calibrations(judged),
        coverages=risk_coverages(judged),
        refusals=refusals(pairs),
        truthful=truthful(pairs, formats),
        biases=biases(pairs),
        changes=changes(pairs, formats),
        groups=group_distances(pairs, formats),
        scores=scores(pairs),
        raised=raised(pairs),
        kept=rules_kept(pairs),
        costs=costs(pairs),
        agreements=agreements(pairs, reviews or {}),
        titles=titles or {},
    )
