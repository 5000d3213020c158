"""What an uncalibrated method makes of labelled examples, so that maps can be tried out on it.

A map of estimates works before the alignment function and before the average over exchanges of
names. So the estimates are kept as they were found, one set for each exchange, and the verdict is
computed again for every map that is tried: no model is asked twice.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.deciders.calibrating import level_of
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.ensemble import Ensemble
from alignkit.deciders.entities import twins
from alignkit.deciders.regression import Found, Regression, aligned
from alignkit.deciders.settings import DeciderSettings, TwinSettings
from alignkit.deciders.twinning import averaged
from alignkit.models.together import together
from alignkit.schema import Attribute, Decision, LevelMap, Profile, Scenario, Target
from alignkit.service.calibration.labelled import Example
from alignkit.stats.log_pool import log_pool
from alignkit.stats.probability import Floats, softmax


@dataclass(frozen=True)
class Ask:
    """One decision to be made."""

    decider: Decider
    scenario: Scenario
    profile: Profile


async def decisions(asks: Sequence[Ask], at_once: int) -> AsyncGenerator[Decision, None]:
    """The decision on each of `asks`, in their order.

    `at_once` are made together, so that the engine can put what they share side by side.
    """
    for start in range(0, len(asks), at_once):
        part = asks[start : start + at_once]
        for decision in await together(
            ask.decider.decide(ask.scenario, ask.profile) for ask in part
        ):
            yield decision


@dataclass(frozen=True, eq=False)
class Estimated:
    """What a method that estimates found about one exchange of names."""

    case: Case
    attributes: tuple[Attribute, ...]
    found: Found


@dataclass(frozen=True, eq=False)
class Weighed:
    """What the uncalibrated method makes of one example with an attribute wanted at one end."""

    example: Example
    attribute: Attribute
    end: float
    verdict: Verdict
    method: Decider
    estimated: tuple[Estimated, ...] = ()
    """By exchange of names; empty for methods to whose estimates no map is applied."""
    members: Floats | None = None
    """(n_members, n_choices): their probabilities, where the method is an ensemble."""

    @property
    def right(self) -> int | None:
        """The position of the one right choice; None if there are several."""
        return self.example.best(self.attribute.name, self.end)

    @property
    def raw(self) -> Floats:
        """Estimates of the attribute (n_exchanges, n_choices), as they were found."""
        return np.stack([_column(one, self.attribute)[1] for one in self.estimated])

    @property
    def case(self) -> Case:
        """The example as it was put to the method."""
        profile = wanting(self.attribute, self.end)
        return Case(self.example.scenario, profile, (self.attribute,))

    def under(self, level_map: LevelMap | None) -> Verdict:
        """The verdict if estimates of the attribute are mapped by `level_map`."""
        if level_map is None or not isinstance(self.method, Regression):
            return self.verdict
        return averaged([_aligned(self.method, one, self, level_map) for one in self.estimated])


class Method:
    """An uncalibrated method, and the decisions in which it has to be asked to be seen through."""

    def __init__(self, decider: Decider) -> None:
        """Look at `decider` as it is without a calibration."""
        self.decider = without(decider)
        self._parts = self._to_ask()

    def asks(self, example: Example, attribute: Attribute, end: float) -> list[Ask]:
        """The decisions that say what the method makes of `example`."""
        profile = wanting(attribute, end)
        return [
            Ask(decider, scenario, profile)
            for scenario in self._scenarios(example.scenario)
            for decider in self._parts
        ]

    def weighed(
        self, example: Example, attribute: Attribute, end: float, made: Sequence[Decision]
    ) -> Weighed:
        """What `made`, one for each of `asks`, comes to; none of them has failed."""
        plain = Weighed(example, attribute, end, Verdict(_shares(made[0])), self.decider)
        if isinstance(self.decider, Ensemble):
            members = np.stack([_shares(one) for one in made])
            pool = Verdict(log_pool(members, self._weights(self.decider)))
            return replace(plain, members=members, verdict=pool)
        if not isinstance(self.decider, Regression):
            return plain
        scenarios = self._scenarios(example.scenario)
        parts = [
            _estimated(self.decider, plain, *pair) for pair in zip(scenarios, made, strict=True)
        ]
        verdicts = [_aligned(self.decider, one, plain, None) for one in parts]
        return replace(plain, estimated=tuple(parts), verdict=averaged(verdicts))

    def _to_ask(self) -> tuple[Decider, ...]:
        if isinstance(self.decider, Ensemble):
            # Names are exchanged around the ensemble; a log pool of averages is the same.
            return tuple(_exchanging_like(self.decider, one) for one in self.decider.members())
        if isinstance(self.decider, Regression) and _exchanges(self.decider):
            once = self.decider.settings.model_copy(update={"exchange_names": False})
            return (without(self.decider, once),)
        return (self.decider,)

    def _scenarios(self, scenario: Scenario) -> tuple[Scenario, ...]:
        settings = self.decider.settings
        if isinstance(self.decider, Regression) and isinstance(settings, TwinSettings):
            return twins(scenario, settings.most_twins) if settings.exchange_names else (scenario,)
        return (scenario,)

    @staticmethod
    def _weights(decider: Ensemble) -> Floats:
        count = len(decider.settings.members)
        return np.array(decider.settings.weights or [1 / count] * count)


def wanting(attribute: Attribute, end: float) -> Profile:
    """The profile that wants `attribute` at `end` (1 or 0) and nothing else."""
    name = f"{attribute.name.replace('_', '-')}-{'high' if end else 'low'}"
    return Profile(name=name, targets={attribute.name: Target(value=end)})


def without(decider: Decider, settings: DeciderSettings | None = None) -> Decider:
    """`decider` without its calibration, and with other settings where they are given."""
    found = copy(decider)
    found.calibration = None
    found.settings = settings or decider.settings
    return found


def _exchanges(decider: Decider) -> bool:
    return isinstance(decider.settings, TwinSettings) and decider.settings.exchange_names


def _exchanging_like(ensemble: Ensemble, member: Decider) -> Decider:
    """`member` with the ensemble's way to exchange names, in place of its own."""
    if not isinstance(member.settings, TwinSettings):
        return member
    whole = ensemble.settings
    update = {"exchange_names": whole.exchange_names, "most_twins": whole.most_twins}
    return without(member, member.settings.model_copy(update=update))


