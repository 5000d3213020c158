"""From which confidence on a method may decide alone, with a guarantee on its errors.

The guarantee (`stats.risk`) needs a confidence that had no part of the examples it is tested on.
So scenarios are dealt into two halves: maps are fitted to one, thresholds tested on the other, and
of scenarios with the same context one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.deciders.calibrating import attribute_hash, profile_hash
from alignkit.errors import UsageError
from alignkit.schema import Decision, Profile, Threshold
from alignkit.service.calibration.dealing import half, numbered
from alignkit.service.calibration.labelled import Example
from alignkit.stats.clusters import one_per_cluster
from alignkit.stats.risk import NoThreshold, examples_needed, learn_threshold, spaced_grid
from alignkit.stats.too_few import TooFewExamples

_KINDS = ("value", "range", "samples")
"""Targets from which a choice has a distance."""


@dataclass(frozen=True)
class Promise:
    """A profile with the error rate that it asks for."""

    profile: Profile
    error_rate: float
    certainty: float

    @classmethod
    def of(cls, profile: Profile) -> Promise | None:
        """What `profile` asks for; None if it asks for no error rate.

        Raises:
            UsageError: nothing says which choices are right under it.
        """
        escalate = profile.escalate
        rates = escalate.rates if escalate else None
        if rates is None:
            return None
        unfit = [
            n for n, t in profile.targets.items() if all(getattr(t, k) is None for k in _KINDS)
        ]
        if unfit or not profile.targets:
            lack = f"the target of {unfit[0]!r} has no level" if unfit else "it has no targets"
            raise UsageError(
                f"Profile {profile.name!r}: nothing says which decision is wrong, because {lack}.",
                "Give value, range or samples, or escalate by min_confidence.",
            )
        return cls(profile, *rates)

    @property
    def needed(self) -> int:
        """How many examples it takes at least to keep it, none of them wrong."""
        return examples_needed(self.error_rate, self.certainty)

    @property
    def deciding(self) -> Profile:
        """The profile without a wish to escalate, so that every decision has a choice."""
        return self.profile.model_copy(update={"escalate": None})


@dataclass(frozen=True)
class Judged:
    """A decision under a profile on a labelled example."""

    example: Example
    decision: Decision

    def wrong(self, profile: Profile) -> bool:
        """Whether another choice is truly nearer to the targets."""
        return self.decision.choice not in self.example.nearest(profile)


def halves(
    examples: Sequence[Example], promises: Sequence[Promise], rng: np.random.Generator
) -> tuple[list[Example], list[Example]]:
    """The examples to learn from, and those to test promises on; none share a context.

    Of the contexts in which a promise can be tested, half are drawn for the test. All others are
    there to learn from.
    """
    fit = [one for one in examples if any(one.covers(each.profile) for each in promises)]
    tested = half((one.group for one in fit), rng)
    return (
        [one for one in examples if one.group not in tested],
        [one for one in fit if one.group in tested],
    )


def one_each(
    examples: Sequence[Example], profile: Profile, rng: np.random.Generator
) -> list[Example]:
    """Of the examples that can judge `profile` one of each context, drawn evenly."""
    fit = [one for one in examples if one.covers(profile)]
    if not fit:
        return []
    return [fit[place] for place in one_per_cluster(numbered([one.group for one in fit]), rng)]


def threshold(
    promise: Promise,
    decider: Decider,
    others: Sequence[Judged],
    tested: Sequence[Judged],
    source: str,
) -> Threshold:
    """The least confidence from which on `decider` keeps the `promise`.

    Decisions that a person gets anyway (failed, tied, against a boundary) are not among those
    that are made, whatever the threshold, and have no part in it.

    Args:
        promise: what is to hold.
        decider: as calibrated without the examples of `tested`.
        others: decisions on examples that are not tested; only their confidences are looked at.
        tested: decisions on independent examples.
        source: where the examples come from.

    Raises:
        NoThreshold: there is none, or too few of the decisions could be made.
    """
    made = [one for one in tested if one.decision.choice is not None]
    confidences = [one.decision.confidence for one in others if one.decision.choice is not None]
    rates = promise.error_rate, promise.certainty
    if len(made) < promise.needed or not confidences:
        raise NoThreshold(
            f"of {len(tested)} decisions {len(made)} could be made, and {promise.needed} are needed"
        )
    found = learn_threshold(
        np.array([one.decision.confidence for one in made]),
        np.array([one.wrong(promise.profile) for one in made]),
        *rates,
        spaced_grid(np.array(confidences), len(made), *rates),
    )
    return Threshold(
        profile=profile_hash(promise.profile),
        name=promise.profile.name,
        attributes={
            one.name: attribute_hash(one) for one in decider.attributes_for(promise.profile)
        },
        error_rate=promise.error_rate,
        certainty=promise.certainty,
        confidence=found.value,
        source=source,
        examples=len(tested),
        kept=found.kept,
        errors=found.errors,
        bound=found.bound,
    )


def check_enough(promise: Promise, tested: int) -> None:
    """Fail where too few examples are left to test `promise` on.

    Raises:
        UsageError: says how many there are and how many are needed.
    """
    if tested >= promise.needed:
        return
    lacking = TooFewExamples(2 * promise.needed, tested)
    wanted = ", ".join(repr(name) for name in promise.profile.targets)
    raise UsageError(
        f"Profile {promise.profile.name!r}: half of the scenarios test its error rate of "
        f"{promise.error_rate:g}, which takes at least {promise.needed}; there are {tested}.",
        f"Give at least {lacking.needed} scenarios with true values of {wanted}.",
    ) from lacking
