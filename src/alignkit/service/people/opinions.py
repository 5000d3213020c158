"""What the published opinions of groups say of one group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alignkit.datasets.opinionqa import LICENCE, SOURCE, group_name, read
from alignkit.errors import DataError, UnknownName, UsageError
from alignkit.schema import Scenario
from alignkit.service.settings import at_home


@dataclass(frozen=True)
class Opinions:
    """One group in the data."""

    title: str
    """Its name for people."""
    questions: int
    """So many questions it answered."""
    broken: int
    """Rows of the data that cannot be read."""
    agreement: Mapping[str, tuple[int, int]]
    """By other group: in how many questions both have the same most frequent answer, and how many
    questions they share."""
    source: str = SOURCE
    licence: str = LICENCE


def opinions(path: Path, group: str | None) -> Opinions:
    """What the file or folder `path` says of `group`.

    Args:
        path: in the format `opinionqa_align`.
        group: its published name ("INCOME_Less than $30,000") or the attribute's; None where there
            is only one.

    Raises:
        UnknownName: there is no such group.
        UsageError: there are several and none is named.
        DataError: the data cannot be read.
    """
    rows = list(read(at_home(path)))
    scenarios = [row for row in rows if isinstance(row, Scenario)]
    groups = dict.fromkeys(name for scenario in scenarios for name in _tops(scenario))
    if not groups:
        raise next(
            (row for row in rows if isinstance(row, DataError)),
            DataError(f"{path}: has no group.", "Give a file or folder of opinions."),
        )
    if group is None and len(groups) > 1:
        raise UsageError(f"{path}: has {len(groups)} groups.", f"Name one: {', '.join(groups)}.")
    name = next(iter(groups)) if group is None else group_name(group)
    if name not in groups:
        raise UnknownName("group", group or name, groups, f"There are: {', '.join(groups)}.")
    tops = [_tops(scenario) for scenario in scenarios]
    return Opinions(
        title=(group or name).replace("_", " ").strip(),
        questions=sum(name in top for top in tops),
        broken=len(rows) - len(scenarios),
        agreement={other: _agreeing(tops, name, other) for other in groups if other != name},
    )


def _tops(scenario: Scenario) -> dict[str, str]:
    """By group: the id of its most frequent answer."""
    found: dict[str, tuple[float, str]] = {}
    for choice in scenario.choices:
        for name, value in (choice.values or {}).items():
            if name not in found or value > found[name][0]:
                found[name] = (value, choice.id)
    return {name: choice for name, (_, choice) in found.items()}


def _agreeing(tops: Sequence[Mapping[str, str]], one: str, other: str) -> tuple[int, int]:
    shared = [top for top in tops if one in top and other in top]
    return sum(top[one] == top[other] for top in shared), len(shared)
