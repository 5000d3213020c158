"""The decisions behind the figures: lists of items, and which of them have their record here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.calibrated import judgements
from alignkit.evaluate.metrics.pairs import Method, Pair, grouped, method_of
from alignkit.report.run.blocks import Link
from alignkit.report.run.numbers import level_words, number

MOST_RECORDS = 500
"""So many records at most are in a report."""
MOST_ROWS = 4_000
"""So many decisions at most are listed in a report."""
MOST_LISTS = 800
"""So many lists at most are in a report."""
_MOST_LINKS = 3
_FEWEST_ROWS = 2


@dataclass(frozen=True)
class Row:
    """One decision in a list."""

    scenario: str
    choice: str
    """What was chosen, or how it ended else."""
    right: str
    """right, wrong, partly; empty where nobody knows."""
    likely: str
    """Probability of the likeliest choice."""
    confidence: str
    decision: str
    """Id of the decision."""


@dataclass(frozen=True)
class ItemList:
    """Decisions of one method under one profile on one data set."""

    anchor: str
    title: str
    wanted: str
    """What the profile wants; empty where it wants nothing of attributes."""
    total: int
    right: str
    """How many are right; empty where nobody knows."""
    rows: tuple[Row, ...]
    """The wrong and sure ones first."""
    method: Method
    profile: str | None
    dataset: str
    targets: Mapping[str, float | None]

    @property
    def left_out(self) -> int:
        """Decisions that are not listed."""
        return self.total - len(self.rows)


class Items:
    """The lists of a run, and the way from figures to them."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        """List `pairs`."""
        parts = grouped(pairs, lambda one: (one[0].dataset, one[0].profile, method_of(one[0])))
        order = sorted(parts, key=lambda key: (key[0], key[1] or "", key[2]))
        self._worth = _worth(pairs)
        each = max(_FEWEST_ROWS, MOST_ROWS // max(len(parts), 1))
        self.left_out = max(len(order) - MOST_LISTS, 0)
        """So many lists are left out."""
        self.lists = [
            self._list(number, parts[key], each) for number, key in enumerate(order[:MOST_LISTS], 1)
        ]

    def links(
        self,
        method: Method | None = None,
        *,
        profile: str | None = "",
        dataset: str | None = None,
        wish: tuple[str, float] | None = None,
    ) -> tuple[Link, ...]:
        """The lists of what is named; a profile that is not given is any."""
        found = [
            one
            for one in self.lists
            if (method is None or one.method == method)
            and (profile in {"", one.profile})
            and (dataset is None or one.dataset == dataset)
            and (wish is None or one.targets.get(wish[0]) == wish[1])
        ]
        return tuple(Link(one.anchor, one.dataset) for one in found[:_MOST_LINKS])

    def chosen(self) -> Iterator[str]:
        """Ids of the decisions whose records are shown first: from every list in turn."""
        longest = max((len(one.rows) for one in self.lists), default=0)
        for place in range(longest):
            for one in self.lists:
                if place < len(one.rows):
                    yield one.rows[place].decision

    def _list(self, place: int, pairs: Sequence[Pair], most: int) -> ItemList:
        cell = pairs[0][0]
        method = method_of(cell)
        order = sorted(pairs, key=self._weight)
        known = [self._worth[r.decision] for _, r in pairs if r.decision in self._worth]
        profile = cell.profile or "no profile"
        return ItemList(
            anchor=f"items-{place}",
            title=f"{cell.dataset} · {profile} · {method}",
            wanted=", ".join(
                f"{name} {level_words(level) or 'weighed'}" for name, level in cell.targets.items()
            ),
            total=len(pairs),
            right=f"{sum(worth == 1 for worth in known)} of {len(known)} right" if known else "",
            rows=tuple(self._row(pair) for pair in order[:most]),
            method=method,
            profile=cell.profile,
            dataset=cell.dataset,
            targets=cell.targets,
        )

    def _weight(self, pair: Pair) -> tuple[float, float]:
        """Wrong ones first, of these the sure ones."""
        result = pair[1]
        return self._worth.get(result.decision, 0.5), -result.confidence

    def _row(self, pair: Pair) -> Row:
        cell, result = pair
        worth = self._worth.get(result.decision)
        likely = max(result.probabilities.values(), default=None)
        return Row(
            scenario=cell.scenario + (f" (seed {cell.seed})" if cell.seed else ""),
            choice=result.choice if result.choice is not None else result.outcome,
            right="" if worth is None else {0.0: "wrong", 1.0: "right"}.get(worth, "partly"),
            likely=number(likely),
            confidence=number(result.confidence if result.probabilities else None),
            decision=result.decision,
        )


def _worth(pairs: Sequence[Pair]) -> dict[str, float]:
    """By decision: how right it is, over all that it can be right in, 0 to 1."""
    found = grouped(judgements(pairs), lambda one: one.result.decision)
    worth = {key: sum(j.scored.value for j in ones) / len(ones) for key, ones in found.items()}
    failed = {result.decision: 0.0 for _, result in pairs if result.outcome == "failed"}
    return {**worth, **failed}
