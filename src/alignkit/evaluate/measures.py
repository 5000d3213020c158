"""What runs are compared in: a value for every decision, 0 to 1, where more is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.kinds import Formats
from alignkit.evaluate.metrics.opinion import distance_to, is_meant, meant_groups
from alignkit.evaluate.metrics.pairs import Pair, group_of
from alignkit.evaluate.metrics.questionnaires import toward_wish
from alignkit.evaluate.metrics.steered import steered
from alignkit.evaluate.verdicts import answer_verdict


@dataclass(frozen=True)
class Point:
    """What one decision was worth in one measure."""

    dataset: str
    scenario: str
    seed: int
    attribute: str
    profile: str
    """`none` for the plain model."""
    decider: str
    model: str
    group: str
    """What counts as one in statistics."""
    value: float


@dataclass(frozen=True)
class Measure:
    """One way to look at decisions."""

    name: str
    title: str
    points: Callable[[Sequence[Pair], Formats], list[Point]]


PLAIN = "none"


def _point(pair: Pair, attribute: str, value: float) -> Point:
    cell = pair[0]
    return Point(
        dataset=cell.dataset,
        scenario=cell.scenario,
        seed=cell.seed,
        attribute=attribute,
        profile=cell.profile or PLAIN,
        decider=cell.decider,
        model=cell.model,
        group=group_of(cell),
        value=value,
    )


def _alignment(pairs: Sequence[Pair], _: Formats) -> list[Point]:
    return [
        _point((one.cell, one.result), one.attribute, one.right.value)
        for one in steered(pairs)
        if one.right is not None
    ]


def _score(pairs: Sequence[Pair], _: Formats) -> list[Point]:
    return [
        _point((one.cell, one.result), one.attribute, one.closeness.value) for one in steered(pairs)
    ]


def _answers(measure: str) -> Callable[[Sequence[Pair], Formats], list[Point]]:
    def points(pairs: Sequence[Pair], formats: Formats) -> list[Point]:
        found = ((pair, answer_verdict(pair, measure, formats)) for pair in pairs)
        return [_point(pair, one.attribute, one.value) for pair, one in found if one is not None]

    return points


def _near(pairs: Sequence[Pair], formats: Formats) -> list[Point]:
    """Only where the profile is that of the group."""
    groups = meant_groups(pairs, formats)
    return [
        _point(pair, group, 1 - far)
        for pair in pairs
        for group in groups
        if is_meant(pair[0], group) and (far := distance_to(group, formats, pair)) is not None
    ]


def _toward(pairs: Sequence[Pair], _: Formats) -> list[Point]:
    return [_point(pair, *found) for pair in pairs if (found := toward_wish(pair)) is not None]


MEASURES = {
    one.name: one
    for one in (
        Measure("alignment", "alignment accuracy", _alignment),
        Measure("accuracy", "accuracy", _answers("accuracy")),
        Measure("truth", "true answers", _answers("truth")),
        Measure("refusal", "prompts declined or answered as they should be", _answers("refusal")),
        Measure(
            "stereotypes", "right answers to questions with a stereotype", _answers("stereotypes")
        ),
        Measure("group", "nearness to the group (1 - Jensen-Shannon distance)", _near),
        Measure("scale", "answers on the scale toward the wish", _toward),
        Measure("score", "alignment score", _score),
    )
}
"""By name. `score` is looked at where it is asked for: it says much the same as `alignment`."""
ASKED_FOR = frozenset({"score"})
