"""How many items an effect takes, from what a pilot run shows of its spread."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from alignkit.errors import UsageError
from alignkit.schema import Cell, Frozen, Result
from alignkit.store import Held, Store

_NEAR = 1e-9
_FEW = 2
"""Groups of items without which nothing can be said of a spread."""

_Item = tuple[str, str, str | None, int]
_Scores = dict[_Item, tuple[str, float]]
"""By item: its group, and whether the choice was right."""


class Needed(Frozen):
    """How many items show an effect between two deciders."""

    run: str
    """The pilot."""
    one: str
    other: str
    model: str
    effect: float
    """The difference of accuracies that is to be found, 0 to 1."""
    power: float
    alpha: float
    difference: float
    """Accuracy of `one` minus that of `other` in the pilot."""
    pilot_items: int
    pilot_groups: int
    groups: int
    """Groups of items that are needed."""
    items: int
    """Items that are needed, with as many in a group as in the pilot."""


class NoSpread(Frozen):
    """Two deciders whose difference is the same on every group of the pilot.

    Nothing can be said of how many items an effect between them takes.
    """

    run: str
    """The pilot."""
    one: str
    other: str
    model: str
    difference: float
    """Accuracy of `one` minus that of `other` in the pilot."""
    pilot_items: int
    pilot_groups: int


def needed(
    store: Store, run: str, *, effect: float, power: float, alpha: float = 0.05
) -> list[Needed | NoSpread]:
    """For every two deciders of the pilot `run` on one model: how many items show `effect`.

    An item is a scenario under a profile. It is right when the choice is among those nearest to
    what the profile wants or, where no target has a true value, among those with the most of the
    only true value there is. The spread is taken with caution: with what it is at most, with a
    certainty of 80 %, so that a small pilot asks for more.

    Raises:
        UnknownName: there is no such run.
        UsageError: the run has no two deciders on the same items, or too few of them; the power
            is no more than `alpha`; or the effect takes more items than can be counted.
    """
    if power <= alpha:
        raise UsageError(
            f"A power of {power:g} is no more than the level of the test, {alpha:g}.",
            "Chance alone finds as much; ask for a power such as 0.8.",
        )
    found = store.run(run)
    tables = _tables(store.held(found.id))
    made = [
        one
        for (model, first), (also, second) in combinations(tables, 2)
        if model == also
        and (
            one := _needed(
                found.id,
                (first, second, model),
                _paired(tables[model, first], tables[model, second]),
                (effect, power, alpha),
            )
        )
    ]
    if not made:
        raise UsageError(
            f"The run {found.id} has no two deciders on the same {_FEW} groups of items whose true "
            "values are known.",
            "Run a pilot with two deciders first, such as: align run triage --limit 20",
        )
    return made


def right(cell: Cell, result: Result) -> float | None:
    """Whether the choice is right, 0 to 1; None where nothing is known of what is right.

    A failed decision is wrong; an escalated one counts by its likeliest choices.
    """
    goals = {name: level for name, level in cell.targets.items() if level is not None}
    distances = _distances(cell, goals)
    if not distances:
        return None
    best = {key for key, far in distances.items() if far <= min(distances.values()) + _NEAR}
    if result.choice is not None:
        return float(result.choice in best)
    top = max(result.probabilities.values(), default=0.0)
    likely = [key for key, share in result.probabilities.items() if share >= top - _NEAR]
    return sum(key in best for key in likely) / len(likely) if likely else 0.0


def _distances(cell: Cell, goals: dict[str, float]) -> dict[str, float]:
    """By choice: how far it is from what is wanted; empty where that is not known."""
    names = {name for values in cell.truths.values() for name in values}
    wanted = {name: level for name, level in goals.items() if name in names}
    if not wanted and len(names) == 1:
        wanted = dict.fromkeys(names, 1.0)
    if not wanted or any(name not in truth for truth in cell.truths.values() for name in wanted):
        return {}
    found = {
        choice: math.fsum(abs(truth[name] - level) for name, level in wanted.items())
        for choice, truth in cell.truths.items()
    }
    return found if max(found.values()) - min(found.values()) > _NEAR else {}


def _tables(held: Iterable[Held]) -> dict[tuple[str, str], _Scores]:
    """By model and decider: which items were right."""
    tables: dict[tuple[str, str], _Scores] = defaultdict(dict)
    for one in held:
        cell = one.cell
        score = right(cell, one.result) if one.result is not None else None
        if score is not None:
            item = (cell.dataset, cell.scenario, cell.profile, cell.seed)
            tables[cell.model, cell.decider][item] = (f"{cell.dataset} {cell.group}", score)
    return tables


def _paired(one: _Scores, other: _Scores) -> Iterator[tuple[str, float]]:
    """Group and difference of every item that both decided."""
    for item, (group, score) in one.items():
        if item in other:
            yield group, score - other[item][1]


def _needed(
    run: str,
    ways: tuple[str, str, str],
    differences: Iterator[tuple[str, float]],
    wanted: tuple[float, float, float],
) -> Needed | NoSpread | None:
    import numpy as np

    from alignkit.stats.power import cautious_spread, cluster_spread, clusters_needed

    pairs = list(differences)
    groups = [group for group, _ in pairs]
    count = len(set(groups))
    if count < _FEW:
        return None
    values = np.array([difference for _, difference in pairs])
    spread = cautious_spread(cluster_spread(values, np.array(groups)), count)
    one, other, model = ways
    effect, power, alpha = wanted
    difference = float(values.mean())
    if spread <= _NEAR:
        return NoSpread(
            run=run,
            one=one,
            other=other,
            model=model,
            difference=difference,
            pilot_items=len(pairs),
            pilot_groups=count,
        )
    try:
        clusters = clusters_needed(effect, spread, power, alpha)
    except ValueError as error:
        raise UsageError(f"{one} against {other} on {model}: {error}.") from error
    return Needed(
        run=run,
        one=one,
        other=other,
        model=model,
        effect=effect,
        power=power,
        alpha=alpha,
        difference=difference,
        pilot_items=len(pairs),
        pilot_groups=count,
        groups=clusters,
        items=math.ceil(clusters * len(pairs) / count),
    )
