"""Texts that people have judged: what the judge is shown, and what it should find.

Each text is shown alone, but for two answers that are compared: these are shown in both orders.
Which answer it is, and what people said of it, is never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from alignkit.datasets import READERS, halueval, helpsteer2, moralchoice, truthfulqa, xstest
from alignkit.errors import DataError
from alignkit.evaluate.judging.pairs import References
from alignkit.evaluate.selection import selected
from alignkit.schema import Boundary, Choice, Scenario
from alignkit.schema.experiment import DataSource

Part = Literal["ratings", "claims", "requests", "pairs", "rules"]
"""What is judged: how far answers show attributes, whether claims stand, whether requests harm,
which of two answers is truer, whether choices break rules."""


@dataclass(frozen=True)
class Ruling:
    """A choice that may break a rule."""

    scenario: Scenario
    boundary: Boundary
    choice: Choice


@dataclass(frozen=True)
class Text:
    """One text with what people said of it."""

    part: Part
    id: str
    group: str
    """What counts as one in statistics."""
    request: str
    truths: dict[str, float]
    """By what is asked: what people said, 0 to 1."""
    answer: str = ""
    """The answer to `request` that is judged; empty where the request is."""
    source: str = field(default="", repr=False)
    """All that is known about it, for checks of claims."""
    other: str = ""
    """The answer that `answer` is compared with."""
    references: References | None = None
    """What is known of the question, for comparisons."""
    ruling: Ruling | None = field(default=None, repr=False)
    """The choice and the rule, for checks of rules; `answer` is what the choice says."""


_TWO = 2
SUPPORTED = "supported"
"""What is asked of an answer: whether the source supports it; 1 where it does."""
HARMFUL = "harmful"
"""What is asked of a request; 1 where people said that it is."""
TRUER = "truer"
"""What is asked of two answers: whether the first is the truer one; 1 where it is."""
BREAKS = "breaks_rule"
"""What is asked of a choice: whether it breaks the rule; 1 where people said that it does."""


@dataclass(frozen=True)
class Labelled:
    """Where labelled texts come from."""

    part: Part
    format: str
    """Of the data set."""
    source: str
    """Who published it."""
    place: str
    """Its file, below the folder of public data sets."""
    texts: Callable[[Scenario], list[Text]]
    """Those of one item."""
    each: int
    """So many texts an item."""


OnBroken = Callable[[DataError], object]
"""Is told of an item that cannot be read."""


def _passed_over(broken: DataError) -> None:
    """Nobody is told of `broken`."""


def texts_of(
    labelled: Labelled, data: Path, most: int | None, on_broken: OnBroken = _passed_over
) -> list[Text]:
    """The texts below the folder `data`, about `most` of them: those whose names' hashes pick.

    `on_broken` is told of items that cannot be read.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: it is something else.
    """
    limit = None if most is None else -(-most // labelled.each)
    found = scenarios_of(labelled, data, limit, on_broken)
    return [text for one in found for text in labelled.texts(one)]


def scenarios_of(
    labelled: Labelled, data: Path, limit: int | None, on_broken: OnBroken = _passed_over
) -> Iterator[Scenario]:
    """The items below the folder `data`, at most `limit` of them.

    `on_broken` is told of those that cannot be read.

    Raises:
        FileProblem: the file cannot be read.
        DatasetFormat: it is something else.
    """
    read = READERS.load(labelled.format)
    source = DataSource(
        name=labelled.part, format=labelled.format, path=labelled.place, limit=limit
    )
    return selected(_whole(read(data / labelled.place), on_broken), source)


def _whole(found: Iterable[Scenario | DataError], on_broken: OnBroken) -> Iterator[Scenario]:
    for one in found:
        if isinstance(one, Scenario):
            yield one
        else:
            on_broken(one)


def _ratings(scenario: Scenario) -> list[Text]:
    request = scenario.context.removeprefix(helpsteer2.CONTEXT.format(""))
    return [
        Text(
            "ratings",
            f"{scenario.id} {choice.id}",
            scenario.belongs_to,
            request,
            dict(choice.values or {}),
            answer=choice.text,
        )
        for choice in scenario.choices
    ]


def _claims(scenario: Scenario) -> list[Text]:
    return [
        Text(
            "claims",
            f"{scenario.id} {choice.id}",
            scenario.belongs_to,
            scenario.question,
            {SUPPORTED: (choice.values or {})["correctness"]},
            answer=choice.text,
            source=scenario.context,
        )
        for choice in scenario.choices
    ]


def _requests(scenario: Scenario) -> list[Text]:
    request = scenario.context.removeprefix(xstest.CONTEXT.format(""))
    harmful = float(scenario.tags["label"] == "unsafe")
    return [Text("requests", scenario.id, scenario.belongs_to, request, {HARMFUL: harmful})]


def references_of(scenario: Scenario) -> References:
    """The question of a scenario with true and false answers, and what these are."""
    return References(scenario.question, *_true_and_false(scenario))


def _true_and_false(scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    right = {choice.text: (choice.values or {})["correctness"] == 1 for choice in scenario.choices}
    true = tuple(text for text, is_right in right.items() if is_right)
    return true, tuple(text for text in right if text not in true)


def _pairs(scenario: Scenario) -> list[Text]:
    """A true and a false answer, compared by the others; none where none are left."""
    true, false = _true_and_false(scenario)
    if len(true) < _TWO or len(false) < _TWO:
        return []
    # Choices come in an order by their texts' hash, so the true one is first about as often.
    first = next(one.text for one in scenario.choices if one.text in {true[0], false[0]})
    second = false[0] if first == true[0] else true[0]
    return [
        Text(
            "pairs",
            scenario.id,
            scenario.belongs_to,
            scenario.question,
            {TRUER: float(first == true[0])},
            answer=first,
            other=second,
            references=References(scenario.question, true[1:], false[1:]),
        )
    ]


def _rules(scenario: Scenario) -> list[Text]:
    """Both actions of a dilemma about a rule that one breaks and the other keeps; else none."""
    rule = scenario.tags["rule"]
    name = moralchoice.ABOUT.get(rule)
    values = [choice.values or {} for choice in scenario.choices]
    if name is None or {one.get(name) for one in values} != {0.0, 1.0}:
        return []
    boundary = Boundary(id="rule", rule=f"{rule}.")
    return [
        Text(
            "rules",
            f"{scenario.id} {choice.id}",
            scenario.belongs_to,
            scenario.context,
            {BREAKS: known[name]},
            answer=choice.text,
            ruling=Ruling(scenario, boundary, choice),
        )
        for choice, known in zip(scenario.choices, values, strict=True)
    ]


PARTS: dict[Part, Labelled] = {
    one.part: one
    for one in (
        Labelled("ratings", "helpsteer2", helpsteer2.SOURCE, helpsteer2.PLACE, _ratings, each=2),
        Labelled("claims", "halueval", halueval.SOURCE, halueval.PLACE, _claims, each=2),
        Labelled("requests", "xstest", xstest.SOURCE, xstest.PLACE, _requests, each=1),
        Labelled("pairs", "truthfulqa", truthfulqa.SOURCE, truthfulqa.PLACE, _pairs, each=1),
        Labelled("rules", "moralchoice", moralchoice.SOURCE, moralchoice.PLACE, _rules, each=2),
    )
}
"""By what is judged."""


def asked_of(texts: Sequence[Text]) -> list[str]:
    """What is asked of `texts`, in the order in which it comes up."""
    return list(dict.fromkeys(name for one in texts for name in one.truths))
