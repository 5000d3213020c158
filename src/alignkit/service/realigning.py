"""Second pass: recorded decisions made again by what all of them together look like.

No model is asked: the estimates are those of the records.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alignkit.alignment import SECOND_PASS, AlignmentSettings, Estimates, Passed
from alignkit.alignment.second_pass import TEMPERATURE
from alignkit.deciders.case import Case, Verdict
from alignkit.deciders.outcome import conclude
from alignkit.errors import FileProblem, UsageError
from alignkit.schema import Decision, Profile, Record
from alignkit.service.estimated import estimates_of
from alignkit.service.records import read_record


def records_in(paths: Sequence[Path]) -> list[Record]:
    """The records in `paths`, in their order; those of a folder in the order they were made.

    Raises:
        FileProblem: a file cannot be read, or a folder holds no record.
        BadRecord: a file is not a record.
    """
    return [record for path in paths for record in _records(path)]


def _records(path: Path) -> list[Record]:
    if not path.is_dir():
        return [read_record(path)]
    found = [read_record(file) for file in sorted(path.glob("*.json"))]
    if not found:
        raise FileProblem(f"{path}: holds no record.")
    return sorted(found, key=lambda record: record.created)


def realign(
    records: Sequence[Record], by: str, settings: AlignmentSettings | None = None
) -> list[Decision]:
    """The decisions of `records` made again, in their order, by the second pass called `by`.

    Choices that a boundary rules out take no part; where all are ruled out, a record keeps its
    decision.

    Raises:
        UnknownName: there is no such second pass.
        UsageError: the records are of different profiles, or one of them has no estimates.
    """
    if not records:
        raise UsageError("There are no records to decide again.")
    profile, settings = _profile(records), settings or AlignmentSettings()
    function = SECOND_PASS.load(by)
    seen = [_estimates(record, profile) for record in records]
    open_ = [number for number, record in enumerate(records) if _allowed(record)]
    decisions = [record.decision for record in records]
    if not open_:
        return decisions
    passed = function([seen[number] for number in open_], profile.targets, settings)
    for place, number in enumerate(open_):
        again = _Again(records[number], profile, by, place + 1, len(open_))
        decisions[number] = again.decision(passed, settings)
    return decisions


def _profile(records: Sequence[Record]) -> Profile:
    """The profile of all records."""
    first = records[0].profile
    if first is None or not first.targets:
        raise UsageError("A second pass needs records of decisions under a profile with targets.")
    for record in records:
        if record.profile != first:
            name = record.profile.name if record.profile else "no profile"
            raise UsageError(
                f"The records are of different profiles: {first.name!r} and {name!r}.",
                "Give those of one profile at a time.",
            )
    return first


def _allowed(record: Record) -> list[int]:
    """Indices of the choices that no boundary rules out."""
    excluded = record.evidence.excluded
    return [at for at, choice in enumerate(record.scenario.choice_ids) if choice not in excluded]


def _estimates(record: Record, profile: Profile) -> Estimates:
    """How much each choice shows; those that are ruled out left aside, unless all are."""
    found, ids = record.decision.estimates, record.scenario.choice_ids
    missing = [name for name in profile.targets if name not in found.get(ids[0], {})]
    if missing:
        raise UsageError(
            f"The decision on {record.scenario.id!r} has no estimates of {', '.join(missing)}.",
            _way_out(record),
        )
    return estimates_of(record, [ids[at] for at in _allowed(record)] or ids)


def _way_out(record: Record) -> str:
    """What to do about a record without estimates."""
    if record.decision.outcome == "failed":
        return "It failed; leave its record out."
    if record.evidence.relevance is not None:
        return "They did not seem relevant; decide with relevant_from=0, which estimates all."
    return "Decide with a method that estimates: `align deciders list`."


@dataclass(frozen=True)
class _Again:
    """One record that is decided again, as one of several."""

    record: Record
    profile: Profile
    by: str
    place: int
    """From 1."""
    places: int

    def decision(self, passed: Passed, settings: AlignmentSettings) -> Decision:
        record, ids, allowed = self.record, self.record.scenario.choice_ids, _allowed(self.record)
        table = passed.costs[self.place - 1]
        shares = np.zeros(len(ids))
        shares[allowed] = passed.probabilities[self.place - 1]
        taken = allowed[passed.taken[self.place - 1]]
        temperature = TEMPERATURE if settings.temperature is None else settings.temperature
        end = conclude(
            Case(record.scenario, self.profile, ()),
            Verdict(probabilities=shares, ranking=(taken,)),
            record.evidence.excluded,
        )
        costs = {
            ids[at]: dict(zip(self.profile.targets, row, strict=True))
            for at, row in zip(allowed, table.tolist(), strict=True)
        }
        evidence = {"costs": costs, "temperature": temperature}
        return record.decision.model_copy(
            update={
                "id": uuid.uuid4().hex,
                "decider": f"{record.decision.decider} + {self.by}",
                "outcome": "escalated" if end.reason else "decided",
                "choice": end.choice,
                "probabilities": dict(zip(ids, end.probabilities.tolist(), strict=True)),
                "confidence": end.confidence,
                "reason": end.reason,
                "explanation": self._explanation(taken),
                "evidence": record.evidence.model_copy(update=evidence),
            }
        )

    def _explanation(self, taken: int) -> str:
        choice, before = self.record.scenario.choices[taken], self.record.decision
        was = repr(before.choice) if before.choice else before.outcome
        same = "as by itself" if before.choice == choice.id else f"by itself it was {was}"
        place = f"decision {self.place} of {self.places}"
        return f"Taken by {self.by} as {place}; {same}.\n{choice.text!r}."
