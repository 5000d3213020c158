"""Second pass: every choice is judged by what the decisions so far would look like with it.

One decision cannot show a distribution, but the history of decisions can. It is that of the items
given, in their order; give the items of a scenario or a session by themselves to keep a history
for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.alignment.distance import target_distances
from alignkit.alignment.divergence import jensen_shannon
from alignkit.alignment.estimates import Estimates
from alignkit.alignment.function import Sight
from alignkit.alignment.kde import GRID, Kde
from alignkit.alignment.second_pass import Passed, check_pass, decide
from alignkit.alignment.settings import AlignmentSettings
from alignkit.alignment.wanted import normed, wanted_density
from alignkit.alignment.weights import target_shares
from alignkit.schema import Target
from alignkit.stats.probability import Floats, normalise


@dataclass(frozen=True)
class _Rule:
    """What a choice adds to the history, and how far the average of it is from a target."""

    name: str
    shown: Callable[[Sight], Floats]
    """(n_choices, n_parts)."""
    apart_from: Callable[[str, Target, AlignmentSettings], Callable[[Floats], Floats]]
    """For an attribute and its target: from averages (n_choices, n_parts) to (n_choices,)."""


def cumulative_distance(
    items: Sequence[Estimates], targets: Mapping[str, Target], settings: AlignmentSettings
) -> Passed:
    """Decisions that keep the mean of all levels taken near each target.

    The cost of a choice is n times the distance of the mean level to the target, where the mean is
    over the n - 1 choices taken before and this one. The factor n keeps the weight of one decision,
    and so the meaning of the temperature (0.1), the same throughout.

    Args:
        items: estimates in data-set order.
        targets: by attribute; the history of each is kept apart, relevant or not.
        settings: temperature and reverse are read.

    Raises:
        UsageError: a target does not say which levels are wanted, or was not estimated.
    """
    return _run(_DISTANCE, items, targets, settings)


def cumulative_divergence(
    items: Sequence[Estimates], targets: Mapping[str, Target], settings: AlignmentSettings
) -> Passed:
    """Decisions that keep the distribution of all levels taken near each target's.

    The cost of a choice is n times the Jensen-Shannon distance of the target's density from that
    of the levels of the n - 1 choices taken before and this one. Only means count, not the
    standard deviations of estimates.

    Args:
        items: estimates in data-set order.
        targets: by attribute; the history of each is kept apart, relevant or not.
        settings: temperature, reverse and those of densities are read.

    Raises:
        UsageError: a target does not say which levels are wanted, or was not estimated.
    """
    return _run(_DIVERGENCE, items, targets, settings)


def _run(
    rule: _Rule,
    items: Sequence[Estimates],
    targets: Mapping[str, Target],
    settings: AlignmentSettings,
) -> Passed:
    check_pass(rule.name, items, targets)
    result = Passed([], [], [])
    rulers = [rule.apart_from(name, target, settings) for name, target in targets.items()]
    totals: list[Floats | float] = [0.0] * len(targets)
    for count, item in enumerate(items, start=1):
        shown = [rule.shown(Sight(item, *wish, settings)) for wish in targets.items()]
        sums = [total + new for total, new in zip(totals, shown, strict=True)]
        apart = [ruler(sum_ / count) for ruler, sum_ in zip(rulers, sums, strict=True)]
        table = np.stack(apart, axis=1) * target_shares(item, targets) * count
        table = -table if settings.reverse else table
        probabilities, taken = decide(item, table, settings)
        totals = [sum_[taken] for sum_ in sums]
        result.costs.append(table)
        result.probabilities.append(probabilities)
        result.taken.append(taken)
    return result


def _levels(sight: Sight) -> Floats:
    return sight.levels[:, None]


def _distance_from(
    name: str,  # noqa: ARG001  the same for all attributes
    target: Target,
    settings: AlignmentSettings,  # noqa: ARG001  none concerns it
) -> Callable[[Floats], Floats]:
    return lambda means: target_distances(means[:, 0], target)


def _densities(sight: Sight) -> Floats:
    """The kernel of each choice's level on the grid: (n_choices, 101)."""
    settings = sight.settings
    kernels = [Kde.of(x[None], settings.bandwidth, settings.boundary) for x in normed(sight)[0]]
    return np.exp([kernel.log_density(GRID) for kernel in kernels])


def _divergence_from(
    name: str, target: Target, settings: AlignmentSettings
) -> Callable[[Floats], Floats]:
    wanted = wanted_density(name, target, settings).on_grid()
    return lambda sums: np.asarray([jensen_shannon(normalise(row), wanted) for row in sums])


_DISTANCE = _Rule("cumulative_distance", _levels, _distance_from)
_DIVERGENCE = _Rule("cumulative_divergence", _densities, _divergence_from)
