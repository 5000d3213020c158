"""Past choices from files: what people chose, or what was decided and recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from alignkit.errors import DataError, UnknownName
from alignkit.library import Document, Library, read_documents, read_text
from alignkit.schema import PastChoice, Record, Scenario
from alignkit.service.people.referring import Scenarios, check_scenarios
from alignkit.stats.probability import Floats

_SAME = 1e-9
"""Levels nearer than this are equal."""


@dataclass(frozen=True)
class Past:
    """What was chosen."""

    choices: tuple[PastChoice, ...]
    undecided: int = 0
    """Records that were left aside because nothing was chosen in them."""

    @property
    def people(self) -> tuple[str | None, ...]:
        """Who chose, in the order of first mention; None for whoever has no name."""
        return tuple(dict.fromkeys(choice.person for choice in self.choices))

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes of which some option has a value, in the order of first mention."""
        return tuple(
            dict.fromkeys(
                name
                for choice in self.choices
                if isinstance(choice.scenario, Scenario)
                for option in choice.scenario.choices
                for name in option.values or {}
            )
        )

    def of(self, person: str) -> Past:
        """The choices of one person.

        Raises:
            UnknownName: nobody is called so.
        """
        kept = tuple(choice for choice in self.choices if choice.person == person)
        if not kept:
            names = [name for name in self.people if name]
            there = f"There are: {', '.join(names)}." if names else "No choice says who made it."
            raise UnknownName("person", person, names, there)
        return replace(self, choices=kept)


@dataclass(frozen=True, eq=False)
class Shown:
    """What was on offer in a past choice, as far as it is known."""

    levels: Floats
    """(n_options, n_attributes), each 0 to 1."""
    taken: int
    """Place of what was taken."""

    @property
    def informative(self) -> bool:
        """Whether the options differ in the first attribute, so that taking one says something."""
        return bool(np.ptp(self.levels[:, 0]) > _SAME)


def past_choices(paths: Iterable[Path], library: Library) -> Past:
    """The past choices in files, with their scenarios.

    A file is YAML or JSON with one past choice or a list, JSON lines (`.jsonl`), or the record of a
    decision. A scenario that is named is looked for in `library`, or seen from the file's folder.

    Raises:
        DataError: a file cannot be read or has a mistake; with file, line and field.
    """
    scenarios = Scenarios(library)
    found: list[PastChoice] = []
    undecided = 0
    for path in paths:
        record = _record(path)
        if record is None:
            found += (_past_choice(one, path, scenarios) for one in read_documents(path))
        elif record.decision.choice is None:
            undecided += 1
        else:
            found.append(PastChoice(scenario=record.scenario, choice=record.decision.choice))
    return Past(tuple(found), undecided)


def shown(past: PastChoice, attributes: Sequence[str]) -> Shown | None:
    """The options of `past` whose values of all `attributes` are known.

    Options without them are left aside, which a logit model allows: how often one option is taken
    rather than another does not depend on the rest. None where fewer than two are left, or where
    what was taken is not among them.

    Raises:
        DataError: the scenario is only named.
    """
    if not isinstance(past.scenario, Scenario):
        raise DataError(
            f"A past choice only names its scenario {past.scenario!r}.",
            "Give the scenario itself, or read the file with past_choices.",
        )
    known = [
        (choice.id, [choice.values[name] for name in attributes])
        for choice in past.scenario.choices
        if choice.values and all(name in choice.values for name in attributes)
    ]
    ids = [name for name, _ in known]
    if len(ids) < 2 or past.choice not in ids:  # noqa: PLR2004
        return None
    return Shown(np.array([levels for _, levels in known]), ids.index(past.choice))


def informative(past: Past, attributes: Sequence[str]) -> list[tuple[PastChoice, Shown]]:
    """The choices of `past` between options that differ in the first of `attributes`.

    Raises:
        DataError: a scenario is only named.
    """
    found = ((choice, shown(choice, attributes)) for choice in past.choices)
    return [(choice, seen) for choice, seen in found if seen is not None and seen.informative]


def _record(path: Path) -> Record | None:
    """The record in the file `path`, if it is one."""
    if path.suffix != ".json":
        return None
    try:
        return Record.model_validate_json(read_text(path))
    except ValidationError:
        return None


def _past_choice(document: Document, path: Path, scenarios: Scenarios) -> PastChoice:
    check_scenarios(document)
    past = document.parse(PastChoice, DataError)
    scenario = scenarios.find(past.scenario, path.parent, document.where(("scenario",)))
    if past.choice not in scenario.choice_ids:
        raise DataError(
            f"{document.where(('choice',))}: choice: {past.choice!r} was not on offer in scenario "
            f"{scenario.id!r}.",
            f"There were: {', '.join(scenario.choice_ids)}.",
        )
    return past.model_copy(update={"scenario": scenario})
