"""What stored runs show of the claims that steering is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignkit.errors import UsageError
from alignkit.evaluate.claims import Claim, claims
from alignkit.report.run.findings import margin_of, unfinished
from alignkit.service.evidence.stored import stored
from alignkit.store import Store


@dataclass(frozen=True)
class Claimed:
    """What runs show."""

    claims: list[Claim]
    """At least one; their p-values are adjusted together."""
    unfinished: list[str]
    """In words: the runs that have not made all of their decisions yet."""


def claims_of(store: Store, names: Sequence[str]) -> Claimed:
    """All claims that the runs called `names` can say something of, adjusted together.

    Raises:
        UsageError: there are none.
        UnknownName: there is no such run.
        DataError: a run holds no decision.
        StoreError: the store cannot be read.
    """
    runs = {one.run.id: one for one in (stored(store, name) for name in names)}
    found = claims([(one.pairs, one.formats, margin_of(one.run)) for one in runs.values()])
    begun = [
        f"{one.run.name} is not complete: {left}"
        for one in runs.values()
        if (left := unfinished(one.run, len(one.pairs) + one.erased))
    ]
    if not found:
        raise UsageError(
            "There is no claim to test in these runs.",
            " ".join(begun)
            or "They need profiles beside the plain model (`none`), or an attribute at two levels.",
        )
    return Claimed(found, begun)
