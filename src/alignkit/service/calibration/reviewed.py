"""Labelled examples out of what people decided where the machine had left it to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alignkit.errors import AlignkitError, BadRecord, DataError, UsageError
from alignkit.schema import Record, Review, Scenario
from alignkit.service.calibration.labelled import Labelled, examples_of
from alignkit.store import Store

SOURCE = "reviews"
"""What calibrations call them."""
_MIDDLE = 0.5


def labelled_by_people(store: Store) -> Labelled:
    """The examples that the verdicts in `store` teach.

    A verdict under a profile with a single target says which choice shows more of the attribute
    than the others (wanted high), or less of it (wanted low): 1 and 0. Under several targets it
    says nothing of any one of them.

    Raises:
        UsageError: no verdict teaches anything.
    """
    scenarios: list[Scenario] = []
    errors: list[AlignkitError] = []
    for decision, review in _verdicts(store):
        try:
            scenarios.append(_example(store.record(decision), review))
        except DataError as error:
            errors.append(error)
    if not scenarios:
        why = f" The first was passed over because: {errors[0].message}" if errors else ""
        raise UsageError(
            f"{store.name}: no verdict of a person teaches anything.{why}",
            "`align review` asks about the decisions that wait.",
        )
    examples = tuple(replace(one, drawn=False) for one in examples_of(scenarios))
    return Labelled(SOURCE, examples, tuple(errors))


def both(one: Labelled, other: Labelled) -> Labelled:
    """The examples of both together."""
    return Labelled(
        f"{one.source} and {other.source}",
        (*one.examples, *other.examples),
        (*one.unread, *other.unread),
    )


def _verdicts(store: Store) -> Iterator[tuple[str, Review]]:
    for one in store.reviews.every_decided():
        if one.review is not None:
            yield one.result.decision, one.review


def _example(record: Record, review: Review) -> Scenario:
    """The scenario, each choice labelled with what the verdict says of the profile's attribute.

    Raises:
        BadRecord: the verdict says nothing of an attribute.
    """
    decision = record.decision.id
    targets = record.profile.targets if record.profile else {}
    if review.choice is None:
        raise BadRecord(f"Decision {decision!r}: no choice was found right.")
    if len(targets) != 1:
        raise BadRecord(
            f"Decision {decision!r}: its profile has {len(targets)} targets, and a verdict teaches "
            "only of one."
        )
    [(name, target)] = targets.items()
    if target.level == _MIDDLE:
        raise BadRecord(f"Decision {decision!r}: its profile wants neither high nor low.")
    high = target.level > _MIDDLE
    choices = tuple(
        choice.model_copy(update={"values": {name: float((choice.id == review.choice) == high)}})
        for choice in record.scenario.choices
    )
    return record.scenario.model_copy(update={"choices": choices})
