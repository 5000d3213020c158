"""What a data set gives away: how answers score that never read the situation.

Where a rule such as "always the second" scores far from chance, a method can look steered, or
skilled, by a mere liking for a place, a length or a name (Geirhos et al. 2020, "Shortcut Learning
in Deep Neural Networks"; for words in choices, Gururangan et al. 2018, "Annotation Artifacts").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from alignkit.evaluate.rules import Rule, rules
from alignkit.schema import Frozen, Scenario
from alignkit.stats.intervals import Interval
from alignkit.stats.share import clustered_share

Level = Literal["high", "low"]
LEVELS: tuple[Level, Level] = ("high", "low")
LEVEL = 0.95
"""Of the intervals that are shown; those that decide are wider, for as many rules as are tried."""


class Score(Frozen):
    """What one rule scores when an attribute is wanted high, or low."""

    rule: str
    level: Level
    items: int
    """Those that the rule says something about."""
    share: float
    """Of right answers among them, 0 to 1; a tie counts its part."""
    chance: float
    """What a fair die scores on the same items, 0 to 1."""
    interval: tuple[float, float]
    """Of the share, 95 %, clustered by group."""
    far: bool
    """Whether the interval, widened for all rules that were tried (Bonferroni), excludes chance."""

    @property
    def gain(self) -> float:
        """How many items more than by chance are right."""
        return (self.share - self.chance) * self.items


class Shortcuts(Frozen):
    """What rules score on the items of one attribute."""

    attribute: str
    items: int
    """Those whose choices all have a true value and differ in it."""
    groups: int
    places: dict[Level, tuple[float, ...]]
    """By level: the share of items in which each place is right, the first place first."""
    tried: int
    """How many rules."""
    scores: tuple[Score, ...]
    """Of rules that say something about every item, and of others that are far from chance."""
    scale: bool
    """The choices are the steps of a scale: what is right is the same in every item, and a rule
    says nothing about the method."""

    @property
    def far(self) -> tuple[Score, ...]:
        """Those far from chance, what gains most first; none where the choices are a scale."""
        found = [] if self.scale else [score for score in self.scores if score.far]
        return tuple(sorted(found, key=lambda one: -one.gain))

    @property
    def worst(self) -> Score | None:
        """The one among `far` that gains most; at the high level if one gains there."""
        gaining = [score for score in self.far if score.gain > 0]
        return next((one for one in gaining if one.level == "high"), next(iter(gaining), None))

    def best(self, level: Level) -> Score | None:
        """The constant answer that scores most over all items at `level`."""
        whole = [one for one in self.scores if one.level == level and one.items == self.items]
        return max(whole, key=lambda one: one.share, default=None)


def counting(scenarios: Sequence[Scenario], attribute: str) -> list[Scenario]:
    """Those of `scenarios` whose choices all have a true value of `attribute` and differ in it."""
    return [
        one
        for one in scenarios
        if len(set(found := _truths(one, attribute))) > 1 and None not in found
    ]


def shortcuts(scenarios: Sequence[Scenario], attribute: str) -> Shortcuts:
    """How rules score on those of `scenarios` that count for `attribute`."""
    items = counting(scenarios, attribute)
    tried = rules(items)
    _, groups = np.unique([one.belongs_to for one in items], return_inverse=True)
    right = {level: [_right(one, attribute, level) for one in items] for level in LEVELS}
    scores = [
        _score(rule, level, items, right[level], groups, len(tried))
        for rule in tried
        for level in LEVELS
    ]
    shown = {one.rule for one in scores if one.far or one.items == len(items)}
    return Shortcuts(
        attribute=attribute,
        items=len(items),
        groups=len(set(groups.tolist())),
        places={level: _places(items, right[level]) for level in LEVELS} if items else {},
        tried=len(tried),
        scores=tuple(one for one in scores if one.rule in shown),
        scale=bool(items) and all("scale" in one.tags for one in items),
    )


def _truths(scenario: Scenario, attribute: str) -> list[float | None]:
    return [(choice.values or {}).get(attribute) for choice in scenario.choices]


def _right(scenario: Scenario, attribute: str, level: Level) -> frozenset[int]:
    """The places of the choices that are right when `attribute` is wanted at `level`."""
    truths = [value for value in _truths(scenario, attribute) if value is not None]
    wanted = (max if level == "high" else min)(truths)
    return frozenset(place for place, value in enumerate(truths) if value == wanted)


def _score(  # noqa: PLR0913, PLR0917  one call, in a loop over the first two
    rule: Rule,
    level: Level,
    items: Sequence[Scenario],
    right: Sequence[frozenset[int]],
    groups: np.ndarray,
    tests: int,
) -> Score:
    places = sorted(rule.picks)
    hits = np.array([len(rule.picks[at] & right[at]) / len(rule.picks[at]) for at in places])
    chance = float(np.mean([len(right[at]) / len(items[at].choices) for at in places]))
    shown, strict = (_ends(hits, groups[places], one) for one in (LEVEL, 1 - (1 - LEVEL) / tests))
    return Score(
        rule=rule.name,
        level=level,
        items=len(places),
        share=float(hits.mean()),
        chance=chance,
        interval=(shown.low, shown.high),
        far=not strict.low <= chance <= strict.high,
    )


def _ends(hits: np.ndarray, groups: np.ndarray, level: float) -> Interval:
    """The interval of the share of hits; all of 0 to 1 for one group, which says nothing."""
    if len(set(groups.tolist())) == 1:
        return Interval(0.0, 1.0)
    return clustered_share(hits, groups, level).interval


def _places(items: Sequence[Scenario], right: Sequence[frozenset[int]]) -> tuple[float, ...]:
    """The share of items in which each place is right; several that are share one item."""
    totals = np.zeros(max(len(one.choices) for one in items))
    for places in right:
        totals[list(places)] += 1 / len(places)
    return tuple((totals / len(items)).tolist())
