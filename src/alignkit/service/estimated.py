"""What a recorded decision found out, as alignment functions take it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alignkit.alignment import Estimates
from alignkit.schema import Record


def estimates_of(record: Record, choices: Sequence[str]) -> Estimates:
    """The estimates of `record` for these of its choices, weighed by relevance as they were.

    Args:
        record: of a method that estimates.
        choices: ids, at least one; the rows come in their order.
    """
    found = record.decision.estimates
    names = tuple(found[choices[0]])
    given = record.evidence.weighed_by
    return Estimates(
        names=names,
        means=np.clip([[found[choice][name].mean for name in names] for choice in choices], 0, 1),
        sds=np.array([[found[choice][name].sd for name in names] for choice in choices]),
        relevance=None if given is None else np.array([given.get(name, 1.0) for name in names]),
    )
