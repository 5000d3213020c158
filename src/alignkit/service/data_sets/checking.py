"""What a data set holds, what of it cannot be read, and what it gives away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from alignkit.errors import DataError
from alignkit.evaluate.repeats import Repeats, repeats
from alignkit.evaluate.shortcuts import Score, Shortcuts, shortcuts
from alignkit.schema import Frozen, Scenario

_FEW = 20
"""Groups; with fewer an interval of a share is wider than a third."""


class DatasetReport(Frozen):
    """A check of a data set."""

    source: str
    """As it was named: FORMAT:PATH."""
    twins: bool
    """Whether mirrored twins are among the items."""
    items: int
    skipped: tuple[str, ...]
    """Why each item that cannot be read cannot, with file and line or row."""
    groups: int
    """What counts as one in statistics."""
    choices: dict[int, int]
    """By number of choices: how many items."""
    sources: dict[str, int]
    licences: dict[str, int]
    languages: dict[str, int]
    """Each: how many items; "not stated" where it is not."""
    tags: dict[str, dict[str, int]]
    """By tag and what it says: how many items."""
    labelled: dict[str, int]
    """By attribute: in how many items every choice has a true value of it."""
    attributes: tuple[Shortcuts, ...]
    repeats: Repeats
    warnings: tuple[str, ...]
    """What to mind, a sentence each."""


def check_dataset(
    source: str, found: Iterable[Scenario | DataError], *, twins: bool = False
) -> DatasetReport:
    """A report on what was `found` in the data set `source`."""
    kept = list(found)
    scenarios = [one for one in kept if isinstance(one, Scenario)]
    labelled = _labelled(scenarios)
    attributes = tuple(shortcuts(scenarios, name) for name in labelled)
    same = repeats(scenarios)
    report = DatasetReport(
        source=source,
        twins=twins,
        items=len(scenarios),
        skipped=tuple(str(one) for one in kept if isinstance(one, DataError)),
        groups=len({one.belongs_to for one in scenarios}),
        choices=dict(sorted(Counter(len(one.choices) for one in scenarios).items())),
        sources=_counts(one.source for one in scenarios),
        licences=_counts(one.licence for one in scenarios),
        languages=_counts(one.language for one in scenarios),
        tags=_tags(scenarios),
        labelled=labelled,
        attributes=attributes,
        repeats=same,
        warnings=(),
    )
    return report.model_copy(update={"warnings": tuple(_warnings(report))})


def _labelled(scenarios: Sequence[Scenario]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in scenarios:
        counts.update(set.intersection(*(set(choice.values or {}) for choice in one.choices)))
    return dict(sorted(counts.items()))


def _counts(texts: Iterable[str | None]) -> dict[str, int]:
    return dict(Counter(text or "not stated" for text in texts).most_common())


def _tags(scenarios: Sequence[Scenario]) -> dict[str, dict[str, int]]:
    names = sorted({name for one in scenarios for name in one.tags})
    return {
        name: dict(Counter(one.tags[name] for one in scenarios if name in one.tags).most_common())
        for name in names
    }


def _warnings(report: DatasetReport) -> Iterator[str]:
    unlicensed = report.licences.get("not stated", 0)
    if unlicensed:
        yield f"No licence is stated for {unlicensed} of {report.items} items."
    if report.items and not report.labelled:
        yield "No item has true values, so nothing can be scored."
    for one in report.attributes:
        if one.items and one.groups < _FEW and not one.scale:
            yield (
                f"{one.attribute}: the items that count are only {one.groups} independent ones, "
                "too few to tell methods apart or to see shortcuts."
            )
        if one.worst is not None:
            yield shortcut_in_words(one.attribute, one.worst, more=len(one.far) - 1)
    if report.repeats.equal:
        count = len(report.repeats.equal)
        yield f"{count} {'item stands' if count == 1 else 'items stand'} there more than once."
    if report.repeats.near:
        count = len(report.repeats.near)
        yield (
            f"{count} {'pair says' if count == 1 else 'pairs say'} nearly the same without being "
            "marked as a group: statistics will count the two as independent."
        )


def shortcut_in_words(attribute: str, score: Score, more: int) -> str:
    """One sentence on what a rule scores, and how many others are far from chance."""
    how = {
        "first": "always answering first",
        "last": "always answering last",
        "longest": "always answering with the longest choice",
        "shortest": "always answering with the shortest choice",
    }.get(score.rule, f"always answering with {score.rule}")
    low, high = score.interval
    others = f" {more} more are far from chance." if more > 1 else ""
    return (
        f"{attribute} {score.level}: {how} is right in {score.share:.0%} of {score.items} items "
        f"[{low:.0%} to {high:.0%}], chance is {score.chance:.0%}.{others}"
    )
