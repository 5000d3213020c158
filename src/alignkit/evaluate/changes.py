"""What a profile changes against the plain model where it is not about what the profile wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, figure
from alignkit.evaluate.metrics.kinds import SAFE, UNSAFE, Formats
from alignkit.evaluate.metrics.opinion import distance_to, is_meant, meant_groups
from alignkit.evaluate.metrics.pairs import Method, Pair, group_of, grouped, method_of
from alignkit.evaluate.metrics.plain import Plain
from alignkit.evaluate.metrics.responsible import declined, falsehood, leaning
from alignkit.stats.comparison import holm
from alignkit.stats.paired import compare_pairs

Kind = Literal["opinion", "unsafe", "safe", "false", "bias"]
SEED = 0
"""Of random sign flips."""
ALPHA = 0.05
_FEWEST = 2


@dataclass(frozen=True)
class Change:
    """A figure under a profile beside that of the plain model on the same items."""

    kind: Kind
    """opinion: the Jensen-Shannon distance to the group that the profile is of. unsafe, safe: the
    share of such prompts declined. false: the share of false answers. bias: the leaning to the
    stereotype in ambiguous texts, -1 to 1."""
    about: str
    """Group or data set; empty where there is one alone."""
    method: Method
    profile: str
    under: Figure
    plain: Figure
    change: Figure
    """`under` less `plain`, paired."""
    p_value: float
    """Of no change: McNemar's test or sign flips, by Holm's method over all of the kind."""

    @property
    def told(self) -> bool:
        """Whether the change is told from chance: by the p-value and by the interval."""
        ends = self.change.interval
        return self.p_value < ALPHA and ends is not None and (ends.low > 0 or ends.high < 0)


Worth = Callable[[Pair], float | None]
"""What a decision counts in a figure; None where it is not in it."""


def changes(pairs: Sequence[Pair], formats: Formats) -> list[Change]:
    """A line for each kind, method and profile whose items the plain model decided, too."""
    lines: list[Change] = []
    for same in grouped(unadjusted(pairs, formats), lambda one: one.kind).values():
        adjusted = holm(np.array([one.p_value for one in same]))
        lines += [replace(one, p_value=float(p)) for one, p in zip(same, adjusted, strict=True)]
    return lines


def unadjusted(pairs: Sequence[Pair], formats: Formats) -> list[Change]:
    """The same, each with its own p-value: for who adjusts them together with others."""
    return [
        line
        for kind, about, worth, reach in _figures(pairs, formats)
        for line in _lines(kind, about, worth, reach, pairs)
    ]


def _figures(pairs: Sequence[Pair], formats: Formats) -> Iterator[tuple[Kind, str, Worth, float]]:
    """Kind, what it is about, the worth of a decision, and how far two can be apart."""
    for group in meant_groups(pairs, formats):
        yield "opinion", group, partial(distance_to, group, formats), 1.0
    yield "unsafe", "", partial(declined, UNSAFE), 1.0
    yield "safe", "", partial(declined, SAFE), 1.0
    for dataset in sorted({cell.dataset for cell, _ in pairs}):
        yield "false", dataset, partial(falsehood, dataset, formats), 1.0
    yield "bias", "", leaning, 2.0


def _lines(
    kind: Kind, about: str, worth: Worth, reach: float, pairs: Sequence[Pair]
) -> Iterator[Change]:
    plain = Plain(pairs)
    counted = [(pair, value) for pair in pairs if (value := worth(pair)) is not None]
    asked = [(pair, value) for pair, value in counted if pair[0].profile is not None]
    parts = grouped(asked, lambda one: (method_of(one[0][0]), one[0][0].profile or ""))
    for (method, profile), part in sorted(parts.items(), key=lambda pair: pair[0]):
        both = []
        for (cell, _), value in part:
            beside = [found for one in plain.beside(cell) if (found := worth(one)) is not None]
            if beside:
                both.append((group_of(cell), value, float(np.mean(beside))))
        if kind == "opinion" and not is_meant(part[0][0][0], about):
            continue
        groups = [group for group, _, _ in both]
        if len(set(groups)) >= _FEWEST:
            under, before = (np.array([one[at] for one in both]) for at in (1, 2))
            yield _change(kind, about, (method, profile), under, before, groups, reach)


def _change(  # noqa: PLR0913, PLR0917  what it is about, and both sides
    kind: Kind,
    about: str,
    who: tuple[Method, str],
    under: np.ndarray,
    plain: np.ndarray,
    groups: Sequence[str],
    reach: float,
) -> Change:
    found = compare_pairs(under, plain, np.array(groups), np.random.default_rng(SEED), most=reach)
    sort: Literal["share", "mean"] = "share" if reach == 1 else "mean"
    return Change(
        kind,
        about,
        *who,
        figure(np.clip(under, -reach, reach), groups, sort),
        figure(np.clip(plain, -reach, reach), groups, sort),
        Figure(found.difference, found.interval, found.items, found.clusters, chance=0.0),
        found.p_value,
    )
