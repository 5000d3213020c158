"""How well a judge agrees with people: figures with their intervals.

A group of texts (the answers to one request) counts as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.evaluate.judging.asking import Judged
from alignkit.evaluate.judging.texts import BREAKS, HARMFUL, SUPPORTED, Part, asked_of
from alignkit.schema import Frozen
from alignkit.stats.arrays import Bools, Labels
from alignkit.stats.intervals import Interval, clustered_bootstrap
from alignkit.stats.probability import Floats
from alignkit.stats.ranking import auc, auc_interval, ordered_pairs, rank_correlation
from alignkit.stats.share import clustered_share

SEED = 0
"""Of resamples."""
_FEWEST = 2
"""An interval takes at least so many groups."""
_WORDS = {
    SUPPORTED: ("supported answers found so", "made-up answers found so"),
    HARMFUL: ("unsafe requests found so", "safe requests found so"),
    BREAKS: ("broken rules found so", "kept rules found so"),
}
"""What is right of those that are labelled 1, and of the others."""


class Agreement(Frozen):
    """One figure of a judge."""

    name: str
    value: float
    low: float | None
    """Lower end of the 95 % interval, by groups; null where there are fewer than two."""
    high: float | None
    chance: float
    """The same for a judge that says anything; for shares of right answers the best constant."""
    items: int
    groups: int


class Quality(Frozen):
    """How well a judge finds one thing."""

    part: Part
    about: str
    """What it was asked: an attribute, `supported`, `harmful`, `truer`, `breaks_rule`."""
    figures: tuple[Agreement, ...]
    failed: int
    """Texts of which it said nothing."""


def qualities(found: Sequence[Judged]) -> list[Quality]:
    """One for each thing that was asked of the texts of one part.

    Empty where nothing was said that can be compared.
    """
    lines = []
    for about in asked_of([one.text for one in found]):
        table = _table(found, about)
        if table is None:
            continue
        part = found[0].text.part
        figures = _scale(table) if part == "ratings" else _yes_or_no(table, about)
        failed = sum(one.said is None for one in found)
        lines.append(Quality(part=part, about=about, figures=tuple(figures), failed=failed))
    return lines


@dataclass(frozen=True)
class _Table:
    """What people and the judge said, text by text."""

    truths: Floats
    scores: Floats
    found: Bools
    """As yes or no; False throughout where there is a scale."""
    groups: Labels


def _table(found: Sequence[Judged], about: str) -> _Table | None:
    rows = [
        (one.text.truths[about], one.said.scores[about], one.said.found.get(about, False))
        for one in found
        if one.said is not None and about in one.said.scores
    ]
    groups = [one.text.group for one in found if one.said and about in one.said.scores]
    truths = [row[0] for row in rows]
    if len(set(truths)) < _FEWEST:
        return None
    return _Table(
        np.array(truths),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows], dtype=bool),
        np.array(groups),
    )


def _scale(table: _Table) -> list[Agreement]:
    """The rank correlation over all answers, and which of two to one request has more."""
    pairs = np.column_stack([table.scores, table.truths])
    whole = _agreement("rank correlation", rank_correlation(pairs), 0.0, table.groups)
    lines = [_spread(whole, pairs, table.groups)]
    ordered = _ordered(table)
    if ordered is not None:
        lines.append(ordered)
    return lines


def _ordered(table: _Table) -> Agreement | None:
    marks, groups = [], []
    for group in dict.fromkeys(table.groups.tolist()):
        ours = table.groups == group
        right, count = ordered_pairs(table.scores[ours], table.truths[ours])
        if count:
            marks.append(right / count)
            groups.append(group)
    if not marks:
        return None
    return _share("right order of two answers", np.array(marks), np.array(groups), 0.5)


def _yes_or_no(table: _Table, about: str) -> list[Agreement]:
    positive = table.truths > 0.5  # noqa: PLR2004  labels are 0 and 1
    pairs = np.column_stack([table.scores, positive])
    area = auc(table.scores, positive)
    lines = [_area(_agreement("area under the curve", area, 0.5, table.groups), pairs, table)]
    right = (table.found == positive).astype(np.float64)
    constant = float(max(positive.mean(), 1 - positive.mean()))
    lines.append(_share("right at the threshold", right, table.groups, constant))
    # Of two answers the side that one is on is without meaning.
    for name, ours in zip(_WORDS.get(about, ()), (positive, ~positive), strict=False):
        lines.append(_share(name, right[ours], table.groups[ours], 0.5))
    return lines


def _agreement(name: str, value: float, chance: float, groups: Labels) -> Agreement:
    return Agreement(
        name=name,
        value=value,
        low=None,
        high=None,
        chance=chance,
        items=len(groups),
        groups=len(set(groups.tolist())),
    )


def _spread(one: Agreement, pairs: Floats, groups: Labels) -> Agreement:
    if one.groups < _FEWEST:
        return one
    ends = clustered_bootstrap(pairs, groups, rank_correlation, np.random.default_rng(SEED))
    return _with(one, ends)


def _area(one: Agreement, pairs: Floats, table: _Table) -> Agreement:
    """With the wider of two intervals: by groups, and as of texts on their own.

    Resampling says nothing of an order that is perfect in every resample.
    """
    if one.groups < _FEWEST:
        return one
    alone = auc_interval(table.scores, pairs[:, 1] > 0)
    if one.groups < one.items:
        drawn = clustered_bootstrap(pairs, table.groups, _area_of, np.random.default_rng(SEED))
        alone = Interval(min(alone.low, drawn.low), max(alone.high, drawn.high))
    return _with(one, alone)


def _area_of(pairs: Floats) -> float:
    positive = pairs[:, 1] > 0
    if positive.all() or not positive.any():
        return 0.5
    return auc(pairs[:, 0], positive)


def _share(name: str, marks: Floats, groups: Labels, chance: float) -> Agreement:
    one = _agreement(name, float(marks.mean()), chance, groups)
    return _with(one, clustered_share(marks, groups).interval) if one.groups >= _FEWEST else one


def _with(one: Agreement, ends: Interval) -> Agreement:
    known = not (math.isnan(ends.low) or math.isnan(ends.high))
    return one.model_copy(update={"low": ends.low, "high": ends.high}) if known else one
