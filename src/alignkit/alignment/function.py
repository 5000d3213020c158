"""What an alignment function is: a measure for one target, and how targets come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from alignkit.alignment.estimates import Estimates
from alignkit.alignment.picking import choice_probabilities
from alignkit.alignment.settings import AlignmentSettings
from alignkit.alignment.weights import target_shares, weighted_sum
from alignkit.errors import UsageError
from alignkit.schema import Target
from alignkit.stats.probability import Floats

LEVELS = ("value", "range", "samples")
"""Kinds of targets that say which levels are wanted."""


@dataclass(frozen=True)
class Sight:
    """One attribute of one item, as a measure sees it."""

    estimates: Estimates
    name: str
    target: Target
    settings: AlignmentSettings
    key: str = ""
    """What tells this item from others; only draws depend on it."""

    @property
    def levels(self) -> Floats:
        """How much each choice shows the attribute: (n_choices,), 0 to 1."""
        return self.estimates.levels(self.name)

    @property
    def sds(self) -> Floats:
        """How unsure those levels are: (n_choices,), at least 0."""
        return self.estimates.spreads(self.name)

    @property
    def other(self) -> Floats:
        """How much each choice shows the attribute that competes: (n_choices,), 0 to 1."""
        against = self.settings.against
        if against not in self.estimates.names:
            raise UsageError(
                f"There is no estimate of {against!r}, against which {self.name!r} is weighed.",
                "Estimate it too, or name another attribute: against=NAME.",
            )
        return self.estimates.levels(against)


@dataclass(frozen=True)
class Alignment:
    """A rule that says what every target holds against every choice."""

    name: str
    measure: Callable[[Sight], Floats]
    """What one target holds against each choice, its weight left out: (n_choices,)."""
    kinds: tuple[str, ...] = LEVELS
    """The kinds of targets that it can follow."""
    temperature: float = 0.1
    """The difference in cost that makes a choice e times as likely, unless set otherwise."""
    choices: int | None = None
    """The number of choices it needs; None for any."""
    reads: tuple[str, ...] = ()
    """The settings that it reads beside those that all functions read."""
    combine: Callable[[Floats, Floats], Floats] = weighted_sum
    """Measures (n_choices, n_targets) and shares (n_targets,) into contributions."""

    @property
    def competing(self) -> bool:
        """Whether the attribute `against` has to be estimated as well."""
        return "against" in self.reads

    def check(self, targets: Mapping[str, Target], n_choices: int) -> None:
        """Fail where these targets cannot be followed, best before a model is asked.

        Raises:
            UsageError: the kind of a target or the number of choices does not fit.
        """
        if not targets:
            raise UsageError(f"The alignment function {self.name!r} needs targets.", "Add some.")
        for name, target in targets.items():
            follower = " (alignment=multinomial_logit)" if target.logit else ""
            who = f"The alignment function {self.name!r}"
            check_kind(who, self.kinds, name, target, follower)
        if self.choices not in {None, n_choices}:
            raise UsageError(
                f"The alignment function {self.name!r} needs {self.choices} choices, "
                f"not {n_choices}.",
                "Use 'distance' or 'multinomial_logit', which take any number.",
            )

    def costs(
        self,
        estimates: Estimates,
        targets: Mapping[str, Target],
        settings: AlignmentSettings,
        key: str = "",
    ) -> Floats:
        """What each target holds against each choice: (n_choices, n_targets), rows add up.

        Args:
            estimates: of the attributes in `targets` at least.
            targets: at least one, by attribute; columns come in their order.
            settings: those that concern this function are read.
            key: text that tells the item from others, such as its id; `kde_sampled` draws
                anew for each.

        Raises:
            UsageError: the kind of a target or the number of choices does not fit, or an attribute
                was not estimated.
        """
        self.check(targets, len(estimates.means))
        columns = [
            self.measure(Sight(estimates, name, target, settings, key))
            for name, target in targets.items()
        ]
        table = self.combine(np.stack(columns, axis=1), target_shares(estimates, targets))
        return -table if settings.reverse else table

    def temperature_under(self, settings: AlignmentSettings) -> float:
        """The temperature that is set, or else this function's own."""
        return self.temperature if settings.temperature is None else settings.temperature

    def probabilities(self, costs: Floats, settings: AlignmentSettings) -> Floats:
        """softmax(-cost / temperature) (n_choices,) of the rows of `costs`, which add up."""
        return choice_probabilities(costs.sum(axis=1), self.temperature_under(settings))


def check_kind(
    who: str, kinds: tuple[str, ...], name: str, target: Target, follower: str = ""
) -> None:
    """Fail where `who` cannot follow `target`, which is of none of the `kinds`.

    `follower` says which function can.

    Raises:
        UsageError: names the attribute `name` and the kinds.
    """
    if all(getattr(target, kind) is None for kind in kinds):
        raise UsageError(
            f"{who} cannot follow the target of {name!r} ({target}).",
            f"Give it {' or '.join(kinds)}, or choose another function{follower}.",
        )
