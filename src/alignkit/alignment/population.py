"""Second pass: the levels taken over all items follow the distribution that a group shows.

A group's members differ. Who matches each item by itself answers all items as the average member;
here some items are answered as members at one end would, and some as those at the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from alignkit.alignment.distance import target_distances
from alignkit.alignment.estimates import Estimates
from alignkit.alignment.second_pass import Passed, check_pass, decide
from alignkit.alignment.settings import AlignmentSettings
from alignkit.alignment.weights import target_shares
from alignkit.schema import Target
from alignkit.stats.probability import Floats

_ROUNDS = 100
"""Rounds of improvement at most; a few are usual."""
_GAIN = 1e-12
"""A round that gains less ends the search."""


def match_population(
    items: Sequence[Estimates], targets: Mapping[str, Target], settings: AlignmentSettings
) -> Passed:
    """Decisions whose levels, over all items, are distributed as the targets want.

    The target's distribution is cut into as many slots as there are items, each holding an equal
    share of it in order of level. Every item gets a slot of its own for each attribute, and the
    cost of a choice is the mean distance of its level to the levels in the slot. With samples as
    target, the sum of the costs over the items is n times the Wasserstein distance of the levels
    taken from the samples (Villani, 2003, Topics in Optimal Transportation, section 2.2). A value
    or a range wants the same of all items; there the cost is the distance to it.

    With one target the sum of the costs is as small as it can be (the assignment problem; Crouse,
    2016, doi:10.1109/TAES.2016.140952). With several it is as small as taking turns makes it:
    slots for the choices taken, then choices for the slots, from slots found for each attribute by
    itself.

    Args:
        items: estimates in data-set order.
        targets: by attribute; they count by weight, and in each item by relevance.
        settings: temperature (None is 0.1) and reverse are read.

    Raises:
        UsageError: a target does not say which levels are wanted, or was not estimated.
    """
    check_pass("match_population", items, targets)
    costs = [_slot_costs(item, targets, len(items), settings) for item in items]
    slots = _assigned([[table.min(axis=0) for table in item] for item in costs])
    total = math.inf
    for _ in range(_ROUNDS):
        tables = [_table(item, row) for item, row in zip(costs, slots, strict=True)]
        decided = [decide(*pair, settings) for pair in zip(items, tables, strict=True)]
        taken = [choice for _, choice in decided]
        found = sum(float(t[row].sum()) for t, row in zip(tables, taken, strict=True))
        if found > total - _GAIN:
            break
        total, best = found, Passed(tables, [chances for chances, _ in decided], taken)
        slots = _assigned(
            [[table[row] for table in item] for item, row in zip(costs, taken, strict=True)]
        )
    return best


def _slot_costs(
    item: Estimates, targets: Mapping[str, Target], n_slots: int, settings: AlignmentSettings
) -> list[Floats]:
    """For each target, the cost of each choice in each slot: (n_choices, n_slots)."""
    shares = target_shares(item, targets) * (-1 if settings.reverse else 1)
    return [
        share * _slot_distances(item.levels(name), target, n_slots)
        for share, (name, target) in zip(shares, targets.items(), strict=True)
    ]


def _slot_distances(levels: Floats, target: Target, n_slots: int) -> Floats:
    """The mean distance of `levels` (n_choices,) to what each slot holds: (n_choices, n_slots)."""
    if target.samples is None:
        return np.repeat(target_distances(levels, target)[:, None], n_slots, axis=1)
    samples = np.sort(np.asarray(target.samples, dtype=np.float64))
    # Each sample is cut into so many equal parts that every slot holds the same number of them.
    parts = n_slots // math.gcd(n_slots, len(samples))
    held = np.repeat(samples, parts).reshape(n_slots, -1)
    return np.asarray(np.abs(levels[:, None, None] - held).mean(axis=2))


def _assigned(costs: Sequence[Sequence[Floats]]) -> list[list[int]]:
    """The slot of each item for each target, where `costs` by item and target is (n_slots,)."""
    from scipy.optimize import linear_sum_assignment

    columns = [linear_sum_assignment(np.stack(rows))[1] for rows in zip(*costs, strict=True)]
    return [list(map(int, row)) for row in zip(*columns, strict=True)]


def _table(costs: Sequence[Floats], slots: Sequence[int]) -> Floats:
    """The costs (n_choices, n_targets) of an item in its slots."""
    return np.stack([table[:, slot] for table, slot in zip(costs, slots, strict=True)], axis=1)
