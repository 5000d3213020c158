"""A fair die: the floor that every method has to beat."""

from __future__ import annotations

import hashlib
from typing import ClassVar

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.ordering import canonical
from alignkit.deciders.settings import DeciderSettings
from alignkit.deciders.trace import Trace


class RandomSettings(DeciderSettings):
    """Settings of `random`."""

    seed: int = 0
    """Equal seeds draw equally on equal scenarios."""


class Random(Decider):
    """Draws a choice; every choice is equally likely, and the listing order has no part in it."""

    name = "random"
    asks_model: ClassVar[bool] = False
    settings_type: ClassVar[type[DeciderSettings]] = RandomSettings
    settings: RandomSettings

    async def _weigh(self, trace: Trace, case: Case) -> Verdict:  # noqa: ARG002
        choices = canonical(case.scenario.choices)
        key = "\x1f".join((str(self.settings.seed), case.scenario.id, *(c.text for c in choices)))
        rng = np.random.default_rng(
            int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
        )
        drawn = [choices[index] for index in rng.permutation(len(choices))]
        place = case.indices()
        return Verdict(
            probabilities=np.full(len(choices), 1 / len(choices)),
            ranking=tuple(place[choice.id] for choice in drawn),
        )

    def _explain(self, case: Case, verdict: Verdict) -> str:
        drawn = case.scenario.choices[verdict.ranked_best(case)]
        return f"{drawn.text!r} was drawn at random."
