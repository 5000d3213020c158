"""What decisions cost, and how many came to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.evaluate.metrics.pairs import Method, Pair, grouped, method_of
from alignkit.schema.question import Usage


@dataclass(frozen=True)
class Cost:
    """What a method used, lower is better."""

    method: Method
    decisions: int
    decided: int
    escalated: int
    failed: int
    total: Usage

    @property
    def calls(self) -> float:
        """Calls for each decision, as tokens and seconds are."""
        return self.total.calls / self.decisions

    @property
    def submitted(self) -> float:
        """Tokens of prompts."""
        return self.total.tokens_submitted / self.decisions

    @property
    def evaluated(self) -> float:
        """Tokens that had to be read anew."""
        return self.total.tokens_evaluated / self.decisions

    @property
    def generated(self) -> float:
        """Tokens written."""
        return self.total.tokens_generated / self.decisions

    @property
    def seconds(self) -> float:
        """Seconds of waiting for the model; decisions may wait at the same time."""
        return self.total.seconds / self.decisions


def costs(pairs: Sequence[Pair]) -> list[Cost]:
    """A line for each method."""
    lines = []
    for method, ours in sorted(grouped(pairs, lambda pair: method_of(pair[0])).items()):
        outcomes = [result.outcome for _, result in ours]
        total = sum((result.usage for _, result in ours), Usage())
        lines.append(
            Cost(
                method,
                len(ours),
                outcomes.count("decided"),
                outcomes.count("escalated"),
                outcomes.count("failed"),
                total,
            )
        )
    return lines
