"""From an experiment to its cells: what is decided, in which way, in an order that never changes.

Cells are made one after another and never held together, so that a million of them need no more
memory than one.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.errors import BadScenario, UsageError
from alignkit.evaluate.keys import cell_key, hashed, scenario_hash, way_hash
from alignkit.evaluate.selection import labelled, truths_of
from alignkit.schema import Cell, Profile, Scenario

Part = tuple[str, str, str]
"""Data set, decider and model of a cell."""
_HELD = 5_000
"""Data sets of at most so many scenarios are read once; larger ones are read for every pass."""


@dataclass(frozen=True)
class Wish:
    """A profile, and where it counts."""

    profile: Profile | None
    swept: bool = False
    """It was made by a sweep."""
    labelled_by: str | None = None
    """Only scenarios with differing true values of this attribute are decided under it."""

    @property
    def targets(self) -> dict[str, float | None]:
        """By attribute: the one level that is wanted, None where there is no single one."""
        wanted = self.profile.targets if self.profile else {}
        return {name: target.value for name, target in wanted.items()}


@dataclass(frozen=True)
class Way:
    """A decider on its model with one seed."""

    decider: Decider
    label: str
    """The decider as figures call it: with its settings, without its seed."""
    seed: int = 0
    plain_only: bool = False
    """Only the plain model, where there is no profile."""
    asked: str | None = None
    """The model as the experiment names it, with settings; one that names none has its own name."""

    @property
    def model(self) -> str:
        """The model as figures and prices call it; `none` where the decider asks none.

        Two models of one name, on two servers or with other settings, are two.
        """
        if self.decider.model is None:
            return "none"
        return self.asked or self.decider.model.identity.name

    def fits(self, wish: Wish) -> bool:
        """Whether the decider can work under `wish`, and is wanted there."""
        if wish.profile is None:
            return not self.decider.needs_profile
        return not self.plain_only


@dataclass(frozen=True)
class Placed:
    """A scenario with what is known of it for every cell."""

    scenario: Scenario
    sha256: str
    group: str
    truths: dict[str, dict[str, float]]
    labelled: frozenset[str]


@dataclass
class Dataset:
    """Scenarios under one name, read again for every pass unless they are few."""

    name: str
    read: Callable[[], Iterator[Scenario]]
    attributes: tuple[str, ...] | None = None
    """True values that count; None for all."""
    profiles: tuple[str, ...] | None = None
    """Names of profiles it is decided under; None for all."""
    _held: list[Placed] | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[Placed]:
        """The scenarios in their order."""
        if self._held is not None:
            yield from self._held
            return
        held: list[Placed] | None = []
        for scenario in self.read():
            placed = self._placed(scenario)
            if held is not None:
                held.append(placed)
                held = held if len(held) <= _HELD else None
            yield placed
        self._held = held

    def wants(self, wish: Wish) -> bool:
        """Whether it is decided under `wish`."""
        if self.profiles is None:
            return True
        name = wish.profile.name if wish.profile else "none"
        return name in self.profiles or (wish.swept and "sweep" in self.profiles)

    def _placed(self, scenario: Scenario) -> Placed:
        return Placed(
            scenario=scenario,
            sha256=scenario_hash(scenario),
            group=scenario.belongs_to,
            truths=truths_of(scenario, self.attributes),
            labelled=labelled(scenario, self.attributes),
        )


@dataclass(frozen=True)
class Planned:
    """A cell, with all that is needed to decide it."""

    cell: Cell
    scenario: Scenario
    profile: Profile | None
    way: Way

    @property
    def part(self) -> Part:
        """The part of the experiment that the cell belongs to."""
        return self.cell.dataset, self.cell.decider, self.cell.model


@dataclass(frozen=True)
class Totals:
    """What all cells of a matrix come to."""

    cells: int
    digest: str
    """Hash of all cells in their order: equal matrices have equal digests."""
    by_part: dict[Part, int]
    """Cells by data set, decider and model, in the order in which they are decided."""


@dataclass(frozen=True)
class Matrix:
    """All ways in which all scenarios are decided."""

    datasets: Sequence[Dataset]
    wishes: Sequence[Wish]
    ways: Sequence[Way]

    def __iter__(self) -> Iterator[Planned]:
        """Every cell once: by model, decider, data set, then what the decider's prompts share.

        Neighbours share the beginning of their prompts: with a decider that puts the profile
        first, all scenarios come under one profile, else all profiles on one scenario.
        """
        for way in self.ways:
            wishes = [wish for wish in self.wishes if way.fits(wish)]
            hashes = [way_hash(way.decider, wish.profile) for wish in wishes]
            for dataset in self.datasets:
                pairs = [
                    (wish, sha256)
                    for wish, sha256 in zip(wishes, hashes, strict=True)
                    if dataset.wants(wish)
                ]
                yield from _block(way, dataset, pairs)

    def totals(self) -> Totals:
        """How many cells there are, and which, in one pass.

        Raises:
            UsageError: there are none, or none of a data set.
        """
        digest, by_part, facts = hashlib.sha256(), dict[Part, int](), ""
        last: Scenario | None = None
        for planned in self:
            cell = planned.cell
            if planned.scenario is not last:
                last, facts = planned.scenario, _facts(cell)
            digest.update(f"{cell.key} {cell.profile} {facts}\n".encode())
            by_part[planned.part] = by_part.get(planned.part, 0) + 1
        reached = {dataset for dataset, _, _ in by_part}
        for dataset in self.datasets:
            if dataset.name not in reached:
                raise UsageError(
                    f"The data set {dataset.name!r} has no scenario to decide.",
                    "Look at its limit, skip, half, only, attributes, and at what a sweep needs.",
                )
        return Totals(sum(by_part.values()), digest.hexdigest(), by_part)

    def check_scenarios(self) -> None:
        """Check that no scenario comes twice.

        Raises:
            BadScenario: an id stands twice in a data set, or two data sets share a scenario.
        """
        ids, contents = array("Q"), array("Q")
        for dataset in self.datasets:
            for placed in dataset:
                ids.append(_short(f"{dataset.name}\x1f{placed.scenario.id}"))
                contents.append(int(placed.sha256[:16], 16))
        for found, what in ((ids, "id"), (contents, "content")):
            if len(found) > 1 and (twice := _twice(found)) is not None:
                raise BadScenario(self._said(*twice, what))

    def _said(self, one: int, other: int, what: str) -> str:
        places = (
            (dataset.name, placed.scenario.id) for dataset in self.datasets for placed in dataset
        )
        found = [place for number, place in enumerate(places) if number in {one, other}]
        (first_set, first), (second_set, second) = found
        if what == "id":
            return f"Data set {first_set!r}: the scenario {first!r} stands there twice."
        return (
            f"The scenario {second!r} of the data set {second_set!r} is the same as {first!r} of "
            f"{first_set!r}; it would count twice."
        )


def _block(way: Way, dataset: Dataset, pairs: Sequence[tuple[Wish, str]]) -> Iterator[Planned]:
    if way.decider.first == "profile":
        for pair in pairs:
            for placed in dataset:
                yield from _planned(way, dataset, placed, pair)
    else:
        for placed in dataset if pairs else ():
            for pair in pairs:
                yield from _planned(way, dataset, placed, pair)


def _planned(
    way: Way, dataset: Dataset, placed: Placed, pair: tuple[Wish, str]
) -> Iterator[Planned]:
    wish, sha256 = pair
    if wish.labelled_by is not None and wish.labelled_by not in placed.labelled:
        return
    cell = Cell(
        key=cell_key(sha256, placed.sha256, way.seed),
        dataset=dataset.name,
        scenario=placed.scenario.id,
        group=placed.group,
        tags=placed.scenario.tags,
        truths=placed.truths,
        profile=wish.profile.name if wish.profile else None,
        targets=wish.targets,
        decider=way.label,
        model=way.model,
        seed=way.seed,
    )
    yield Planned(cell, placed.scenario, wish.profile, way)


def _facts(cell: Cell) -> str:
    """The hash of what a data set says about a scenario."""
    return hashed(cell.model_dump(mode="json", include={"dataset", "group", "tags", "truths"}))


def _short(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _twice(found: array[int]) -> tuple[int, int] | None:
    """Places of the first two equal numbers, where there are any."""
    numbers = np.frombuffer(found, dtype=np.uint64)
    order = np.argsort(numbers, kind="stable")
    equal = np.flatnonzero(numbers[order][1:] == numbers[order][:-1])
    if not len(equal):
        return None
    at = int(equal[0])
    return int(order[at]), int(order[at + 1])
