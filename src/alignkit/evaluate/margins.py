"""How much better one method steers than another, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.scores import Judged
from alignkit.stats.comparison import cluster_sums, holm, sign_flips
from alignkit.stats.intervals import Interval, Mean, clustered_mean, mean_of_means
from alignkit.stats.probability import Floats

SEED = 0
"""Of the random sign flips."""
_FEWEST = 2
"""An interval takes at least so many clusters."""

Results = Mapping[str, Sequence[Judged]]
"""What a method came to, by family."""


@dataclass(frozen=True)
class Margin:
    """How much better one decider steers than another with one model."""

    decider: str
    against: str
    model: str
    family: str | None
    """None for several together, each counting alike."""
    families: tuple[str, ...]
    """Those that the difference is over."""
    difference: Mean
    """In the share of right choices."""
    p_value: float
    """Adjusted by Holm's method for the number of deciders."""


def margins(model: str, found: Mapping[str, Results], against: str) -> list[Margin]:
    """How the deciders in `found` compare with the one called `against`: overall, then by family.

    Empty where `against` is not among them, or was right or wrong in too few clusters to tell.
    """
    each = tuple(found.get(against, ()))
    families = (None, *each) if len(each) > 1 else each
    return [one for family in families for one in _on(model, found, against, family)]


def _on(
    model: str, found: Mapping[str, Results], against: str, family: str | None
) -> Iterator[Margin]:
    """The same on one `family`, or on all of them together."""

    def part(results: Results) -> Results:
        return {name: one for name, one in results.items() if family in {None, name}}

    others = [spec for spec in found if spec != against]
    pairs = [(spec, margin(part(found[spec]), part(found[against]))) for spec in others]
    known = [(spec, one) for spec, one in pairs if one is not None]
    if not known:
        return
    adjusted = holm(np.array([one.p_value for _, one in known]))
    for (spec, one), p_value in zip(known, adjusted, strict=True):
        yield Margin(spec, against, model, family, one.families, one.mean, float(p_value))


@dataclass(frozen=True)
class Compared:
    """The share of right choices of one method less that of another."""

    families: tuple[str, ...]
    mean: Mean
    p_value: float


def margin(one: Results, other: Results) -> Compared | None:
    """How much more often `one` is right than `other`.

    It is over the families that both decided, each counting alike, and in each over every item at
    both levels. Items of one cluster (a scenario, its twin, all its attributes) may be alike;
    families are independent. A family with a single cluster is left out; None where none is left.
    """
    pairs = {name: _differences(one[name], other[name]) for name in one if name in other}
    kept = {n: (v, np.array(c)) for n, (v, c) in pairs.items() if len(set(c)) >= _FEWEST}
    if not kept:
        return None
    mean = mean_of_means([clustered_mean(*pair) for pair in kept.values()])
    sums = [cluster_sums(*pair) / len(pair[0]) for pair in kept.values()]
    p_value = sign_flips(np.concatenate(sums), np.random.default_rng(SEED))
    ends = Interval(max(mean.interval.low, -1.0), min(mean.interval.high, 1.0))
    return Compared(tuple(kept), replace(mean, interval=ends), p_value)


def _differences(one: Sequence[Judged], other: Sequence[Judged]) -> tuple[Floats, list[str]]:
    """By how much `one` was right more on each task that both decided, and the task's cluster."""
    theirs = {_key(judged): judged.right for judged in other}
    shared = [judged for judged in one if _key(judged) in theirs]
    values = np.array([judged.right - theirs[_key(judged)] for judged in shared])
    return values, [judged.task.item.cluster for judged in shared]


def _key(judged: Judged) -> tuple[str, str, str]:
    task = judged.task
    return task.item.scenario.id, task.item.attribute, task.level
