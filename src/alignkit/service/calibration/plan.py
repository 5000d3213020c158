"""What is to be learned from which examples, checked before a model is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from alignkit.deciders.base import Decider
from alignkit.errors import UsageError
from alignkit.schema import Attribute, Profile
from alignkit.service.calibration.guaranteeing import Promise, check_enough, halves, one_each
from alignkit.service.calibration.labelled import ENDS, Example, Labelled
from alignkit.stats.calibration import calibration_kind
from alignkit.stats.too_few import TooFewExamples


@dataclass(frozen=True)
class Lesson:
    """What is to be learned, and from what."""

    labelled: Labelled
    attributes: Sequence[str] = ()
    """Those to learn about, beside the targets of the profiles; without either, all that enough
    examples are labelled with."""
    profiles: Sequence[Profile] = ()
    """Where one asks for an error rate, a threshold is sought that keeps it."""
    decider: str | None = None
    model: str | None = None
    seed: int = 0
    """Which examples are taken, and how they are dealt into parts."""
    limit: int | None = None
    """At most so many examples of each attribute and profile, drawn at random."""


@dataclass(frozen=True)
class Trial:
    """A promise, and the examples on which decisions under its profile are looked at."""

    promise: Promise
    others: Sequence[Example]
    """From which maps are learned; of their decisions only the confidences count."""
    tested: Sequence[Example]
    """Independent, and without a part in any map."""


@dataclass(frozen=True)
class Plan:
    """What will be learned from what."""

    attributes: Sequence[Attribute]
    examples: Sequence[Example]
    """From which maps are learned."""
    trials: Sequence[Trial]
    notes: Sequence[str]
    """What the user should know of it, a line each."""

    def tasks(self) -> list[tuple[Example, Attribute, float]]:
        """What has to be decided to fit maps: each example at both ends of each attribute."""
        return [
            (example, attribute, end)
            for attribute in self.attributes
            for example in self.examples
            if example.teaches(attribute.name)
            for end in ENDS
        ]


def planned(lesson: Lesson, decider: Decider, rng: np.random.Generator) -> Plan:
    """The plan for `lesson` with `decider`.

    Raises:
        UsageError: there are too few examples, or nothing says what is right under a profile.
        UnknownName: an attribute is not described.
    """
    promises = [one for profile in lesson.profiles if (one := Promise.of(profile)) is not None]
    targets = [name for profile in lesson.profiles for name in profile.targets]
    named = list(dict.fromkeys([*lesson.attributes, *targets]))
    attributes = [decider.attribute(name) for name in named or _described(lesson, decider)]
    taken = _taken(lesson, attributes, promises, rng)
    learn, test = halves(taken, promises, rng) if promises else (taken, [])
    lacking = {a.name: error for a in attributes if (error := _lacking(a, learn)) is not None}
    enough = [attribute for attribute in attributes if attribute.name not in lacking]
    if lacking and (named or not enough):
        _refuse(lacking, halved=bool(promises))
    trials = [
        Trial(one, one_each(learn, one.profile, rng), one_each(test, one.profile, rng))
        for one in promises
    ]
    for trial in trials:
        check_enough(trial.promise, len(trial.tested))
    return Plan(
        attributes=enough,
        examples=learn,
        trials=trials,
        notes=(*_passed_over(lesson, decider, named, lacking), *_one_place(enough, learn)),
    )


def _described(lesson: Lesson, decider: Decider) -> list[str]:
    """The attributes that are labelled, where there is a text that says what they are.

    Raises:
        UsageError: there is none.
    """
    names = lesson.labelled.attributes
    found = [name for name in names if name in decider.attributes]
    if not found:
        what = ", ".join(map(repr, names)) or "nothing that tells choices apart"
        raise UsageError(
            f"{lesson.labelled.source}: the choices are labelled with {what}, and no attribute is "
            "described under such a name.",
            "`align attributes list` shows those that are; `align attributes new NAME` starts one.",
        )
    return found


def _taken(
    lesson: Lesson,
    attributes: Sequence[Attribute],
    promises: Sequence[Promise],
    rng: np.random.Generator,
) -> list[Example]:
    """The examples that teach something wanted; of each attribute and profile a limited number."""
    examples = lesson.labelled.examples
    uses = [[one.teaches(attribute.name) for one in examples] for attribute in attributes]
    uses += [[one.covers(promise.profile) for one in examples] for promise in promises]
    order = rng.permutation(len(examples)).tolist()
    # One order for all, so that an example that teaches several things is taken for each of them.
    kept = {
        place for use in uses for place in [place for place in order if use[place]][: lesson.limit]
    }
    return [example for place, example in enumerate(examples) if place in kept]


def _lacking(attribute: Attribute, examples: Sequence[Example]) -> TooFewExamples | None:
    """How many examples `attribute` lacks, if it does."""
    try:
        calibration_kind(len({one.group for one in examples if one.judges(attribute.name)}))
    except TooFewExamples as error:
        return error
    return None


def _refuse(lacking: dict[str, TooFewExamples], *, halved: bool) -> None:
    """Fail for the attribute that comes nearest to enough.

    Raises:
        UsageError: says how many scenarios there are and how many are needed.
    """
    name, error = max(lacking.items(), key=lambda pair: pair[1].given)
    there = f"there {'is' if error.given == 1 else 'are'} {error.given}"
    if halved:
        message = (
            f"{name!r} needs at least {error.needed} labelled scenarios beside those that test the "
            f"error rate, and {there}."
        )
        hint = f"Give at least {2 * error.needed}: half of them test the error rate."
    else:
        message = f"{name!r} needs at least {error.needed} labelled scenarios, and {there}."
        hint = "Label more of them"
        hint += ", or leave it out with --attributes." if len(lacking) > 1 else "."
    counted = "Scenarios with the same context count once."
    raise UsageError(message, f"{hint} {counted}") from error


def _passed_over(
    lesson: Lesson, decider: Decider, named: Sequence[str], lacking: dict[str, TooFewExamples]
) -> Iterator[str]:
    if lesson.labelled.unread:
        count, first = len(lesson.labelled.unread), lesson.labelled.unread[0]
        yield f"Passed over {count} that cannot be read, the first because: {first.message}"
    if named:
        return
    unknown = [name for name in lesson.labelled.attributes if name not in decider.attributes]
    if unknown:
        yield f"Left out, because no attribute is called so: {', '.join(unknown)}."
    if lacking:
        found = ", ".join(f"{name} ({error.given})" for name, error in lacking.items())
        needed = next(iter(lacking.values())).needed
        yield f"Left out, with fewer than {needed} labelled scenarios: {found}."


def _one_place(attributes: Sequence[Attribute], examples: Sequence[Example]) -> Iterator[str]:
    """A warning for attributes whose right choice always stands at the same place."""
    for attribute in attributes:
        for end in ENDS:
            found = [one.best(attribute.name, end) for one in examples]
            places = {place for place in found if place is not None}
            if len(places) == 1:
                [place] = places
                yield (
                    f"In every scenario the choice at place {place + 1} is right when "
                    f"{attribute.name!r} is wanted {'high' if end else 'low'}: a mere liking for "
                    "that place or its words would pass for skill. Add mirrored scenarios."
                )
                break
