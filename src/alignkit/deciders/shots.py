"""Labelled examples in a regression's prompts, where its settings ask for some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from alignkit.deciders.case import Case
from alignkit.deciders.regression import RegressionSettings
from alignkit.errors import UsageError
from alignkit.examples import ExampleSettings, Selector, Shot
from alignkit.schema import Attribute, Worked


class ShotSettings(RegressionSettings, ExampleSettings):
    """Settings of regressions that can show labelled examples."""

    also_read: ClassVar[frozenset[str]] = frozenset({"seed"})

    examples: str | None = None
    """Where they come from: a file of scenarios with `values`, or FORMAT:PATH of a data set."""
    seed: int = 0
    """Of the draws of `kde_sampled` and `selection=random`, and of the order of the choices of an
    example."""
    outcomes: bool = False
    """Let the model write what follows from each choice first; it is judged with that in view."""


@dataclass(frozen=True)
class Shots:
    """The examples of one case, by attribute; none where none are wanted."""

    found: Mapping[str, tuple[Shot, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        selector: Selector | None,
        case: Case,
        attributes: tuple[Attribute, ...],
        settings: ShotSettings,
    ) -> Shots:
        """What `selector` picks for `case`, never the case itself.

        Raises:
            UsageError: there is nothing to pick from, or too little.
        """
        if not settings.shots:
            return cls()
        if selector is None:
            raise UsageError(
                f"{settings.shots} examples are asked for, but not where to take them from.",
                "Set examples=FILE or examples=FORMAT:PATH.",
            )
        return cls({one.name: selector.shots(case.scenario, one) for one in attributes})

    def template(self, name: str) -> str:
        """The template of the decider `name` that fits: with examples or without."""
        return f"{name}_few" if self.found else name

    def values(self, attribute: Attribute) -> dict[str, object]:
        """What that template needs beside the rest."""
        return {"shots": self.found[attribute.name]} if self.found else {}

    @property
    def worked(self) -> dict[str, tuple[Worked, ...]]:
        """Which examples were shown, by attribute."""
        return {
            name: tuple(
                Worked(scenario=shot.scenario.id, similarity=shot.similarity) for shot in shots
            )
            for name, shots in self.found.items()
        }
