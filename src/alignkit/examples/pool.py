"""Scenarios whose choices have true values: what examples are taken from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from alignkit.errors import BadScenario, UsageError
from alignkit.examples.fingerprint import Fingerprint
from alignkit.schema import Scenario


class Pool:
    """Scenarios in a fixed order, and what is computed of them once."""

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        """Hold `scenarios`; those without true values are never taken."""
        self.scenarios = tuple(scenarios)

    def __iter__(self) -> Iterator[Scenario]:
        return iter(self.scenarios)

    def __len__(self) -> int:
        return len(self.scenarios)

    def for_attribute(self, name: str, at_least: int = 1) -> list[Scenario]:
        """The scenarios whose choices all have a value of the attribute `name`.

        Raises:
            BadScenario: there is none.
            UsageError: there are fewer than `at_least`.
        """
        found = [scenario for scenario in self if is_labelled(scenario, name)]
        if not found:
            raise BadScenario(
                f"None of the {len(self)} examples has a value of {name!r} for every choice.",
                f"Add it to the `values` of the choices; {self._known()}.",
            )
        if len(found) < at_least:
            raise UsageError(
                f"{at_least} examples of {name!r} are asked for, but only {len(found)} of the "
                f"{len(self)} have a value of it for every choice.",
                f"Set shots={len(found)} or less, or add examples.",
            )
        return found

    def levels(self, name: str) -> tuple[float, ...]:
        """The values of the attribute `name` over all choices that have one, 0 to 1."""
        values = ((choice.values or {}).get(name) for one in self for choice in one.choices)
        return tuple(value for value in values if value is not None)

    @cached_property
    def fingerprints(self) -> tuple[Fingerprint, ...]:
        """What each scenario is recognised by, in the order of the scenarios."""
        return tuple(Fingerprint.of(scenario) for scenario in self)

    @cached_property
    def shingle_counts(self) -> Counter[str]:
        """In how many scenarios each shingle stands."""
        return Counter(shingle for one in self.fingerprints for shingle in one.shingles)

    def _known(self) -> str:
        names = {name for one in self for choice in one.choices for name in choice.values or {}}
        known = sorted(name for name in names if any(is_labelled(one, name) for one in self))
        return f"there are examples of: {', '.join(known)}" if known else "none has any"


def is_labelled(scenario: Scenario, name: str) -> bool:
    """Whether every choice of `scenario` has a value of the attribute `name`."""
    return all(name in (choice.values or {}) for choice in scenario.choices)
