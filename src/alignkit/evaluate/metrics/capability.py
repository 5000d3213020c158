"""What a model can do, and how much of it is left when it follows a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from alignkit.evaluate.metrics.figure import Figure, Scored, figure_of, mean_of
from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.pairs import Method, Pair, grouped, method_of
from alignkit.evaluate.metrics.plain import Plain, is_control
from alignkit.evaluate.verdicts import answer_verdict
from alignkit.schema.run import Cell
from alignkit.stats.margin import NonInferiority, macro_non_inferiority, non_inferiority

_FEWEST = 2


@dataclass(frozen=True)
class Capability:
    """How often the right answer is chosen."""

    method: Method
    profile: str | None
    dataset: str
    accuracy: Figure
    """Mean over subjects of the share of right answers, 0 to 1, higher is better."""
    subjects: dict[str, Figure]
    """The same by subject, where the data name several."""


@dataclass(frozen=True)
class Retention:
    """Accuracy under a profile beside that of the plain model on the same questions."""

    method: Method
    profile: str
    dataset: str | None
    """None for all of them together, where every subject counts alike; else every question does."""
    plain: Figure
    under: Figure
    """Over the same questions as `plain`."""
    test: NonInferiority
    """The accuracy under the profile less the plain one, held against the margin."""

    @property
    def difference(self) -> Figure:
        """The difference that was tested, below 0 for a loss."""
        return Figure(self.test.difference, self.test.interval, self.under.n, self.under.groups)


def capability(pairs: Sequence[Pair], formats: Formats) -> list[Capability]:
    """A line for each method, profile and data set with right answers."""
    return [_capability(*key, part) for key, part in _parts(pairs, formats).items()]


def retention(pairs: Sequence[Pair], formats: Formats, margin: float) -> list[Retention]:
    """A line for each method, profile and data set that the plain model answered, too.

    Controls are left out: a profile asks nothing of them.

    Args:
        pairs: decisions with and without profiles.
        formats: of the data sets.
        margin: the largest loss that counts as none, above 0.
    """
    parts = grouped(_compared(pairs, formats), lambda one: (one.method, one.profile, one.dataset))
    lines = [_retention(*key, part, margin) for key, part in sorted(parts.items())]
    return [line for line in lines if line is not None]


def retained(pairs: Sequence[Pair], formats: Formats, margin: float) -> list[Retention]:
    """A line for each method and profile, over all data sets; arguments as of `retention`."""
    parts = grouped(_compared(pairs, formats), lambda one: (one.method, one.profile))
    lines = [
        _retention(method, profile, None, part, margin)
        for (method, profile), part in sorted(parts.items())
    ]
    return [line for line in lines if line is not None]


@dataclass(frozen=True)
class _Compared:
    """An answer under a profile beside the plain model's."""

    method: Method
    profile: str
    dataset: str
    under: Scored
    plain: Scored


def _compared(pairs: Sequence[Pair], formats: Formats) -> list[_Compared]:
    plain = Plain(pairs)
    found = []
    for cell, under in _graded(pairs, formats):
        if cell.profile is not None and not is_control(cell):
            beside = [one for _, one in _graded(plain.beside(cell), formats)]
            if beside:
                one = _Compared(method_of(cell), cell.profile, cell.dataset, under, mean_of(beside))
                found.append(one)
    return found


Graded = tuple[Cell, Scored]
"""A cell and whether its answer is right."""
_Parts = dict[tuple[Method, str | None, str], list[Graded]]


def _parts(pairs: Sequence[Pair], formats: Formats) -> _Parts:
    """Answers by method, profile and data set, the plain model first."""
    found = grouped(
        _graded(pairs, formats),
        lambda one: (method_of(one[0]), one[0].profile, one[0].dataset),
    )
    order = sorted(found, key=lambda key: (key[0], key[1] or "", key[2]))
    return {key: found[key] for key in order}


def _graded(pairs: Sequence[Pair], formats: Formats) -> list[Graded]:
    found = ((pair[0], answer_verdict(pair, "accuracy", formats)) for pair in pairs)
    return [(cell, one.scored) for cell, one in found if one is not None]


def _capability(
    method: Method, profile: str | None, dataset: str, part: Sequence[Graded]
) -> Capability:
    scored = [one for _, one in part]
    subjects = grouped(scored, lambda one: str(one.stratum))
    return Capability(
        method,
        profile,
        dataset,
        figure_of(scored, macro=True),
        {name: figure_of(ones) for name, ones in sorted(subjects.items())}
        if len(subjects) > 1
        else {},
    )


def _retention(
    method: Method, profile: str, dataset: str | None, part: Sequence[_Compared], margin: float
) -> Retention | None:
    """The line for `part`; None where it is of a single group."""
    plain, under = [one.plain for one in part], [one.under for one in part]
    groups = np.array([one.group for one in under])
    if len(set(groups.tolist())) < _FEWEST:
        return None
    values = np.array([one.value for one in under]), np.array([one.value for one in plain])
    macro = dataset is None
    if not macro:
        test = non_inferiority(*values, groups, margin)
    else:
        strata = [(one.dataset, one.under.stratum) for one in part]
        plain, under = (
            [replace(one, stratum=stratum) for one, stratum in zip(side, strata, strict=True)]
            for side in (plain, under)
        )
        numbers = {stratum: number for number, stratum in enumerate(dict.fromkeys(strata))}
        labels = np.array([numbers[stratum] for stratum in strata])
        test = macro_non_inferiority(*values, labels, groups, margin)
    return Retention(
        method,
        profile,
        dataset,
        figure_of(plain, macro=macro),
        figure_of(under, macro=macro),
        test,
    )
