"""The plain model's decisions, found for those that are held against them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alignkit.evaluate.metrics.pairs import Pair, grouped
from alignkit.schema.run import Cell

BASELINE = "baseline"
"""The decider that asks a model for the best choice and for nothing else."""

CONTROLS = frozenset({BASELINE, "first", "random", "oracle"})
"""Deciders of which a profile asks nothing, or that know the true values: what becomes of ability
under a profile isn't seen from them."""


def is_control(cell: Cell) -> bool:
    """Whether `cell` was decided by one of `CONTROLS`, whatever its settings."""
    return cell.decider.partition("?")[0] in CONTROLS


class Plain:
    """The decisions without a profile among those that it is made of."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        """Keep those of `pairs` that were made without a profile."""
        plain = [pair for pair in pairs if pair[0].profile is None]
        self._items = grouped(plain, lambda pair: (*_item(pair[0]), pair[0].decider))
        self._deciders = {
            key: sorted({cell.decider for cell, _ in part})
            for key, part in grouped(plain, lambda pair: _where(pair[0])).items()
        }

    def beside(self, cell: Cell) -> list[Pair]:
        """What the plain model decided on the item of `cell`; empty where it did not.

        The item is the same data set and scenario with the same model. Where the plain model
        decided the data set in several ways, it is that of `cell`, or else the baseline, or else
        the first by name. The decision of the same seed, or where there is none those of all seeds,
        of which the mean counts.
        """
        deciders = self._deciders.get(_where(cell), [])
        if not deciders:
            return []
        liked = (name for name in (cell.decider, BASELINE) if name in deciders)
        found = self._items.get((*_item(cell), next(liked, deciders[0])), [])
        return [pair for pair in found if pair[0].seed == cell.seed] or found


def borrowed(plain: Iterable[Pair], wishes: Sequence[Pair]) -> list[Pair]:
    """Decisions of the plain model, each as though made under every wish of `wishes` on its item.

    So the plain model can be judged by what a profile wants of the same scenario. The profile, what
    it wants and the seed come from there; the decision, its decider and its model stay. Where the
    plain model has several decisions for one of `wishes` (`Plain.beside`), all are there.
    """
    known = Plain(plain)
    return [
        (
            theirs.model_copy(
                update={"targets": cell.targets, "profile": cell.profile, "seed": cell.seed}
            ),
            result,
        )
        for cell, _ in wishes
        for theirs, result in known.beside(cell)
    ]


def _where(cell: Cell) -> tuple[str, str]:
    return cell.dataset, cell.model


def _item(cell: Cell) -> tuple[str, str, str]:
    return cell.dataset, cell.scenario, cell.model
