"""Why a recorded decision came out as it did, and what would have changed it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from alignkit.alignment import ALIGNMENTS, Estimates
from alignkit.deciders.aligning import AligningSettings
from alignkit.deciders.making import named
from alignkit.deciders.ordering import canonical
from alignkit.errors import InvalidSetting
from alignkit.schema import Decision, Record, Target
from alignkit.service.estimated import estimates_of
from alignkit.stats.probability import Floats

_STEPS = 1000
"""Levels from 0 to 1 that are tried: those with three decimals."""
_LARGEST = 100.0
"""Weights up to so many times as large or as small are tried."""
_RATIOS = 200
"""So many steps lead to the largest and to the smallest weight."""
_STRIDE = 10
"""So many of them are passed in one step where the last changes nothing."""
_SAME = 1e-9
"""Costs nearer to each other than this make a tie, which a person has to decide."""


What = Literal["value", "low end", "high end", "samples", "weight"]
"""The part of a target that is changed."""


@dataclass(frozen=True)
class Change:
    """The smallest change of one target that makes another choice the likeliest."""

    attribute: str
    what: What
    before: float
    """Of samples the mean, as behind it."""
    after: float
    choice: str
    """The choice that is then the likeliest."""

    @property
    def size(self) -> float:
        """How large the change is: of a level its difference, of a weight |log(ratio)|."""
        if self.what == "weight":
            return abs(float(np.log(self.after / self.before)))
        return abs(self.after - self.before)


@dataclass(frozen=True)
class Why:
    """What stands behind one decision."""

    record: Record
    costs: Mapping[str, Mapping[str, float]] | None
    """By choice and attribute; each row adds up to the choice's cost. None for methods that do not
    estimate attributes."""
    decisive: str | None
    """The attribute that brings the likeliest choice before the next; None where nothing does."""
    changes: tuple[Change, ...]
    """For each target the smallest change of its level and of its weight that would flip the
    decision, the smallest first; levels before weights."""
    note: str = ""
    """Why there are no changes, where there are none."""


def explain(record: Record) -> Why:
    """What stands behind the decision of `record`; no model is asked."""
    costs = record.evidence.costs
    if costs is None:
        return Why(record, None, None, (), _no_costs(record.decision))
    order = _ranked(record, costs)
    if len(order) < 2:  # noqa: PLR2004
        note = "The profile's boundaries leave nothing to choose from, whatever its targets are."
        return Why(record, costs, None, (), note)
    if _sum(costs, order[1]) - _sum(costs, order[0]) <= _SAME:
        note = "The likeliest choices are tied: the slightest change of a target decides."
        return Why(record, costs, None, (), note)
    decisive = _decisive(order, costs)
    changes, note = _changes(record, costs, order[0])
    return Why(record, costs, decisive, changes, note)


def _no_costs(decision: Decision) -> str:
    if decision.outcome == "failed":
        return "A failed decision has nothing to explain but its reason."
    who = f"{decision.decider!r} does not estimate attributes"
    if decision.estimates:
        who = f"Not all members of {decision.decider!r} estimate the same attributes"
    return (
        f"{who}, so no part of the answer belongs to one of them. "
        "Decide with a method that does: `align deciders list`."
    )


def _ranked(record: Record, costs: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The choices that no boundary rules out, the likeliest first."""
    known = [choice.id for choice in canonical(record.scenario.choices)]
    allowed = [choice for choice in known if choice not in record.evidence.excluded]
    return sorted(allowed, key=lambda choice: round(_sum(costs, choice), 12))


def _sum(costs: Mapping[str, Mapping[str, float]], choice: str) -> float:
    return sum(costs[choice].values())


def _decisive(order: Sequence[str], costs: Mapping[str, Mapping[str, float]]) -> str:
    """The attribute with the largest gain of the likeliest choice over the next."""
    best, second = (costs[choice] for choice in order[:2])
    return max(best, key=lambda name: round(second[name] - best[name], 12))


@dataclass(frozen=True)
class _Try:
    """A change of a target that may flip a decision."""

    what: What
    before: float
    after: float
    target: Target

    @classmethod
    def of(cls, target: Target, what: What, before: float, after: float, value: object) -> _Try:
        field = {"low end": "range", "high end": "range"}.get(what, what)
        return cls(what, before, after, target.model_copy(update={field: value}))


