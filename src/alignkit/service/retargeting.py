"""A recorded decision made again under other targets, from its estimates: no model is asked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import numpy as np

from alignkit.alignment import ALIGNMENTS, Estimates
from alignkit.deciders.aligning import AligningSettings
from alignkit.deciders.base import ruled_out
from alignkit.deciders.calibrating import cooled, threshold_for
from alignkit.deciders.case import Case, Costs, Verdict
from alignkit.deciders.making import named
from alignkit.deciders.outcome import conclude
from alignkit.deciders.regression import explained
from alignkit.errors import AlignkitError, UsageError
from alignkit.schema import Evidence, Profile, Record, Target, Usage
from alignkit.service.estimated import estimates_of
from alignkit.stats.probability import Floats, softmax

_SAME = 1e-9


@dataclass(frozen=True)
class Retargeting:
    """Estimates of a recorded decision, and the alignment function that made a choice of them."""

    record: Record
    settings: AligningSettings
    estimates: Estimates
    names: tuple[str, ...]
    """The targets that were looked at; those that did not seem relevant are left out."""

    @classmethod
    def of(cls, record: Record) -> Retargeting | None:
        """None where the estimates alone do not lead to the recorded decision.

        That is so with methods that do not estimate, with several methods together, where names
        were exchanged, and where levels of labelled examples were used.
        """
        settings = named(record.decider.name, record.decider.settings).settings
        costs = record.evidence.costs
        if not isinstance(settings, AligningSettings) or not costs or record.profile is None:
            return None
        found = cls(
            record,
            settings,
            estimates_of(record, record.scenario.choice_ids),
            tuple(next(iter(costs.values()))),
        )
        return found if found._reproduces() else None

    def under(self, profile: Profile) -> Record:
        """The record as it would be under `profile`, which has targets for the same attributes.

        Its decision has an id of its own and no usage, for it costs nothing; its evidence has the
        costs under the new targets and the calls that led to the estimates.

        Raises:
            UsageError: `profile` wants something of other attributes, or in another way.
        """
        record = self.record
        if not self.fits(profile):
            raise UsageError("These targets need estimates that the decision does not have.")
        wanted = tuple(one for one in record.attributes if one.name in profile.targets)
        case = Case(record.scenario, profile, wanted).limited_to(self.names)
        costs = self._costs(profile)
        raw = Verdict(
            probabilities=softmax(-costs.sums / costs.temperature),
            estimates=record.decision.estimates,
            costs=costs,
        )
        verdict = cooled(record.calibration, case, raw)
        excluded = record.evidence.excluded
        threshold = threshold_for(record.calibration, profile)
        end = conclude(case, verdict, excluded, threshold)
        some_left = len(excluded) < len(record.scenario.choices)
        shown = Verdict(
            probabilities=end.probabilities,
            estimates=verdict.estimates,
            costs=verdict.costs,
            ruled_out=frozenset(excluded) if some_left else frozenset(),
        )
        decision = record.decision.model_copy(
            update={
                "id": uuid.uuid4().hex,
                "profile": profile.name,
                "outcome": "escalated" if end.reason else "decided",
                "choice": end.choice,
                "probabilities": dict(
                    zip(record.scenario.choice_ids, end.probabilities.tolist(), strict=True)
                ),
                "confidence": end.confidence,
                "reason": end.reason,
                "explanation": "\n".join((explained(case, shown), *ruled_out(case, excluded))),
                "usage": Usage(),
                "evidence": self._evidence(costs),
            }
        )
        return record.model_copy(
            update={"profile": profile, "decision": decision, "evidence": decision.evidence}
        )

    def fits(self, profile: Profile) -> bool:
        """Whether `profile` differs from the recorded one only in levels and weights of targets."""
        was = self.record.profile
        if was is None or list(was.targets) != list(profile.targets):
            return False
        parts = ("persona", "group", "panel", "boundaries")
        if any(getattr(was, part) != getattr(profile, part) for part in parts):
            return False
        try:
            ALIGNMENTS.load(self.settings.alignment).check(
                self._targets(profile), len(self.record.scenario.choices)
            )
        except AlignkitError:
            return False
        return True

    def _reproduces(self) -> bool:
        record = self.record
        recorded = record.evidence.costs or {}
        found = [[recorded[c][n] for n in self.names] for c in record.scenario.choice_ids]
        if record.profile is None:
            return False
        try:
            table = self._table(record.profile)
        except AlignkitError:  # levels that the examples gave are not in the record
            return False
        return np.allclose(table, found, rtol=0, atol=_SAME)

    def _targets(self, profile: Profile) -> dict[str, Target]:
        return {name: profile.targets[name] for name in self.names}

    def _table(self, profile: Profile) -> Floats:
        function = ALIGNMENTS.load(self.settings.alignment)
        return function.costs(
            self.estimates, self._targets(profile), self.settings, key=self.record.scenario.id
        )

    def _costs(self, profile: Profile) -> Costs:
        function = ALIGNMENTS.load(self.settings.alignment)
        given = self.record.evidence.weighed_by
        return Costs(
            self.names, self._table(profile), function.temperature_under(self.settings), given
        )

    def _evidence(self, costs: Costs) -> Evidence:
        rows = zip(self.record.scenario.choice_ids, costs.table.tolist(), strict=True)
        table = {choice: dict(zip(self.names, row, strict=True)) for choice, row in rows}
        update = {"costs": table, "temperature": costs.temperature}
        return self.record.evidence.model_copy(update=update)