def _estimated(
    decider: Decider, weighed: Weighed, scenario: Scenario, decision: Decision
) -> Estimated:
    ids = scenario.choice_ids
    names = list(decision.estimates[ids[0]])
    table = [[decision.estimates[choice][name] for name in names] for choice in ids]
    found = Found(
        means=np.array([[one.mean for one in row] for row in table]),
        sds=np.array([[one.sd for one in row] for row in table]),
        relevance=decision.evidence.weighed_by,
    )
    case = replace(weighed.case, scenario=scenario)
    return Estimated(case, tuple(decider.attribute(name) for name in names), found)


def _aligned(
    method: Regression, one: Estimated, weighed: Weighed, level_map: LevelMap | None
) -> Verdict:
    """The verdict on one exchange of names, with the attribute's estimates mapped."""
    place, raw = _column(one, weighed.attribute)
    means = one.found.means.copy()
    means[:, place] = level_of(level_map, raw)
    costs = aligned(one.case, one.attributes, replace(one.found, means=means), method.settings)
    return Verdict(softmax(-costs.sums / costs.temperature), costs=costs)


def _column(one: Estimated, attribute: Attribute) -> tuple[int, Floats]:
    place = [each.name for each in one.attributes].index(attribute.name)
    return place, one.found.means[:, place]


def _shares(decision: Decision) -> Floats:
    return np.array(list(decision.probabilities.values()))
