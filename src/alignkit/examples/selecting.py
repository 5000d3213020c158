"""Which of the allowed examples are shown, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alignkit.errors import UsageError
from alignkit.examples.pool import is_labelled
from alignkit.examples.settings import ExampleSettings
from alignkit.examples.shot import Shot, digest
from alignkit.examples.similarity import Similarity, text_of
from alignkit.schema import Attribute, Scenario


def select(
    candidates: Sequence[Scenario],
    scenario: Scenario,
    attribute: Attribute,
    settings: ExampleSettings,
    similarity: Similarity,
) -> tuple[Shot, ...]:
    """The examples of `attribute` that a prompt about `scenario` shows, in the order shown.

    The result depends on the texts of the scenario and of the candidates, the settings and the
    similarity, and on no order of either. Give candidates that may be shown: see `allowed`.

    Raises:
        UsageError: fewer candidates than `settings.shots` have a value for every choice.
    """
    labelled = [one for one in candidates if is_labelled(one, attribute.name)]
    if len(labelled) < settings.shots:
        raise _too_few(len(labelled), scenario, attribute, settings)
    if not settings.shots:
        return ()
    likeness = similarity.of(scenario, labelled)
    shots = [
        Shot.of(one, attribute, like, settings.seed)
        for one, like in zip(labelled, likeness, strict=True)
    ]
    if settings.selection == "random":
        return tuple(_drawn(shots, scenario, settings))
    nearest = sorted(shots, key=_nearness)
    if settings.selection == "spanning":
        nearest = sorted(_spanning(nearest, len(attribute.levels), settings.shots), key=_nearness)
    taken = nearest[: settings.shots]
    return tuple(reversed(taken) if settings.nearest_last else taken)


def _nearness(shot: Shot) -> tuple[float, str, str]:
    """The nearest first, equally near ones by their texts."""
    return -shot.similarity, text_of(shot.scenario), shot.scenario.id


def _drawn(shots: Sequence[Shot], scenario: Scenario, settings: ExampleSettings) -> list[Shot]:
    """As many as are wanted in a random order that depends on seed and texts only."""
    asked = text_of(scenario)

    def lot(shot: Shot) -> tuple[bytes, str]:
        return digest(str(settings.seed), asked, text_of(shot.scenario)), shot.scenario.id

    return sorted(shots, key=lot)[: settings.shots]


def _spanning(nearest: Sequence[Shot], levels: int, wanted: int) -> list[Shot]:
    """Of the level that was shown least so far the nearest example, until there are enough.

    After Adams et al. 2025, "Steerable Pluralism: Pluralistic Alignment via Few-Shot Comparative
    Regression" (AIES 2025), who take one example for every level. Of levels that were shown
    equally often the ends come first, so that few examples still show how far the scale reaches.
    """
    left, taken = list(nearest), list[Shot]()
    shown: Counter[int] = Counter()
    order = _ends_first(levels)
    while len(taken) < wanted:
        occurring = set[int]().union(*(shot.numbers for shot in left))
        least = min((n for n in order if n in occurring), key=lambda number: shown[number])
        found = next(shot for shot in left if least in shot.numbers)
        left.remove(found)
        taken.append(found)
        shown.update(found.numbers)
    return taken


def _ends_first(levels: int) -> list[int]:
    """Levels from 1, each as far as can be from those before it: 1, 5, 3, 2, 4."""
    order = [1]
    while len(order) < levels:
        others = (number for number in range(1, levels + 1) if number not in order)
        order.append(max(others, key=lambda number: min(abs(number - one) for one in order)))
    return order


def _too_few(
    there: int, scenario: Scenario, attribute: Attribute, settings: ExampleSettings
) -> UsageError:
    return UsageError(
        f"{settings.shots} examples of {attribute.name!r} are asked for, but only {there} may be "
        f"shown with {scenario.id!r}: it and what nearly equals it are left out.",
        f"Set shots={there} or less, or add examples." if there else "Add examples.",
    )
