"""Labelled examples: scenarios whose choices carry true values, and which belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alignkit.alignment import weighted_distance
from alignkit.errors import AlignkitError, DataError, UsageError
from alignkit.library import Library
from alignkit.schema import Profile, Scenario
from alignkit.service.inputs import Item, scenarios_named, scenarios_of_dataset
from alignkit.stats.probability import Floats

ENDS = (1.0, 0.0)
"""The levels at which attributes are wanted: high and low."""
_SAME = 1e-9
"""Distances nearer to each other than this are equal but for rounding."""
_FRAMES = 4
"""A context under fewer different questions is a situation, however many scenarios have it."""


@dataclass(frozen=True)
class Example:
    """A scenario with true values of some attributes."""

    scenario: Scenario
    group: str
    """What it shares with the examples that are no evidence of their own beside it."""
    drawn: bool = True
    """Whether it was drawn like the scenarios that come later. What the machine left to people was
    not: it was picked for being doubtful, and can test no promise."""

    def truths(self, attribute: str) -> Floats | None:
        """How much each choice shows of `attribute`: (n_choices,), 0 to 1; None if unknown."""
        values = [(choice.values or {}).get(attribute) for choice in self.scenario.choices]
        known = [value for value in values if value is not None]
        return np.array(known) if len(known) == len(values) else None

    def teaches(self, attribute: str) -> bool:
        """Whether it tells choices apart by `attribute`."""
        truths = self.truths(attribute)
        return truths is not None and bool(truths.min() < truths.max())

    def best(self, attribute: str, end: float) -> int | None:
        """The position of the one choice that is right at `end` (1 or 0); None if there is none."""
        truths = self.truths(attribute)
        if truths is None or truths.min() == truths.max():
            return None
        [*places] = np.flatnonzero(truths == (truths.max() if end else truths.min())).tolist()
        return int(places[0]) if len(places) == 1 else None

    def judges(self, attribute: str) -> bool:
        """Whether one choice is the only right one at one end of `attribute` at least."""
        return any(self.best(attribute, end) is not None for end in ENDS)

    def covers(self, profile: Profile) -> bool:
        """Whether it can test what is promised under `profile`.

        For that it says of each choice how far it truly is from all targets.
        """
        return self.drawn and all(self.truths(name) is not None for name in profile.targets)

    def nearest(self, profile: Profile) -> frozenset[str]:
        """The choices whose true values are nearest to the targets, by their weighted distance."""
        levels = [self.truths(name) for name in profile.targets]
        table = np.stack([column for column in levels if column is not None], axis=1)
        apart = weighted_distance(table, tuple(profile.targets.values()))
        near = np.flatnonzero(apart <= apart.min() + _SAME).tolist()
        return frozenset(self.scenario.choice_ids[place] for place in near)


@dataclass(frozen=True)
class Labelled:
    """All examples of one source."""

    source: str
    examples: tuple[Example, ...]
    unread: tuple[AlignkitError, ...] = ()
    """Why items were passed over."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What at least one example tells choices apart by, sorted."""
        named = {
            name
            for example in self.examples
            for choice in example.scenario.choices
            for name in choice.values or {}
        }
        return tuple(sorted(n for n in named if any(one.teaches(n) for one in self.examples)))


def labelled_in(source: str, library: Library, data: Path | None = None) -> Labelled:
    """The examples in `source`: a file, a folder, a name of the library, or FORMAT:PATH.

    A data set that is not in the working folder is looked for below `data`.

    Raises:
        UnknownName: there is no such format or scenario.
        DataError: nothing in it can be read.
        UsageError: no choice in it has a true value.
    """
    items = list(_items(source, library, data))
    scenarios = [item.scenario for item in items if item.scenario is not None]
    errors = tuple(item.error for item in items if item.error is not None)
    if not scenarios:
        raise errors[0] if errors else DataError(f"{source}: holds no scenarios.")
    examples = examples_of(scenarios)
    if not examples:
        raise UsageError(
            f"{source}: no choice has true values, so there is nothing to learn from.",
            "Give `values: {attribute: 0..1}` to each choice of the scenarios.",
        )
    return Labelled(source, examples, errors)


def examples_of(scenarios: Iterable[Scenario]) -> tuple[Example, ...]:
    """Those of `scenarios` that carry true values.

    Scenarios with the same context belong together. But a context that most of them have, under
    different questions, is no situation but a frame ("This is a question from a survey"): there
    the question tells what belongs together.
    """
    valued = [one for one in scenarios if any(choice.values for choice in one.choices)]
    frame = _frame(valued)
    return tuple(
        Example(one, f"{context}\x1f{_plain(one.question)}" if context == frame else context)
        for one in valued
        for context in [_plain(one.context)]
    )


def _frame(scenarios: Sequence[Scenario]) -> str | None:
    """The context of more than half of `scenarios`, if they ask different questions in it."""
    if not scenarios:
        return None
    [(context, count)] = Counter(_plain(one.context) for one in scenarios).most_common(1)
    asked = {_plain(one.question) for one in scenarios if _plain(one.context) == context}
    return context if 2 * count > len(scenarios) and len(asked) >= _FRAMES else None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _items(source: str, library: Library, data: Path | None) -> Iterable[Item]:
    kind, colon, _ = source.partition(":")
    if colon and "/" not in kind and not Path(source).exists():
        return scenarios_of_dataset(source, data)
    return scenarios_named([source], library)
