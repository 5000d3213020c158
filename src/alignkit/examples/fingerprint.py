"""What two scenarios are compared by, to see whether they are one and the same."""

from __future__ import annotations

from dataclasses import dataclass

from alignkit.examples.wording import Wording, shingles
from alignkit.schema import Scenario

Shingles = frozenset[str]

_SIZE = 3
"""Words of a shingle. Three told reworded scenarios from different ones better than five did."""


@dataclass(frozen=True)
class Fingerprint:
    """The wording of a scenario and of its parts."""

    id: str
    context: Wording
    question: Wording
    choices: tuple[Wording, ...]
    whole: Wording
    """Of context, question and choices together."""
    shingles: Shingles
    """Runs of three words of any of them."""

    @classmethod
    def of(cls, scenario: Scenario) -> Fingerprint:
        """The fingerprint of `scenario`; its values have no part in it."""
        names = scenario.entities
        options = [choice.text for choice in scenario.choices]
        texts = [scenario.context, scenario.question, *options]
        return cls(
            id=scenario.id,
            context=Wording.of([scenario.context], names),
            question=Wording.of([scenario.question], names),
            choices=tuple(Wording.of([text], names) for text in options),
            whole=Wording.of(texts, names),
            shingles=frozenset().union(*(shingles(text, _SIZE) for text in texts)),
        )

    def asks_the_same(self, other: Fingerprint) -> bool:
        """Whether the question is the same, and most choices of the one with fewer.

        Not just one of them: "none of these" stands below every question of a survey.
        """
        fewer, more = sorted((self.choices, other.choices), key=len)
        shared = sum(any(mine.is_like(theirs) for theirs in more) for mine in fewer)
        return self.question.is_like(other.question) and 2 * shared > len(fewer)
