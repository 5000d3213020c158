"""Decisions that wait for a person: shown with all that led to them, and decided by people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from alignkit.errors import BadRecord, InvalidSetting
from alignkit.evaluate.rightness import taken
from alignkit.schema import Record, Result, Review
from alignkit.service.explaining import Why, explain
from alignkit.store import Reviewed, Store

_PAGE = 200


@dataclass(frozen=True)
class Case:
    """A decision as a person sees it who is to decide."""

    place: Reviewed
    """What was decided, and what a person made of it."""
    record: Record | None
    """The scenario and all else; None where the store keeps no prompts."""

    @property
    def why(self) -> Why | None:
        """What each attribute held against each choice; None without a record."""
        return None if self.record is None else explain(self.record)


@dataclass(frozen=True)
class Verdict:
    """What a person says to a decision."""

    choice: str | None
    """Id of the choice that is right; None where none is, which needs a note."""
    note: str | None
    """Why, in the person's words."""
    by: str
    """Who decides."""

    def review(self) -> Review:
        """The same as it is kept.

        Raises:
            InvalidSetting: the note is missing or too long, or holds control characters.
        """
        now = datetime.now(UTC)
        try:
            return Review(choice=self.choice, note=self.note or None, by=self.by, made=now)
        except ValidationError as error:
            first = error.errors()[0]
            field = f"{first['loc'][0]}: " if first["loc"] else ""
            said = str(first["msg"]).removeprefix("Value error, ")
            raise InvalidSetting(f"{field}{said}.") from error


def would_have_chosen(result: Result) -> str | None:
    """The choice that the machine would have made by itself: the likeliest; None for a tie."""
    found = taken(result.choice, result.probabilities)
    return next(iter(found)) if len(found) == 1 else None


def agreed(result: Result, review: Review) -> bool | None:
    """Whether a person chose what the machine would have chosen; None where that was a tie."""
    machine = would_have_chosen(result)
    return None if machine is None else review.choice == machine


def facts_of(one: Reviewed) -> dict[str, Any]:
    """A decision that is for people and what became of it, by the names that clients read."""
    cell, result, review = one.cell, one.result, one.review
    return {
        "decision": result.decision,
        "scenario": cell.scenario,
        "profile": cell.profile,
        "decider": cell.decider,
        "model": cell.model,
        "since": one.since,
        "outcome": result.outcome,
        "reason": result.reason,
        "confidence": result.confidence,
        "probabilities": result.probabilities,
        "estimates": result.estimates,
        "would_have_chosen": would_have_chosen(result),
        "review": review,
        "agreed": agreed(result, review) if review else None,
    }


def waiting(store: Store, limit: int | None = None) -> Iterator[Reviewed]:
    """The decisions that wait for a person, the oldest first, at most `limit`."""
    last, left = 0, limit
    while left is None or left > 0:
        page = store.reviews.waiting(last, min(_PAGE, _PAGE if left is None else left))
        yield from page
        if not page:
            return
        last, left = page[-1].number, None if left is None else left - len(page)


def case_of(store: Store, decision: str) -> Case:
    """The decision whose id is or begins so, as a person sees it who is to decide.

    Raises:
        UnknownName: there is no such decision, or there are several.
        InvalidSetting: nobody was or is to look at it, or it was erased.
    """
    found = store.reviews.one(decision)
    if found is None:
        raise InvalidSetting(
            f"Decision {decision!r} was not left to people, and none has decided on it.",
            f"Run: align show {decision}",
        )
    try:
        record = store.record(found.result.decision)
    except BadRecord:
        record = None
    return Case(found, record)


def give_verdict(store: Store, decision: str, verdict: Verdict, *, again: bool = False) -> Case:
    """Keep what a person decided; gives the decision with the verdict.

    Args:
        store: where the decision is kept.
        decision: its id or how it begins.
        verdict: what the person says.
        again: let it take the place of an earlier one.

    Raises:
        UnknownName: there is no such decision, or there are several.
        InvalidSetting: there is no such choice, a note is missing or too long, or the decision
            failed or was erased.
        AlreadyReviewed: a person has decided.
    """
    return case_of(store, store.reviews.decide(decision, verdict.review(), again=again))
