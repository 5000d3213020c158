"""Decisions on one scenario side by side."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.schema import Attribute, Profile, Record, Scenario


@dataclass(frozen=True)
class Column:
    """One way to decide the scenario, and what came of it."""

    title: str
    """What tells this column from the others: profile, and decider and model where they vary."""
    record: Record

    @property
    def profile(self) -> Profile | None:
        """The profile that decided; None for the plain model."""
        return self.record.profile


@dataclass(frozen=True)
class Comparison:
    """One scenario and its columns, at least one."""

    scenario: Scenario
    columns: tuple[Column, ...]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every attribute that a column's profile names, each once, in order of first mention."""
        found = {a.name: a for column in self.columns for a in column.record.attributes}
        return tuple(found.values())
