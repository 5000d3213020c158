"""How far a run is, how fast it goes, and what it has spent."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alignkit.schema import Result, Usage
from alignkit.schema.experiment import Budget, Price

_WINDOW = 30.0
"""Seconds over which a speed is measured."""
_FEWEST = 2
"""Points in time between which it is, at least."""

Ending = Literal["complete", "budget", "stopped"]


@dataclass(frozen=True)
class Progress:
    """Where a run stands; every decision that counts here is in the store."""

    total: int
    """Cells of the experiment."""
    done: int
    """Cells with a decision, also one that was made before."""
    known: int
    """Those of them that needed no decision now."""
    erased: int
    """Cells whose decision was erased; they count as neither done nor failed and stay gone."""
    escalated: int
    """Decisions of this call that are left to a person."""
    failed: int
    """Cells that failed in this call; the next one tries them again."""
    usage: Usage
    """What this call has used."""
    money: float
    """What it has cost, where prices are given."""
    seconds: float
    """Since the call began."""
    rate: float
    """Decisions a second, lately."""
    tokens_rate: float
    """Tokens evaluated a second, lately."""

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this speed; None while there is no speed."""
        left = self.total - self.done - self.failed - self.erased
        if left <= 0:
            return 0.0
        return left / self.rate if self.rate > 0 else None


@dataclass(frozen=True)
class Ended:
    """The last word of a run."""

    ending: Ending
    progress: Progress
    said: str = ""
    """Which limit was reached, when it ended for one."""


class Counter:
    """Counts what a run comes to."""

    def __init__(self, total: int, prices: Mapping[str, Price]) -> None:
        """Count towards `total` cells; `prices` are by model, as cells name it."""
        self._total = total
        self._prices = prices
        self._known = self._made = self._escalated = self._failed = self._erased = 0
        self._usage = Usage()
        self._money = 0.0
        self._start = time.monotonic()
        self._lately: deque[tuple[float, int, int]] = deque([(self._start, 0, 0)])

    def found(self, cells: int) -> None:
        """So many cells have a result from before."""
        self._known += cells

    def gone(self, cells: int) -> None:
        """So many cells had a result that was erased, and get no other."""
        self._erased += cells

    def used(self, model: str, usage: Usage) -> None:
        """A decision on the model called so has cost this much; it need not be stored yet."""
        self._usage += usage
        price = self._prices.get(model)
        if price is not None:
            self._money += price.of(usage.tokens_submitted, usage.tokens_generated)

    def stored(self, made: Sequence[Result]) -> None:
        """These are in the store now."""
        for result in made:
            self._failed += result.outcome == "failed"
            self._escalated += result.outcome == "escalated"
            self._made += result.outcome != "failed"
        now = time.monotonic()
        self._lately.append((now, self._made + self._failed, self._usage.tokens_evaluated))
        while len(self._lately) > _FEWEST and now - self._lately[0][0] > _WINDOW:
            self._lately.popleft()

    def progress(self) -> Progress:
        """Where the run stands."""
        now = time.monotonic()
        since, made_then, tokens_then = self._lately[0]
        span = max(now - since, 1e-9)
        return Progress(
            total=self._total,
            done=self._known + self._made,
            known=self._known,
            erased=self._erased,
            escalated=self._escalated,
            failed=self._failed,
            usage=self._usage,
            money=self._money,
            seconds=now - self._start,
            rate=(self._made + self._failed - made_then) / span,
            tokens_rate=(self._usage.tokens_evaluated - tokens_then) / span,
        )


def spent(budget: Budget, progress: Progress) -> str | None:
    """Which limit of `budget` is reached, as a phrase; None while none is."""
    usage = progress.usage
    tokens = usage.tokens_submitted + usage.tokens_generated
    for limit, reached, what in (
        (budget.calls, usage.calls, "calls"),
        (budget.tokens, tokens, "tokens"),
        (budget.minutes, progress.seconds / 60, "minutes"),
        (budget.money, progress.money, "money"),
    ):
        if limit is not None and reached >= limit:
            digits = ",.4g" if isinstance(reached, float) else ","
            return f"{reached:{digits}} of {limit:{digits}} {what}"
    return None
