"""A run: cells that an experiment asks for, and what became of each."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, Field

from alignkit.schema.base import SCHEMA_VERSION, Frozen, Identifier
from alignkit.schema.decision import Outcome
from alignkit.schema.question import Usage
from alignkit.schema.scenario import Unit


class Cell(Frozen):
    """One scenario under one profile by one decider with one model and seed: known beforehand."""

    key: str
    """Hash of all that the decision depends on: equal keys have equal results."""
    dataset: str
    """Name that the experiment gives to the scenarios it belongs to."""
    scenario: str
    """Id of the scenario."""
    group: str
    """What counts as one in statistics: a scenario, its twin, what shares its text."""
    tags: dict[Identifier, str] = Field(default_factory=dict)
    """What the data set says about the scenario."""
    truths: dict[str, dict[Identifier, Unit]] = Field(default_factory=dict)
    """By choice and attribute: the true value, where known."""
    profile: str | None
    """Name of the profile; null for the plain model."""
    targets: dict[Identifier, float | None] = Field(default_factory=dict)
    """By attribute: the level that the profile wants, null where it wants no single one."""
    decider: str
    """The method, with the settings that differ from its defaults."""
    model: str
    """The model as the experiment names it, with its settings; `none` where none is asked."""
    seed: int = 0
    """Tells repetitions apart."""


class Result(Frozen):
    """What became of a cell, without what was asked: all that figures and tests need."""

    key: str
    """Of the cell."""
    decision: str
    """Id of the decision, and so of its record."""
    outcome: Outcome
    choice: str | None
    confidence: float
    probabilities: dict[str, float]
    """By choice, in the scenario's order; empty when `failed`."""
    estimates: dict[str, dict[Identifier, float]] = Field(default_factory=dict)
    """By choice and attribute: the mean of the estimate."""
    usage: Usage = Usage()
    reason: str | None = None
    """Why there is no choice; null when `decided`."""


class Run(Frozen):
    """One execution of an experiment."""

    id: str
    """Unique; begins with the experiment's name."""
    schema_version: int = SCHEMA_VERSION
    name: str
    """The experiment's name."""
    created: AwareDatetime
    experiment: dict[str, Any]
    """The experiment as it was run, presets and options resolved."""
    versions: dict[str, str]
    """Versions of alignkit, Python and the libraries that matter."""
    cells: int
    """How many cells it asks for."""
