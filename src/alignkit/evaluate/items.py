"""What methods are compared on: labelled scenarios, with mirrored twins where they need them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from alignkit.datasets import READERS
from alignkit.datasets.align_phase2 import mirrored
from alignkit.errors import DataError, DatasetFormat, FileProblem
from alignkit.evaluate.rightness import extreme
from alignkit.evaluate.selection import half_of
from alignkit.schema import Profile, Scenario, Target

Level = Literal["high", "low"]
Half = Literal["first", "second", "both"]
LEVELS: dict[Level, float] = {"high": 1.0, "low": 0.0}


@dataclass(frozen=True)
class Item:
    """A scenario with true values of one attribute."""

    family: str
    scenario: Scenario
    attribute: str
    cluster: str
    """What belongs together: a scenario, its twin, all its attributes."""

    @property
    def truths(self) -> tuple[float, ...]:
        """The true value of each choice, in the scenario's order."""
        return tuple((choice.values or {})[self.attribute] for choice in self.scenario.choices)

    def best(self, level: Level) -> frozenset[str]:
        """The choices that are right when the attribute is wanted at `level`."""
        truths = dict(zip(self.scenario.choice_ids, self.truths, strict=True))
        return extreme(truths, high=level == "high")

    def profile(self, level: Level) -> Profile:
        """The profile that wants the attribute at `level` and nothing else."""
        name = f"{self.attribute.replace('_', '-')}-{level}"
        return Profile(name=name, targets={self.attribute: Target(value=LEVELS[level])})

    @property
    def half(self) -> Literal["first", "second"]:
        """Which half of the items it is in; all of a cluster are in the same."""
        return half_of(self.cluster)


@dataclass(frozen=True)
class Family:
    """A data set, or a part of one, that gets its own figures."""

    name: str
    reader: str
    file: str
    """Below the folder of the data."""
    attributes: tuple[str, ...] | None = None
    """Those that count; None for all."""
    twins: bool = False
    """Judge every scenario together with its mirrored twin."""
    spread: bool = False
    """Fixed items are spread evenly over the attributes and over which choice shows more."""


FAMILIES = (
    Family("mta", "mta", "mta/paper-dataset-1-12.json"),
    Family(
        "affiliation",
        "align_phase2",
        "align_phase2/July2025-AF-train_20250804.json",
        attributes=("affiliation",),
        twins=True,
    ),
    Family(
        "personal_safety",
        "align_phase2",
        "align_phase2/July2025-PS-train_20250804.json",
        attributes=("personal_safety",),
        twins=True,
    ),
    Family("persona", "persona_statements", "persona_statements/statements.csv", spread=True),
)


def items_of(
    family: Family, data: Path, limit: int | None = None, half: Half = "both"
) -> list[Item]:
    """The items of `family` in the folder `data`, or a fixed `limit` of its scenarios with twins.

    They are of one `half`, or of both.

    Which ones are fixed depends on their names alone, so that a smaller selection is always part
    of a larger one. Where they are spread there are as many of each kind, at least one, and so
    there may be more than `limit`. Rows that are broken are passed over, and scenarios whose
    choices all have the same value do not count.

    Raises:
        FileProblem: the data is not there.
        DataError: the file cannot be read, or nothing in it counts.
    """
    path = data / family.file
    if not path.is_file():
        raise FileProblem(
            f"{path}: there is no such file.", "Name the folder of the data with ALIGN_DATA."
        )
    read = list(READERS.load(family.reader)(path))
    scenarios = [one for one in read if isinstance(one, Scenario)]
    found = [item for scenario in scenarios for item in _items(family, scenario)]
    if not found:
        broken = next((one for one in read if isinstance(one, DataError)), None)
        none = f"{path}: holds no scenario whose choices differ in a true value."
        raise broken or DatasetFormat(none)
    found = [item for item in found if half in {"both", item.half}]
    chosen = found if limit is None or not found else _fixed(family, found, limit)
    return [one for item in chosen for one in (item, *_twin(family, item))]


def _items(family: Family, scenario: Scenario) -> Iterator[Item]:
    named = {name for choice in scenario.choices for name in choice.values or {}}
    for attribute in sorted(named):
        wanted = family.attributes is None or attribute in family.attributes
        values = [(choice.values or {}).get(attribute) for choice in scenario.choices]
        if wanted and None not in values and len(set(values)) > 1:
            yield Item(family.name, scenario, attribute, scenario.id)


def _twin(family: Family, item: Item) -> tuple[Item, ...]:
    if not family.twins:
        return ()
    return (Item(item.family, mirrored(item.scenario), item.attribute, item.cluster),)


def _fixed(family: Family, found: Sequence[Item], limit: int) -> list[Item]:
    """`limit` scenarios, or as many of each kind, in an order by their names."""
    kinds: dict[object, set[str]] = {}
    for item in found:
        kinds.setdefault(_kind(family, item), set()).add(item.cluster)
    each = math.ceil(limit / len(kinds))
    kept = {
        (kind, cluster)
        for kind, clusters in kinds.items()
        for cluster in sorted(clusters, key=lambda name: (_hashed(name), name))[:each]
    }
    return [item for item in found if (_kind(family, item), item.cluster) in kept]


def _kind(family: Family, item: Item) -> object:
    """What items are spread over: attribute and best choice, where the family says so."""
    return (item.attribute, item.best("high")) if family.spread else None


def _hashed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
