"""How would these people answer? Asked about each of them, and mixed as they make up the group.

The model is asked what somebody would choose, not to be somebody: small models judge better than
they pretend. What the plain model likes by itself can be taken out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from alignkit.alignment import target_distances
from alignkit.deciders.base import Decider
from alignkit.deciders.baseline import plainly
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.choosing import Ballot, Chosen, choose
from alignkit.deciders.settings import DeciderSettings, ViewSettings
from alignkit.deciders.steering import followed, guides
from alignkit.deciders.trace import Trace
from alignkit.schema import Person, Profile
from alignkit.stats.probability import log_floored, normalise, softmax


class PersonaSettings(ViewSettings):
    """Settings of `persona`."""

    view: Literal["third", "first"] = "third"
    """`third`: what would this person choose? `first`: you are this person, choose."""
    against: Literal["nothing", "plain"] = "nothing"
    """`plain` takes out what the plain model likes: the log probabilities are subtracted."""
    people: Annotated[int, Field(ge=1, le=100)] = 5
    """Of a panel, at most so many are asked: those who count most."""
    nearness: Annotated[float, Field(ge=1e-6, le=1e6, allow_inf_nan=False)] = 0.2
    """A member of a panel counts exp(-distance to the targets / nearness) times their weight."""


@dataclass(frozen=True)
class _Asked:
    """Whom the model is asked about."""

    story: str
    weight: float


class Persona(Decider):
    """Asks what the persona, the group or each member of a panel would choose, and mixes that."""

    name = "persona"
    first = "profile"
    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = PersonaSettings
    settings: PersonaSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        people = self._people(case)
        answers = await trace.each(
            people, lambda branch, person: self._choose(branch, case, person)
        )
        rows = np.array([answer.row(case.scenario) for answer in answers])
        if self.settings.against == "plain":
            plain = (await plainly(trace, case, self.settings.in_view)).row(case.scenario)
            rows = np.array([softmax(log_floored(row) - log_floored(plain)) for row in rows])
        weights = normalise(np.array([person.weight for person in people]))
        return Verdict(
            probabilities=normalise((rows * weights[:, None]).sum(axis=0)),
            order_shift=max(answer.shift for answer in answers),
            weights=dict(zip(_beginnings(people), weights.tolist(), strict=True)),
        )

    def _people(self, case: Case) -> list[_Asked]:
        profile = followed(case, self.name)
        if not profile.panel:
            return [_Asked(_story(case, profile), 1.0)]
        # Only ratios matter; as a softmax, they can't all become too small for a number.
        weights = softmax(np.array([self._log_weight(case, person) for person in profile.panel]))
        asked = [
            _Asked(person.story, weight)
            for person, weight in zip(profile.panel, weights.tolist(), strict=True)
        ]
        return sorted(asked, key=lambda one: -one.weight)[: self.settings.people]

    def _log_weight(self, case: Case, person: Person) -> float:
        """The logarithm of how much `person` counts; all who are like them, less for distance."""
        targets = case.profile.targets if case.profile else {}
        known = [
            (target.weight, float(target_distances(np.array([person.values[name]]), target)[0]))
            for name, target in targets.items()
            if name in person.values and target.logit is None
        ]
        total = sum(weight for weight, _ in known)
        apart = sum(weight / total * distance for weight, distance in known)
        return float(np.log(person.weight)) - apart / self.settings.nearness

    async def _choose(self, trace: Trace, case: Case, person: _Asked) -> Chosen:
        asked = trace.render(
            "persona", scenario=case.scenario, story=person.story, view=self.settings.view
        )
        return await choose(trace, Ballot(asked, self.settings.in_view), case.scenario.choices)

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, share = verdict.likeliest(case)
        profile = followed(case, self.name)
        who = profile.group.name if profile.group else profile.title or profile.name
        asked = f"{len(verdict.weights or ())} of the panel" if profile.panel else who
        return f"Chosen with {share:.0%} for {asked}.\n{best.text!r}."


def _beginnings(people: list[_Asked]) -> list[str]:
    """The beginning of each story, numbered where several begin alike."""
    begun = [person.story[:60] for person in people]
    return [
        f"{one} ({begun[: place + 1].count(one)})" if begun.count(one) > 1 else one
        for place, one in enumerate(begun)
    ]


def _story(case: Case, profile: Profile) -> str:
    """Who decides, from the profile's persona, group and targets."""
    parts = [profile.persona] if profile.persona else []
    if profile.group:
        parts.append(f"{profile.group.name}. {profile.group.description}")
    for guide in guides(case, profile):
        end = guide.attribute.high if guide.level >= _MIDDLE else guide.attribute.low
        parts.append(f"{guide.attribute.title}: {guide.wanted}. {end}")
    return "\n".join(parts) or "\n".join(boundary.rule for boundary in profile.boundaries)


_MIDDLE = 0.5
