"""Several drawn answers under the profile and under its opposite: votes for and against.

After the weighted self-consistency of Hu et al. 2024, "Language Models are Alignable
Decision-Makers" (NAACL 2024, industry track). `contrastive` is its exact form without chance.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.instructed import ReasoningSettings
from alignkit.deciders.ordering import canonical, rotations
from alignkit.deciders.reasoning import reason
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.steering import followed, instructions, summary
from alignkit.deciders.trace import Trace
from alignkit.decompose import opposite
from alignkit.errors import UsageError
from alignkit.models.protocols import Sampling
from alignkit.schema import Choice, ChoiceQuestion, Option, Profile, Request
from alignkit.stats.probability import Floats, normalise


class VotingSettings(ReasoningSettings):
    """Settings of `self_consistency`."""

    positive: Annotated[int, Field(ge=1, le=1000)] = 5
    """Answers drawn under the profile."""
    negative: Annotated[int, Field(ge=0, le=1000)] = 5
    """Answers drawn under the opposite of its targets."""
    only_chosen: bool = True
    """Leave out choices that no answer under the profile took."""
    rule: Literal["weighted", "majority"] = "weighted"
    """`weighted`: answers under the opposite speak against their choice and for the others;
    `majority`: only answers under the profile count."""
    reasoning_temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    """Of the reasoning, which is another for every answer."""


class SelfConsistency(Decider):
    """Draws answers under the profile and under its opposite, and counts votes for and against."""

    name = "self_consistency"
    first = "profile"
    needs_profile: ClassVar[bool] = True
    settings_type: ClassVar[type[DeciderSettings]] = VotingSettings
    settings: VotingSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:
        profile = followed(case, self.name)
        count = self.settings.negative if self.settings.rule == "weighted" else 0
        if count and not profile.targets:
            raise UsageError(
                f"The profile {profile.name!r} has no targets, and so no opposite to vote against.",
                "Set negative=0, or take the decider 'contrastive'.",
            )
        with trace.step("drawing answers under the profile"):
            chosen = await self._drawn(trace, case, profile, self.settings.positive, 0)
        rejected: Floats = np.zeros_like(chosen)
        if count:
            with trace.step("drawing answers under the opposite"):
                offset = self.settings.positive
                rejected = await self._drawn(trace, case, opposite(profile), count, offset)
        votes = tally(chosen, rejected)
        return Verdict(
            probabilities=shares(votes, chosen, only_chosen=self.settings.only_chosen), votes=votes
        )

    async def _drawn(
        self, trace: Trace, case: Case, profile: Profile, count: int, offset: int
    ) -> Floats:
        """(n_choices,): how often each choice was drawn; each answer sees another order."""
        choices = case.scenario.choices
        orders = [choices] if case.scenario.exam else rotations(canonical(choices))
        seeds = [self.settings.seed + offset + number for number in range(count)]
        requests = [
            await self._request(trace, case, profile, orders[number % len(orders)], seed)
            for number, seed in enumerate(seeds)
        ]
        answers = await trace.draw(requests, seeds)
        ids = case.scenario.choice_ids
        rows = [[answer.probabilities[choice] for choice in ids] for answer in answers]
        return np.asarray(np.sum(rows, axis=0))

    async def _request(
        self, trace: Trace, case: Case, profile: Profile, order: tuple[Choice, ...], seed: int
    ) -> Request:
        reasoning = ""
        if self.settings.reasoning:
            sampling = Sampling(temperature=self.settings.reasoning_temperature, seed=seed)
            length = self.settings.reasoning_length
            reasoning = await reason(trace, case, profile, sampling, length)
        asked = instructions(trace, case, profile, reasoning)
        options = tuple(Option(id=choice.id, text=choice.text) for choice in order)
        question = ChoiceQuestion(
            instructions=asked.question, options=options, lettered=case.scenario.exam
        )
        return Request(prompt=asked.prompt, question=question)

    def _explain(self, case: Case, verdict: Verdict) -> str:
        best, _ = verdict.likeliest(case)
        votes = verdict.votes if verdict.votes is not None else verdict.probabilities
        count = votes[case.indices()[best.id]]
        told = summary(case, followed(case, self.name))
        drawn = self.settings.positive + (
            self.settings.negative if self.settings.rule == "weighted" else 0
        )
        return (
            f"Chosen with {count:.3g} votes of {drawn} answers when told: {told}.\n{best.text!r}."
        )


def tally(chosen: Floats, rejected: Floats) -> Floats:
    """Votes (n_choices,) from how often each was drawn under the profile and under its opposite.

    An answer under the profile gives its choice 1. One under the opposite takes 1/n from its
    choice and gives 1/n to each other, n the number of choices (Hu et al. 2024).
    """
    return np.asarray(chosen + (rejected.sum() - 2 * rejected) / len(chosen))


def shares(votes: Floats, chosen: Floats, *, only_chosen: bool) -> Floats:
    """`votes` (n_choices,) moved to a minimum of 0 and scaled to sum to 1.

    With `only_chosen`, those that were never `chosen` get 0. Equal votes give equal shares.
    """
    allowed = chosen > 0 if only_chosen else np.ones(len(votes), dtype=bool)
    moved = np.where(allowed, votes - min(votes.min(), 0.0), 0.0)
    return normalise(moved if moved.sum() > 0 else allowed.astype(np.float64))
