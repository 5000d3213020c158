"""The level that a person or a group wants of an attribute, from what they chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.schema import Target
from alignkit.service.people.fits import Fit, FitPlan
from alignkit.service.people.past_choices import Past, informative
from alignkit.stats.distributions import shortest_interval, systematic_samples
from alignkit.stats.group_model import pooled
from alignkit.stats.probability import Floats
from alignkit.stats.wanted_level import (
    GRID,
    Offer,
    chance_log_likelihood,
    log_evidence,
    log_likelihoods,
    posterior,
)

NARROW = 0.2
"""An interval up to so wide becomes a value: being 0.1 off moves a cost by at most 0.1, the
difference that makes a choice e times as likely at the deciders' usual temperature."""
SAMPLES = 20
"""At most so many levels stand for a distribution of wishes."""


@dataclass(frozen=True, eq=False)
class _Known:
    """Distributions over `GRID`, each summing to 1."""

    estimate: Floats
    """Of the wish of one person, or of the mean of a group."""
    wishes: Floats
    """The same for one person; of a group how its members' wishes are spread."""
    log_evidence: float


def fit_level(past: Past, name: str, plan: FitPlan) -> Fit:
    """What `past` says of the wanted level of the attribute `name`.

    Args:
        past: with one informative choice at least.
        name: of the attribute.
        plan: what its target becomes, and how sure the interval is.
    """
    members = _members(past, name)
    offers = [offer for those in members for offer in those]
    known = _known(members, group=len(past.people) > 1)
    return Fit(
        attribute=name,
        estimate=float(known.estimate @ GRID),
        interval=_interval(known.estimate, plan),
        informative=len(offers),
        people=len(members),
        gain=known.log_evidence - chance_log_likelihood(offers),
        target=_target(known, plan, group=len(past.people) > 1),
    )


def _members(past: Past, name: str) -> list[list[Offer]]:
    """The informative choices of each person who made any."""
    found: dict[str | None, list[Offer]] = {}
    for choice, seen in informative(past, (name,)):
        offer = Offer(seen.levels[:, 0], seen.taken, choice.weight)
        found.setdefault(choice.person, []).append(offer)
    return list(found.values())


def _known(members: Sequence[Sequence[Offer]], *, group: bool) -> _Known:
    likelihoods = np.array([log_likelihoods(offers) for offers in members])
    if group:
        found = pooled(likelihoods)
        return _Known(found.mean, found.wishes, found.log_evidence)
    shares = posterior(likelihoods[0])
    return _Known(shares, shares, log_evidence(likelihoods[0]))


def _target(known: _Known, plan: FitPlan, *, group: bool) -> Target:
    low, high = _interval(known.wishes, plan)
    one = "value" if round(high - low, 2) <= NARROW else "range"
    kind = plan.kind or ("samples" if group else one)
    if kind == "value":
        return Target(value=round(float(known.estimate @ GRID), 2))
    if kind == "range":
        return Target(range=(low, high))
    samples = systematic_samples(GRID, known.wishes, SAMPLES)
    return Target(samples=tuple(np.round(samples, 2).tolist()))


def _interval(shares: Floats, plan: FitPlan) -> tuple[float, float]:
    low, high = shortest_interval(GRID, shares, plan.level)
    return round(low, 2), round(high, 2)
