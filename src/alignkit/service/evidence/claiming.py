"""What stored runs show of the claims that steering is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alignkit.errors import UsageError
from alignkit.evaluate.claims import Claim, claims
from alignkit.report.run.findings import margin_of, unfinished
from alignkit.report.wording import counted
from alignkit.service.evidence.stored import Stored, stored
from alignkit.store import Store

_NEEDED = (
    "decisions under a profile beside those of the plain model (`none`), or an attribute at "
    "two levels, on at least two groups of items"
)


@dataclass(frozen=True)
class Claimed:
    """What runs show."""

    claims: list[Claim]
    """At least one; their p-values are adjusted together."""
    runs: list[str]
    """The names of the runs, to which claims point."""
    notes: list[str]
    """What is missing, a line each: decisions that are not made yet or failed, runs that have no
    claim."""


def claims_of(store: Store, names: Sequence[str]) -> Claimed:
    """All claims that the runs called `names` can say something of, adjusted together.

    Raises:
        UsageError: there are none.
        UnknownName: there is no such run.
        DataError: a run holds no decision.
        StoreError: the store cannot be read.
    """
    runs = list({one.run.id: one for one in (stored(store, name) for name in names)}.values())
    found = claims([(one.pairs, one.formats, margin_of(one.run)) for one in runs])
    lacking = [note for one in runs for note in _lacking(one)]
    if not found:
        raise UsageError(
            "There is no claim to test in these runs.",
            " ".join(lacking) or f"It takes {_NEEDED}.",
        )
    claiming = {one.run for one in found}
    silent = [
        f"{one.run.name} has no claim: it takes {_NEEDED}."
        for number, one in enumerate(runs)
        if number not in claiming
    ]
    return Claimed(found, [one.run.name for one in runs], [*lacking, *silent])


def _lacking(one: Stored) -> Iterator[str]:
    """What of a run has no part in its claims."""
    if left := unfinished(one.run, len(one.pairs) + one.erased):
        yield f"{one.run.name} is not complete: {left}"
    failed = sum(result.outcome == "failed" for _, result in one.pairs)
    if failed:
        of = counted(len(one.pairs), "decision")
        yield f"{one.run.name}: {failed:,} of {of} failed and are in none of its claims."
