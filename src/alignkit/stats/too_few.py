"""What is raised when a statistic would be worth nothing: there is too little to learn from."""

from __future__ import annotations


class TooFewExamples(ValueError):
    """There are fewer labelled examples than a result takes that can be relied on."""

    def __init__(self, needed: int, given: int) -> None:
        """Keep both numbers, so that a caller can say how many are missing."""
        super().__init__(f"at least {needed} labelled examples are needed, and {given} are given")
        self.needed = needed
        self.given = given
