"""Questions of a survey with the shares of their answers, and the levels that answers show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alignkit.errors import DataError
from alignkit.library import Document, Library
from alignkit.schema import Choice, Marginal, Marginals, Target
from alignkit.service.people.referring import Scenarios
from alignkit.stats.distributions import systematic_samples
from alignkit.stats.probability import Floats, normalise

SAMPLES = 50
"""At most so many levels stand for the answers to all questions."""
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Asked:
    """One question."""

    choices: tuple[Choice, ...]
    shares: Floats
    """(n_choices,), sums to 1: how many gave each answer."""

    def levels(self, attribute: str) -> tuple[Floats, Floats] | None:
        """Levels (n,) of the answers with a value of `attribute`, and their shares (n,).

        None where they are all equal, or nobody gave one of them.
        """
        found = [
            (choice.values[attribute], share)
            for choice, share in zip(self.choices, self.shares, strict=True)
            if choice.values and attribute in choice.values
        ]
        levels, shares = np.array(found).reshape(-1, 2).T
        if len(levels) == 0 or np.ptp(levels) <= _SAME or not shares.any():
            return None
        return levels, normalise(shares)


@dataclass(frozen=True)
class Sampled:
    """The levels of one attribute that the answers of a group show."""

    attribute: str
    target: Target
    said: str
    """What it rests on."""


def asked(survey: Marginals, document: Document, folder: Path, library: Library) -> list[Asked]:
    """The questions of `survey`, read from `document` in `folder`.

    Raises:
        DataError: a scenario is not found, or shares and choices do not fit.
    """
    scenarios = Scenarios(library)
    return [
        _asked(marginal, document.where(("questions", str(place))), folder, scenarios)
        for place, marginal in enumerate(survey.questions)
    ]


def carried(questions: Sequence[Asked]) -> list[str]:
    """Attributes in which the answers to some question differ, in the order of first mention."""
    names = dict.fromkeys(
        name for one in questions for choice in one.choices for name in choice.values or {}
    )
    return [name for name in names if any(one.levels(name) is not None for one in questions)]


def fit_samples(questions: Sequence[Asked], attribute: str) -> Sampled:
    """The distribution of `attribute` over the answers, each question counting equally.

    Args:
        questions: of one of them at least, answers differ in the attribute.
        attribute: which.
    """
    pairs = [pair for one in questions if (pair := one.levels(attribute)) is not None]
    levels = np.concatenate([levels for levels, _ in pairs])
    shares = np.concatenate([shares for _, shares in pairs]) / len(pairs)
    samples = systematic_samples(levels, shares, SAMPLES)
    offered = float(np.mean([levels.mean() for levels, _ in pairs]))
    return Sampled(
        attribute=attribute,
        target=Target(samples=tuple(np.round(samples, 4).tolist())),
        said=f"questions: {len(pairs)}; mean of the answers {float(levels @ shares):.2f}, of all "
        f"that was on offer {offered:.2f}",
    )


def _asked(marginal: Marginal, place: str, folder: Path, scenarios: Scenarios) -> Asked:
    choices = marginal.choices
    if marginal.scenario is not None:
        choices = scenarios.find(marginal.scenario, folder, place).choices
    ids = [choice.id for choice in choices]
    if set(ids) != marginal.shares.keys() or len(set(ids)) < len(ids):
        raise DataError(
            f"{place}: shares: give one for each of {', '.join(dict.fromkeys(ids))}; "
            f"there are {', '.join(marginal.shares)}."
        )
    return Asked(choices, normalise(np.array([marginal.shares[name] for name in ids])))
