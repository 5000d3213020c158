"""Twins of scenarios: the same item with what could give the right choice away turned round."""

from __future__ import annotations

from alignkit.errors import DatasetFormat
from alignkit.schema import Scenario

_MIRRORED = " (mirrored)"


def named_as_twin(scenario: Scenario) -> dict[str, object]:
    """Id and group of the twin of `scenario`: the id is marked, the group that of the scenario."""
    original = scenario.id.removesuffix(_MIRRORED)
    name = original if is_twin(scenario) else original + _MIRRORED
    return {"id": name, "group": scenario.belongs_to}


def is_twin(scenario: Scenario) -> bool:
    """Whether `scenario` was made as the twin of another one."""
    return scenario.id.endswith(_MIRRORED)


def with_own_group(scenario: Scenario) -> Scenario:
    """`scenario` with its group written out, so that it is literally that of its twin."""
    return scenario.model_copy(update={"group": scenario.belongs_to})


def other_order(scenario: Scenario) -> Scenario:
    """The twin of a `scenario` with two choices: they stand in the other order.

    Raises:
        DatasetFormat: it has more than two choices, or one that has to stay last.
    """
    if len(scenario.choices) != 2:  # noqa: PLR2004
        raise DatasetFormat(f"{scenario.id}: only 2 choices can be exchanged.")
    return _turned(scenario)


def other_end(scenario: Scenario) -> Scenario:
    """The twin of a `scenario` with a scale as its choices: they run from the other end.

    Raises:
        DatasetFormat: its choices are no scale, or one has to stay last.
    """
    if "scale" not in scenario.tags:
        raise DatasetFormat(f"{scenario.id}: its choices are not marked as a scale.")
    return _turned(scenario)


def _turned(scenario: Scenario) -> Scenario:
    if any(choice.pinned for choice in scenario.choices):
        raise DatasetFormat(f"{scenario.id}: a choice is pinned to its place.")
    turned = {**named_as_twin(scenario), "choices": scenario.choices[::-1]}
    return scenario.model_copy(update=turned)
