"""A gate: whether a run shows enough effect and no more loss than allowed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.errors import InvalidSetting, UsageError
from alignkit.evaluate.gate import Checked, checks
from alignkit.evaluate.missing import no_effect, no_loss
from alignkit.schema import Run
from alignkit.service.evidence.stored import stored
from alignkit.store import Store


@dataclass(frozen=True)
class Gate:
    """What was asked of a run, and what it shows."""

    run: Run
    checks: Sequence[Checked]

    @property
    def passed(self) -> bool:
        """Whether everything is shown."""
        return all(one.passed for one in self.checks)


def gate(
    store: Store,
    name: str,
    min_effect: float | None = None,
    max_loss: float | None = None,
    max_failed: int = 0,
) -> Gate:
    """What the run `name` shows of what is asked.

    Args:
        store: where it is kept.
        name: id, unique prefix, or name of the latest run.
        min_effect: the least steering effect, -1 to 1.
        max_loss: the largest loss of accuracy, above 0.
        max_failed: so many decisions may have failed.

    Raises:
        UsageError: nothing is asked, or nothing sensible, or the run has nothing that could answer
            it.
        UnknownName: there is no such run.
        DataError: it holds no decision.
        StoreError: the store cannot be read.
    """
    if min_effect is None and max_loss is None:
        raise UsageError("Nothing is asked.", "Give --min-effect, --max-loss, or both.")
    for what, limit in (("min_effect", min_effect), ("max_loss", max_loss)):
        if limit is not None and not math.isfinite(limit):
            raise InvalidSetting(f"{what}: {limit} is no limit.", "Give a number.")
    found = stored(store, name)
    if len(found.pairs) + found.erased < found.run.cells:
        done = len(found.pairs) + found.erased
        raise UsageError(
            f"The run {found.run.id} is not complete: {done:,} of {found.run.cells:,} cells are "
            "done.",
            "`align run` with the same experiment goes on with it.",
        )
    made = checks(found.pairs, found.formats, min_effect, max_loss, max_failed)
    pairs = found.pairs
    for kind, asked, what in (
        ("effect", min_effect, no_effect(pairs, pairs)),
        ("loss", max_loss, no_loss(pairs, pairs, found.formats)),
    ):
        if asked is not None and not any(one.kind == kind and one.n for one in made):
            raise UsageError(f"The run {found.run.id} cannot show the {kind}: it has {what}.")
    return Gate(found.run, made)