@dataclass(frozen=True)
class _Again:
    """A decision that can be made again from its estimates, under other targets."""

    record: Record
    settings: AligningSettings
    targets: Mapping[str, Target]
    """Those that were looked at."""
    estimates: Estimates

    @classmethod
    def of(cls, record: Record) -> _Again | None:
        """None where the decision does not rest on a single alignment function."""
        settings = named(record.decider.name, record.decider.settings).settings
        if not isinstance(settings, AligningSettings) or not record.evidence.costs:
            return None
        names = next(iter(record.evidence.costs.values()))
        wished = record.profile.targets if record.profile else {}
        return cls(
            record,
            settings,
            {name: wished[name] for name in names},
            estimates_of(record, record.scenario.choice_ids),
        )

    def reproduces(self, costs: Mapping[str, Mapping[str, float]]) -> bool:
        """Whether the estimates lead to the recorded `costs`."""
        found = [list(costs[choice].values()) for choice in self.record.scenario.choice_ids]
        try:
            return np.allclose(self._table(self.targets), found, rtol=0, atol=_SAME)
        except InvalidSetting:  # levels that the examples gave are not in the record
            return False

    def likeliest(self, targets: Mapping[str, Target]) -> str | None:
        """The likeliest choice under `targets` that no boundary rules out; None for a tie."""
        ids = self.record.scenario.choice_ids
        barred = [choice in self.record.evidence.excluded for choice in ids]
        sums: Floats = np.where(barred, np.inf, self._table(targets).sum(axis=1))
        first, second = np.argsort(sums, kind="stable")[:2]
        return ids[int(first)] if sums[second] - sums[first] > _SAME else None

    def _table(self, targets: Mapping[str, Target]) -> Floats:
        function = ALIGNMENTS.load(self.settings.alignment)
        key = self.record.scenario.id
        return function.costs(self.estimates, targets, self.settings, key=key)


def _changes(
    record: Record, costs: Mapping[str, Mapping[str, float]], now: str
) -> tuple[tuple[Change, ...], str]:
    """The changes under which not `now` is the likeliest, or why there are none."""
    again = _Again.of(record)
    if again is None:
        return (), "Several methods together have no single target."
    if not again.reproduces(costs):
        return (), (
            "The estimates do not lead to these costs by themselves, as names were exchanged or "
            "levels of examples were used; so what another target would lead to is not known."
        )
    found = sorted(_flips(again, now), key=lambda change: (change.what == "weight", change.size))
    return tuple(found), "" if found else "No change of a single target would flip it."


def _flips(again: _Again, now: str) -> Iterator[Change]:
    """For each target the smallest changes of its level and of its weight that flip `now`."""
    for name, target in again.targets.items():
        for ways in (_levels(target), _weights(target) if len(again.targets) > 1 else ()):
            firsts = [change for way in ways if (change := _first(again, now, name, way))]
            yield from sorted(firsts, key=lambda change: change.size)[:1]


def _first(again: _Again, now: str, name: str, way: Sequence[_Try]) -> Change | None:
    """The first step on the `way` by which another choice than `now` becomes the likeliest.

    Only where the last of some steps leaves `now` behind, those before it are looked at.
    """

    def after(tried: _Try) -> str | None:
        return again.likeliest({**again.targets, name: tried.target})

    for start in range(0, len(way), _STRIDE):
        some = way[start : start + _STRIDE]
        for tried in some if after(some[-1]) != now else ():
            choice = after(tried)
            if choice not in {now, None}:
                return Change(name, tried.what, tried.before, tried.after, str(choice))
    return None


def _levels(target: Target) -> list[list[_Try]]:
    """Ways to change the wanted level, each with the smallest change first."""
    if target.value is not None:
        return [
            [_Try.of(target, "value", target.value, after, after) for after in way]
            for way in _outward(target.value, 0, 1)
        ]
    if target.range is not None:
        low, high = target.range
        return [
            *(
                [_Try.of(target, "low end", low, after, (after, high)) for after in way]
                for way in _outward(low, 0, high)
            ),
            *(
                [_Try.of(target, "high end", high, after, (low, after)) for after in way]
                for way in _outward(high, low, 1)
            ),
        ]
    return [_shifted(target, sign) for sign in (1, -1) if target.samples is not None]


def _outward(before: float, low: float, high: float) -> tuple[list[float], list[float]]:
    """The levels with three decimals above and below `before`, from `low` to `high`."""
    levels = [step / _STEPS for step in range(_STEPS + 1)]
    above = [level for level in levels if before < level <= high]
    return above, [level for level in reversed(levels) if low <= level < before]


def _shifted(target: Target, sign: int) -> list[_Try]:
    """All samples moved alike, as far as 0 and 1 let them."""
    samples = np.asarray(target.samples)
    moved = (np.clip(samples + sign * step / _STEPS, 0, 1) for step in range(1, _STEPS + 1))
    return [
        _Try.of(target, "samples", target.level, float(new.mean()), tuple(new.tolist()))
        for new in moved
    ]


def _weights(target: Target) -> list[list[_Try]]:
    """More weight and less, the smallest change first; weights with three digits."""
    ratios = np.geomspace(1, _LARGEST, _RATIOS)[1:]
    return [
        [_Try.of(target, "weight", target.weight, after, after) for after in map(_rounded, way)]
        for way in (target.weight * ratios, target.weight / ratios)
    ]


def _rounded(weight: float) -> float:
    return float(f"{weight:.3g}")
